import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Notification } from "../../src/alerts/notification.ts";
import { toAlertmanagerAlert } from "../../src/channels/alertmanager-alert.ts";
import { renderNativePayload } from "../../src/channels/native-payload.ts";
import { maskNotification } from "../../src/channels/open.ts";
import { createChannelTools } from "../../src/channels/tools.ts";
import { webhook } from "../../src/channels/webhook.ts";
import { buildCondition, buildNotification } from "../alerts/sample-alerts.ts";
import { answer, type Receiver, startReceiver } from "./http-receiver.ts";
import { context, FIRING, messageOf, NOW, RESOLVED } from "./sample.ts";

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

async function send(options: object, notification: Notification = FIRING) {
  const tools = createChannelTools({}, "https://agents.example.com");
  const channel = await webhook.create(webhook.schema.parse({ url: receiver.url, ...options }), tools);
  return channel.send(notification, messageOf(notification), context());
}

/** What the tests look at in any of the bodies. */
interface Body {
  readonly text: string;
  readonly content: string;
  readonly items: readonly object[];
  readonly alerts: readonly { readonly fingerprint: string }[];
  readonly blocks: readonly { readonly text: { readonly type: string; readonly text: string } }[];
  readonly embeds: readonly { readonly title: string; readonly description: string }[];
  readonly allowed_mentions: object;
  readonly attachments: readonly { readonly contentType: string; readonly content: object }[];
}

/** The body that arrived last. */
function body(): Body {
  return JSON.parse(receiver.received.at(-1)?.body ?? "null") as Body;
}

const MANY = buildNotification(
  { id: "many" },
  Array.from({ length: 200 }, (_, index) => buildCondition({ agent: `agent-${index}`, key: String(index) })),
);

/** A name that would ring everybody, mark up text or break a layout. */
const ODD = buildNotification({ id: "odd" }, [
  buildCondition({ profile: "x:<!channel> @everyone [a](http://evil.example) *b* `c`", action: "run ``` <now>" }),
]);

