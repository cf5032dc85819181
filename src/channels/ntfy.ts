import * as z from "zod";
import { timeoutValue, secretFileValue, secretUrlValue, secretValue } from "../config-values.ts";
import { needsOneOf, needsUser } from "./checks.ts";
import { attemptHttp, authorize } from "./http.ts";
import type { ChannelKind } from "./kind.ts";
import { openSecrets, sendWith } from "./secret.ts";

/*
 * Publishes to a ntfy server, by JSON to its base address.
 * - Who knows a topic without access control can read and write it, so the topic is a secret, and no server is default.
 * - Priority follows severity: 5 rings through "do not disturb" for critical, 4 warning, 3 info, 2 for a resolve.
 * - A message of more than 4,096 bytes would become an attachment; it is cut.
 */

const MAX_BYTES = 4096;
const MAX_ACTIONS = 3;
const PRIORITY = { critical: 5, warning: 4, info: 3 } as const;
const PRIORITY_RESOLVED = 2;
const TAG = { critical: "rotating_light", warning: "warning", info: "information_source" } as const;

/** https://docs.ntfy.sh/publish/: a topic is a part of an address. */
const TOPIC = /^[\w-]{1,64}$/;

const schema = z
  .strictObject({
    url: secretUrlValue.meta({
      description: "The server, without the topic.",
      examples: ["https://ntfy.example.com"],
    }),
    urlFile: secretFileValue("url"),
    topic: secretValue("The topic; a secret, unless the server has access control.").refine(
      (topic) => topic === undefined || TOPIC.test(topic),
      { error: "write 1 to 64 letters, digits, _ and -" },
    ),
    topicFile: secretFileValue("topic"),
    token: secretValue("Access token."),
    tokenFile: secretFileValue("token"),
    user: z.string().min(1).optional().meta({ title: "text", description: "For basic authentication." }),
    password: secretValue("For basic authentication."),
    passwordFile: secretFileValue("password"),
    tags: z
      .array(z.string().min(1))
      .default([])
      .meta({ title: "list of texts", description: "Tags besides the one for the severity.", examples: [["agents"]] }),
    timeout: timeoutValue("How long an answer may take.", "10s"),
  })
  .superRefine(needsOneOf("url", "urlFile"))
  .superRefine(needsOneOf("topic", "topicFile"))
  .superRefine(needsUser);

export const ntfy: ChannelKind<z.output<typeof schema>> = {
  type: "ntfy",
  title: "ntfy",
  schema,
  example: `name: phone
type: ntfy
url: https://ntfy.example.com
topic: \${NTFY_TOPIC}
tokenFile: /run/credentials/agent-auth-exporter.service/ntfy-token
`,
  async create(options, tools) {
    const secrets = openSecrets(options, tools.env);
    return {
      async send(notification, message, context) {
        const { id, status, severity, items } = notification;
        const isResolved = status === "resolved";
        const isMended = items.every(({ because }) => because !== "unwatched");
        const endTag = isMended ? "white_check_mark" : "grey_question";
        const links = [
          ...(tools.externalUrl === null ? [] : [{ label: "Open page", url: tools.externalUrl }]),
          ...message.sections.flatMap(({ runbook }) => (runbook === null ? [] : [{ label: "Runbook", url: runbook }])),
        ];
        return sendWith(secrets, async () => {
          const topic = secrets.get("topic") ?? "";
          if (!TOPIC.test(topic)) return { kind: "refused", detail: "`topic` is not 1 to 64 letters, digits, _ and -" };
          return attemptHttp(
            tools,
            {
              url: secrets.get("url") ?? "",
              headers: {
                "content-type": "application/json",
                "idempotency-key": id,
                ...authorize(secrets, options.user),
              },
              body: JSON.stringify({
                topic,
                title: message.title,
                message: clipBytes(message.text, MAX_BYTES),
                priority: isResolved ? PRIORITY_RESOLVED : PRIORITY[severity],
                tags: [isResolved ? endTag : TAG[severity], ...options.tags],
                ...(tools.externalUrl === null ? {} : { click: tools.externalUrl }),
                actions: links.slice(0, MAX_ACTIONS).map((link) => ({ action: "view", ...link })),
              }),
              timeoutMs: options.timeout,
            },
            context,
          );
        });
      },
      close: async () => undefined,
    };
  },
};

/** At most so many bytes of UTF-8, never half a character. */
function clipBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  const ellipsis = "…";
  const kept = bytes.subarray(0, limit - Buffer.byteLength(ellipsis)).toString("utf8");
  return `${kept.replace(/\uFFFD$/, "")}${ellipsis}`;
}
