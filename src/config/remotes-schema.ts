import * as z from "zod";
import { isMistyped } from "../channels/checks.ts";
import { durationValue, pathValue, secretFileValue, secretValue } from "../config-values.ts";
import { DEFAULT_REMOTE, findAddressMistake, type RemoteConfig } from "../remote/target.ts";
import { renderDuration } from "../duration.ts";
import { refuseUselessCredentials } from "./remote-credentials.ts";

const remoteKeys = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w.-]{1,63}$/)
      .optional()
      .meta({
        title: "name of letters, digits, dots and dashes",
        description: "Begins the ids of its installations, such as `vps-openclaw`; the host's name otherwise.",
        examples: ["vps"],
      }),
    url: z
      .string()
      .refine((address) => findAddressMistake(address) === null)
      .meta({
        title: "web address, or ssh:// and a host",
        description:
          "The exporter there (`https://host:10884`), or `ssh://user@host` to run the check there. It may hold a password, and is never shown with it.",
        examples: ["https://vps.example.com:10884", "ssh://ada@vps.example.com"],
        writeOnly: true,
      }),
    user: z.string().min(1).optional().meta({ title: "text", description: "For basic authentication." }),
    password: secretValue("For basic authentication."),
    passwordFile: secretFileValue("password", "at every check"),
    token: secretValue("Sent as a bearer token."),
    tokenFile: secretFileValue("token", "at every check"),
    caFile: pathValue.optional().meta({
      title: "absolute path, or one that begins with ~/",
      description: "PEM file of the authority that signed its certificate, in place of those that Node.js trusts.",
      examples: ["/etc/agent-auth-exporter/ca.pem"],
    }),
    program: z
      .string()
      .regex(/^[\w./~-]+$/)
      .optional()
      .meta({
        default: DEFAULT_REMOTE.program,
        title: "name or path of a program",
        description: "What to start over SSH: a login without a terminal often has a short PATH.",
        examples: ["/home/ada/.local/bin/agent-auth"],
      }),
    timeout: durationValue(1_000, 120_000)
      .prefault(renderDuration(DEFAULT_REMOTE.timeoutMs))
      .meta({ title: "duration", description: "How long an answer may take. At most 2m.", examples: ["10s"] }),
  })
  .superRefine((given, context) => {
    if (!isMistyped(context)) refuseUselessCredentials(given, context);
  });

const remoteSchema = z.codec(remoteKeys, z.custom<RemoteConfig>(), {
  decode: ({ timeout, ...keys }) => ({
    ...DEFAULT_REMOTE,
    ...(keys as Partial<Omit<RemoteConfig, "timeoutMs">> & { url: string }),
    timeoutMs: timeout,
  }),
  encode: ({ timeoutMs, url, program, ...rest }) => ({
    url,
    ...givenOf(rest),
    // Nothing is started at a web address.
    ...(/^ssh:/i.test(url) ? { program } : {}),
    timeout: timeoutMs,
  }),
});

export const remotesSchema = z
  .array(remoteSchema)
  .superRefine((remotes: readonly Partial<RemoteConfig>[], context) => {
    const names = remotes.map(({ name }) => name ?? null);
    for (const [index, name] of names.entries()) {
      const first = name === null ? index : names.indexOf(name);
      if (first === index) continue;
      const text = `expected a name for each remote, got "${name}" again, which is remotes[${first}]; write another`;
      context.addIssue({ code: "custom", input: name, path: [index, "name"], params: { text } });
    }
  })
  .default([])
  .meta({
    title: "list of remotes",
    description: "Other hosts to watch from here, beside this one.",
    default: [],
    examples: [[{ url: "https://vps.example.com:10884", user: "phone", passwordFile: "~/.config/vps-password" }]],
  });

function givenOf<K extends string>(values: Readonly<Record<K, string | null>>): Partial<Record<K, string>> {
  const given: Partial<Record<K, string>> = {};
  for (const key in values) {
    const value = values[key];
    if (value !== null) given[key] = value;
  }
  return given;
}