describe("formats", () => {
  test("native is the documented payload", async () => {
    await send({});
    expect(body()).toMatchObject({ version: 1, id: FIRING.id, status: "firing", severity: "critical" });
    expect(body().items).toHaveLength(2);
    expect(body().items[0]).toMatchObject({ agent: "main", reason: "expired", status: "firing", endsAt: null });
    await send({}, RESOLVED);
    expect(body()).toMatchObject({ status: "resolved", items: [{ status: "resolved", endsAt: expect.any(String) }] });
  });

  test("Alertmanager's: another severity is another alert, and the one before is over", async () => {
    const [item] = RESOLVED.items.map((one) => ({ ...one, endsAt: null, severityBefore: "warning" as const }));
    await send({ format: "alertmanager" }, { ...FIRING, items: item === undefined ? [] : [item] });
    expect(body().alerts).toMatchObject([
      { status: "resolved", labels: { severity: "warning" }, endsAt: NOW.toISOString() },
      { status: "firing", labels: { severity: "critical" } },
    ]);
    expect(new Set(body().alerts.map(({ fingerprint }) => fingerprint)).size).toBe(2);
  });

  test("Slack: a fallback text, and at most 50 blocks of at most 3,000 characters", async () => {
    await send({ format: "slack" }, MANY);
    const { text, blocks } = body();
    expect(text).toContain("CRITICAL");
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(Math.max(...blocks.map((block) => block.text.text.length))).toBeLessThanOrEqual(3000);
    expect(blocks[0]?.text.text.length).toBeLessThanOrEqual(150);
  });

  test("Slack: what a name holds is neither markup nor a mention", async () => {
    await send({ format: "slack" }, ODD);
    const { text, blocks } = body();
    expect(body()).toMatchObject({ mrkdwn: false });
    expect(text).not.toMatch(/[<>]/);
    const [marked, plain] = [true, false].map((isMarked) =>
      blocks.filter((block) => (block.text.type === "mrkdwn") === isMarked).map((block) => block.text.text),
    );
    expect(plain?.filter((one) => one.includes("*b*"))).toHaveLength(2);
    expect(marked).toEqual([
      "```\nrun ''' &lt;now&gt;\n```",
      `<${messageOf(ODD).sections[0]?.runbook}|Runbook>`,
      "<https://agents.example.com|Open page>",
    ]);
  });

  test("Discord: what a name holds is neither markup, link nor mention", async () => {
    await send({ format: "discord" }, ODD);
    const { content, embeds } = body();
    const odd = String.raw`x:\<!channel\> \@everyone \[a\]\(http\://evil.example\) \*b\* \`c\``;
    expect([content, embeds[0]?.title]).toEqual([expect.stringContaining(odd), expect.stringContaining(odd)]);
    expect(embeds[0]?.description).toContain(odd);
    expect(embeds[0]?.description).toContain("```\nrun ''' <now>\n```");
  });

  test("Teams: names stand in text runs alone, which hold no Markdown", async () => {
    await send({ format: "teams" }, ODD);
    const { content } = body().attachments[0] ?? {};
    const blocks = Reflect.get(Object(content), "body") as readonly {
      readonly type: string;
      readonly inlines: unknown;
    }[];
    expect([...new Set(blocks.map(({ type }) => type))]).toEqual(["RichTextBlock"]);
    expect(JSON.stringify(blocks)).toContain("*b* `c`");
    expect(content).toMatchObject({ actions: [{ title: "Runbook" }, { title: "Open page" }] });
  });

  test("Telegram: what a name holds comes as it is, and is no markup", async () => {
    await send({ format: "telegram", chatId: "42" }, ODD);
    expect(body().text).toContain("x:<!channel> @everyone [a](http://evil.example) *b* `c`");
    expect(body()).not.toHaveProperty("parse_mode");
  });

  test("Discord: at most ten embeds and 6,000 characters, and nobody is mentioned", async () => {
    await send({ format: "discord" }, MANY);
    const { content, embeds, allowed_mentions: mentions } = body();
    expect(content.length).toBeLessThanOrEqual(2000);
    expect(embeds.length).toBeLessThanOrEqual(10);
    expect(embeds.length).toBeGreaterThan(2);
    const total = embeds.reduce((sum, one) => sum + one.title.length + one.description.length, 0);
    expect(total).toBeLessThanOrEqual(6000);
    expect(mentions).toEqual({ parse: [] });
  });

  test("Teams: an adaptive card below 28 KB", async () => {
    await send({ format: "teams" }, MANY);
    const [{ contentType, content } = { contentType: "", content: {} }] = body().attachments;
    expect(contentType).toBe("application/vnd.microsoft.card.adaptive");
    expect(content).toMatchObject({ type: "AdaptiveCard", version: "1.4" });
    expect(receiver.received[0]?.body.length).toBeLessThan(28_000);
  });

  test("Telegram: the chat, and at most 4,096 characters", async () => {
    await send({ format: "telegram", chatId: "42" }, MANY);
    expect(body()).toMatchObject({ chat_id: "42" });
    expect(body().text.length).toBeLessThanOrEqual(4096);
    expect(body()).not.toHaveProperty("parse_mode");
  });

  test("Gotify: priority by severity, and its own header for the token", async () => {
    await send({ format: "gotify", token: "CANARY" });
    expect(body()).toMatchObject({ priority: 8, title: expect.stringContaining("CRITICAL") });
    expect(receiver.received[0]?.headers).toMatchObject({ "x-gotify-key": "CANARY" });
    expect(receiver.received[0]?.headers).not.toHaveProperty("authorization");
    await send({ format: "gotify" }, RESOLVED);
    expect(body()).toMatchObject({ priority: 2 });
  });

  test("custom: the template, escaped for JSON, or as it is for other types", async () => {
    const template = '{"t": "{{title}}", "agents": [{{#items}}"{{agent}}"{{^last}}, {{/last}}{{/items}}]}';
    await send({ format: "custom", template });
    expect(body()).toEqual({ t: messageOf(FIRING).title, agents: ["main", "ops"] });
    await send({ format: "custom", template: "{{items.0.summary}}", contentType: "text/plain", method: "PUT" });
    expect(receiver.received.at(-1)).toMatchObject({ method: "PUT", body: FIRING.items[0]?.condition.summary });
    expect(receiver.received.at(-1)?.headers["content-type"]).toBe("text/plain");
  });
});

