import * as z from "zod";
import { timeoutValue, secretFileValue, secretUrlValue, secretValue } from "../config-values.ts";
import type { Delivery } from "./channel.ts";
import { needsOneOf, refuseBadTemplate } from "./checks.ts";
import { attemptHttp } from "./http.ts";
import type { ChannelKind } from "./kind.ts";
import { renderNativePayload } from "./native-payload.ts";
import { openSecrets, type Secrets, sendWith } from "./secret.ts";
import { parseSigningKey, signWebhook } from "./standard-webhook.ts";
import { escapeJson, parseTemplate, renderTemplate } from "./template.ts";
import { WEBHOOK_BODIES, type WebhookFormat } from "./webhook-body.ts";

const FORMATS = [
  "native",
  "alertmanager",
  "slack",
  "discord",
  "teams",
  "telegram",
  "gotify",
  "custom",
] as const satisfies readonly (WebhookFormat | "custom")[];

const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const schema = z
  .strictObject({
    url: secretUrlValue.meta({
      description: "Where to post. It often holds a token, so it is treated as a secret.",
      examples: ["https://hooks.example.com/agents"],
    }),
    urlFile: secretFileValue("url"),
    format: z
      .enum(FORMATS)
      .default("native")
      .meta({ description: "What the receiver expects.", examples: ["slack"] }),
    method: z
      .enum(["POST", "PUT"])
      .default("POST")
      .meta({ description: "The HTTP method.", examples: ["PUT"] }),
    headers: z
      .record(
        z.string(),
        z
          .string()
          .refine((value) => !/[\r\n\0]/.test(value), { error: "write it on one line" })
          .meta({ title: "value of a header, as text", examples: ["agents"] }),
      )
      .superRefine((given, context) => {
        for (const name of Object.keys(given).filter((key) => !HEADER.test(key))) {
          const text = "expected the name of a header, got one that cannot be sent; write letters, digits and -";
          context.addIssue({ code: "custom", path: [name], params: { text } });
        }
      })
      .default({})
      .meta({
        title: "section of header names and values",
        description: "Sent besides our own.",
        writeOnly: true,
        examples: [{ "X-Team": "agents" }],
      }),
    headersFile: secretFileValue("headers").meta({
      description: "A file of more headers, `Name: value` on each line.",
    }),
    token: secretValue("Sent as a bearer token; for Gotify as `X-Gotify-Key`."),
    tokenFile: secretFileValue("token"),
    signingSecret: secretValue("`whsec_…`: signs each request as Standard Webhooks describes."),
    signingSecretFile: secretFileValue("signingSecret"),
    chatId: z
      .string()
      .min(1)
      .optional()
      .meta({ title: "text", description: "Telegram: the chat to write to.", examples: ["12345678"] }),
    template: z
      .string()
      .superRefine(refuseBadTemplate)
      .optional()
      .meta({
        title: "template",
        description: "The body of the `custom` format, filled in with the fields of the native one.",
        examples: ['{"text": "{{title}}"}'],
      }),
    contentType: z
      .string()
      .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:; ?[\w=.-]+)*$/)
      .default("application/json")
      .meta({
        title: "media type",
        description:
          "Of the `custom` body. Values are escaped for JSON when it is JSON, and put in as they are otherwise.",
        examples: ["text/plain"],
      }),
    timeout: timeoutValue("How long an answer may take.", "10s"),
  })
  .superRefine(needsOneOf("url", "urlFile"))
  .superRefine(({ format, template, chatId, signingSecret }, context) => {
    const complain = (key: string, message: string) =>
      context.addIssue({ code: "custom", path: [key], input: null, message });
    if (format === "custom" && template === undefined) complain("template", "the custom format needs one");
    if (format !== "custom" && template !== undefined) {
      complain("template", "only the custom format has one: write `format: custom`, or leave it out");
    }
    if (format !== "telegram" && chatId !== undefined) {
      complain("chatId", "only Telegram has one: write `format: telegram`, or leave it out");
    }
    if (format === "telegram" && chatId === undefined) complain("chatId", "Telegram needs one");
    if (signingSecret !== undefined && parseSigningKey(signingSecret) === null) {
      complain("signingSecret", "write whsec_ and base64 after it, such as of `openssl rand -base64 32`");
    }
  });

