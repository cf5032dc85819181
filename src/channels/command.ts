import * as z from "zod";
import { timeoutValue } from "../config-values.ts";
import type { Delivery } from "./channel.ts";
import { refuseBadTemplate } from "./checks.ts";
import type { ChannelKind } from "./kind.ts";
import { renderNativePayload } from "./native-payload.ts";
import { minimalEnvironment, type ProgramEnd, runProgram } from "./program.ts";
import { parseTemplate, renderTemplate } from "./template.ts";

/*
 * Runs a program of the operator's.
 * - The payload of the webhook's own format comes as JSON on standard input; arguments may hold `{{title}}` and the like.
 * - No shell is involved, so nothing in a message can become a command.
 * - Exit 0 is delivered; 64 and 65 (usage, bad data) are refused; any other code, 75 (EX_TEMPFAIL) included, is tried
 *   again: a program that fails for a reason of its own must not cost a message.
 */

const schema = z.strictObject({
  argv: z
    .array(z.string().superRefine(refuseBadTemplate).meta({ title: "text, or a template" }))
    .min(1)
    .meta({
      title: "list of texts, the program first",
      description: "Program and arguments. An argument may hold `{{title}}` or any other field of the payload.",
      examples: [["/usr/local/bin/tell", "--title={{title}}"]],
    }),
  environment: z
    .array(
      z
        .string()
        .regex(/^[A-Za-z_]\w*$/)
        .meta({ title: "name of an environment variable", examples: ["LC_ALL"] }),
    )
    .default([])
    .meta({
      title: "list of names of environment variables",
      description: "What the program gets of our environment besides `HOME`, `PATH`, language and time zone.",
      examples: [["OPENCLAW_STATE_DIR"]],
    }),
  timeout: timeoutValue(
    "After this it is killed, with what it started; so is what it leaves running when it ends.",
    "25s",
  ),
});

const MAX_ARGUMENT_CHARACTERS = 30_000;

const REFUSING = new Map([
  [64, "usage"],
  [65, "bad data"],
]);

export const command: ChannelKind<z.output<typeof schema>> = {
  type: "command",
  title: "Command",
  schema,
  example: `name: chat
type: command
argv: [openclaw, message, send, --channel, telegram, --target, "12345678", "--message={{text}}"]
`,
  // One that a template makes is known with the message.
  program: ({ argv: [file = ""] }) => (file.includes("{{") ? null : file),
  async create({ argv, environment, timeout }, { env }) {
    const templates = argv.map(parseTemplate);
    return {
      async send(notification, message, { signal }) {
        const payload = renderNativePayload(notification, message);
        const end = await runProgram({
          argv: templates.map((template) => renderTemplate(template, payload, toArgument)),
          stdin: `${JSON.stringify(payload)}\n`,
          env: { ...minimalEnvironment(env, environment), AGENT_AUTH_NOTIFICATION_ID: notification.id },
          timeoutMs: timeout,
          signal,
          endsWithChildren: true,
        });
        return judge(end, timeout);
      },
      close: async () => undefined,
    };
  },
};

function judge(end: ProgramEnd, timeoutMs: number): Delivery {
  if (end.kind === "exited") {
    if (end.code === 0) return { kind: "delivered", detail: "exit 0" };
    const refusal = REFUSING.get(end.code);
    if (refusal !== undefined) return { kind: "refused", detail: `exit ${end.code} (${refusal})` };
    return { kind: "retry", detail: `exit ${end.code}`, retryAfterMs: null };
  }
  return { kind: "retry", detail: describeEnd(end, timeoutMs), retryAfterMs: null };
}

function describeEnd(end: Exclude<ProgramEnd, { kind: "exited" }>, timeoutMs: number): string {
  switch (end.kind) {
    case "killed":
      return `ended by ${end.signal}`;
    case "timeout":
      return `not finished within ${timeoutMs / 1_000} s, killed`;
    case "stopped":
      return "stopped before it finished";
    case "failed":
      return `the program cannot be started (${end.code})`;
  }
}

/** Linux takes 128 KiB per argument, and none takes a NUL. */
function toArgument(text: string): string {
  return text.replaceAll("\0", "").slice(0, MAX_ARGUMENT_CHARACTERS);
}