describe("headers", () => {
  test("a signature that a receiver can verify", async () => {
    const key = Buffer.from("CANARY-signing-key");
    await send({ signingSecret: `whsec_${key.toString("base64")}` });
    const { headers = {}, body: text = "" } = receiver.received[0] ?? {};
    const [id, timestamp] = [headers["webhook-id"], headers["webhook-timestamp"]];
    expect(id).toBe(FIRING.id);
    expect(timestamp).toBe(String(Math.floor(NOW.getTime() / 1000)));
    const expected = createHmac("sha256", key)
      .update(`${String(id)}.${String(timestamp)}.${text}`)
      .digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
  });

  test("the example of the specification", async () => {
    const { parseSigningKey, signWebhook } = await import("../../src/channels/standard-webhook.ts");
    const signed = signWebhook({
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      now: new Date(1_614_265_330_000),
      body: '{"test": 2432232314}',
      key: parseSigningKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    });
    expect(signed["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  test("of the operator replace ours, and are not lost", async () => {
    await send({ headers: { "User-Agent": "ours", "X-Team": "CANARY" }, token: "CANARY" });
    expect(receiver.received[0]?.headers).toMatchObject({
      "user-agent": "ours",
      "x-team": "CANARY",
      authorization: "Bearer CANARY",
    });
  });
});

test.each([
  ["telegram", { chatId: "1" }, { parameters: { retry_after: 7 } }, 7_000],
  ["discord", {}, { retry_after: 1.25 }, 1_250],
  ["discord", {}, { retry_after: "soon" }, null],
])("%s says in the body how long to wait", async (format, options, said, retryAfterMs) => {
  receiver.behave(answer(429, {}, JSON.stringify(said)));
  expect(await send({ format, ...options })).toMatchObject({ kind: "retry", retryAfterMs });
});

test("Teams tells of a failure with 200", async () => {
  receiver.behave(answer(200, {}, "Webhook message delivery failed with error: HTTP error 429 CANARY"));
  expect(await send({ format: "teams" })).toMatchObject({ kind: "retry" });
});

test("what channels see is masked, and still told apart", () => {
  const conditions = ["ada", "adam"].map((name) =>
    buildCondition({ profile: `x:${name}@example.com`, key: name, summary: `token of ${name}@example.com` }),
  );
  const masked = maskNotification(buildNotification({ id: "masked" }, conditions), "masked");
  const [one, other] = masked.items.map(({ condition }) => condition);
  expect(one).toMatchObject({ profile: "x:a***@example.com", summary: "token of a***@example.com" });
  expect(other?.profile).toBe(one?.profile);
  expect(other?.key).not.toBe(one?.key);
  expect(JSON.stringify(masked)).not.toContain("ada@");
  const alike = conditions.map((condition, at) => ({ ...condition, apart: `~402${at}` }));
  const [first] = maskNotification(buildNotification({ id: "alike" }, alike), "masked").items;
  if (first === undefined) throw new Error("no item");
  const { items } = renderNativePayload(buildNotification({ id: "alike" }, [first.condition]), messageOf(FIRING));
  expect(items[0]?.profile).toBe("x:a***@example.com~4020");
  // Another credential must not end an alert there and begin it anew.
  expect(toAlertmanagerAlert(first).labels).toMatchObject({ profile: "x:a***@example.com" });
  const [plain] = maskNotification(buildNotification({ id: "plain" }, conditions), "plain").items;
  expect(plain?.condition.profile).toBe("x:ada@example.com");
});