type WebhookOptions = z.output<typeof schema>;

export const webhook: ChannelKind<WebhookOptions> = {
  type: "webhook",
  title: "Webhook",
  schema,
  example: `name: team
type: webhook
format: slack
urlFile: /run/credentials/agent-auth-exporter.service/slack-url
`,
  async create(options, tools) {
    const secrets = openSecrets(options, tools.env);
    const template = options.template === undefined ? [] : parseTemplate(options.template);
    const isJson = /\bjson\b/.test(options.contentType);
    return {
      async send(notification, message, context) {
        const body =
          options.format === "custom"
            ? renderTemplate(template, renderNativePayload(notification, message), isJson ? escapeJson : (text) => text)
            : JSON.stringify(
                WEBHOOK_BODIES[options.format](notification, message, {
                  chatId: options.chatId,
                  externalUrl: tools.externalUrl,
                }),
              );
        return sendWith(secrets, async () => {
          const signingSecret = secrets.get("signingSecret");
          const key = signingSecret === null ? null : parseSigningKey(signingSecret);
          if (signingSecret !== null && key === null) {
            return { kind: "refused", detail: "`signingSecret` is not whsec_ and base64 after it" };
          }
          const headers = {
            "content-type": options.format === "custom" ? options.contentType : "application/json",
            "idempotency-key": notification.id,
            ...signWebhook({ id: notification.id, now: context.now, body, key }),
            ...authorize(secrets, options.format),
            ...lowerCase(options.headers),
            ...parseHeaderLines(secrets.get("headers")),
          };
          const url = secrets.get("url") ?? "";
          const { method, timeout: timeoutMs } = options;
          return attemptHttp(tools, { url, method, headers, body, timeoutMs, judge: JUDGES[options.format] }, context);
        });
      },
      close: async () => undefined,
    };
  },
};

type Judge = (status: number, body: string) => Delivery | null;

const JUDGES: Readonly<Record<string, Judge>> = {
  // Both say how long to wait in the body.
  telegram: (status, body) =>
    judgeWait(status, body, (answer) => Reflect.get(Object(answer["parameters"]), "retry_after")),
  discord: (status, body) => judgeWait(status, body, (answer) => answer["retry_after"]),
  // A connector of Teams answers 200 and tells of the failure in the text.
  teams: (status, body) =>
    status === 200 && /HTTP error (?:429|5\d\d)/.test(body)
      ? { kind: "retry", detail: "HTTP 200, but the text tells of a failure behind it", retryAfterMs: null }
      : null,
};

function judgeWait(
  status: number,
  body: string,
  find: (answer: Readonly<Record<string, unknown>>) => unknown,
): Delivery | null {
  if (status !== 429) return null;
  try {
    const seconds = Number(find(Object(JSON.parse(body)) as Record<string, unknown>));
    if (!(seconds >= 0 && seconds <= 86_400)) return null;
    return { kind: "retry", detail: "HTTP 429 Too Many Requests", retryAfterMs: Math.ceil(seconds * 1_000) };
  } catch {
    return null;
  }
}

function authorize(secrets: Secrets, format: WebhookOptions["format"]): Record<string, string> {
  const token = secrets.get("token");
  if (token === null) return {};
  return format === "gotify" ? { "x-gotify-key": token } : { authorization: `Bearer ${token}` };
}

function parseHeaderLines(text: string | null): Record<string, string> {
  const lines = (text ?? "").split("\n").map((line) => /^([^:\s]+)\s*:(.*)$/.exec(line.trim()));
  return Object.fromEntries(
    lines.flatMap((line) => (line === null ? [] : [[(line[1] ?? "").toLowerCase(), (line[2] ?? "").trim()]])),
  );
}

/** So that a header of the operator's replaces ours of the same name. */
function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
