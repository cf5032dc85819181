import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Channel, Delivery } from "../../src/channels/channel.ts";
import type { ChannelKind } from "../../src/channels/kind.ts";
import { openChannels } from "../../src/channels/open.ts";
import { CHANNEL_KINDS } from "../../src/channels/registry.ts";
import { createChannelTools } from "../../src/channels/tools.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { waitFor } from "../wait.ts";
import { makeCertificate } from "./certificate.ts";
import {
  answer,
  type Behaviour,
  endless,
  halfBody,
  halfHeaders,
  hang,
  type Receiver,
  reset,
  startReceiver,
} from "./http-receiver.ts";
import { context, FIRING, messageOf, NOW, RESOLVED } from "./sample.ts";
import { type SmtpReplies, type SmtpScript, startSmtpReplies } from "./smtp-replies.ts";

/*
 * What every channel owes its caller, whatever the other side does: one outcome of three, in time, without a throw, and
 * without a secret.
 */

type Type = keyof typeof CHANNEL_KINDS;
type Situation = "accepts" | "fails for now" | "refuses" | "hangs";

const EXPECTED = {
  accepts: "delivered",
  "fails for now": "retry",
  refuses: "refused",
  hangs: "retry",
} as const satisfies Record<Situation, Delivery["kind"]>;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-auth-channels-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Opens a channel as the program does: from its config. */
async function open(
  keys: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Channel> {
  const text = JSON.stringify({ channels: [{ name: "sample", timeout: "2s", ...keys }] });
  const { channels } = await parseConfig(text, "contract.yaml", {});
  const tools = createChannelTools(env, "https://agents.example.com");
  const [opened] = await openChannels({ channels, tools, emails: "masked" });
  if (opened === undefined) throw new Error("no channel");
  closing.push(() => opened.channel.close());
  return opened.channel;
}

async function receive(behaviour: Behaviour): Promise<Receiver> {
  const receiver = await startReceiver();
  closing.push(() => receiver.close());
  receiver.behave(behaviour);
  return receiver;
}

async function reply(script: SmtpScript): Promise<SmtpReplies> {
  const server = await startSmtpReplies(script);
  closing.push(() => server.close());
  return server;
}

function script(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${content}\n`, { mode: 0o755 });
  return path;
}

const HTTP_BEHAVIOUR: Record<Situation, Behaviour> = {
  accepts: answer(200, {}, "fine"),
  "fails for now": answer(503),
  refuses: answer(404),
  hangs: hang,
};

const SMTP_SCRIPT: Record<Situation, SmtpScript> = {
  accepts: {},
  "fails for now": { MAIL: "451 4.3.0 CANARY later" },
  refuses: { MAIL: "550 5.7.1 CANARY never" },
  hangs: { CONNECT: null },
};

const EXIT: Record<Situation, string> = { accepts: "0", "fails for now": "75", refuses: "65", hangs: "" };

const MAIL = { type: "email", security: "none", from: "Agents <agents@example.com>", to: ["ada@example.com"] };

const HTTP_KEYS = {
  webhook: { type: "webhook", token: "CANARY-token", headers: { "x-canary": "CANARY-header" } },
  ntfy: { type: "ntfy", topic: "CANARY-topic", token: "CANARY-token" },
  alertmanager: { type: "alertmanager", user: "a", password: "CANARY-password" },
} as const;

/** How to bring each kind of channel into each situation. A kind without an entry does not compile. */
const HARNESS: Record<Type, (situation: Situation) => Promise<Channel>> = {
  webhook: async (situation) => {
    const { url } = await receive(HTTP_BEHAVIOUR[situation]);
    return open({ ...HTTP_KEYS.webhook, url: `${url}/CANARY-path?token=CANARY` });
  },
  ntfy: async (situation) => open({ ...HTTP_KEYS.ntfy, url: (await receive(HTTP_BEHAVIOUR[situation])).url }),
  alertmanager: async (situation) =>
    open({ ...HTTP_KEYS.alertmanager, url: (await receive(HTTP_BEHAVIOUR[situation])).url }),
  email: async (situation) => {
    const { port } = await reply(SMTP_SCRIPT[situation]);
    return open({ ...MAIL, host: "127.0.0.1", port });
  },
  command: async (situation) => {
    const path = script(
      "command",
      situation === "hangs" ? "sleep 60 & wait" : `cat > /dev/null; exit ${EXIT[situation]}`,
    );
    return open({ type: "command", argv: [path, "CANARY"], timeout: situation === "hangs" ? "200ms" : "10s" });
  },
  termux: async (situation) => {
    const programs = join(directory, situation.replaceAll(" ", "-"));
    const { mkdirSync } = await import("node:fs");
    mkdirSync(programs, { recursive: true });
    const put = (name: string, content: string) =>
      writeFileSync(join(programs, name), `#!/bin/sh\n${content}\n`, { mode: 0o755 });
    if (situation !== "refuses") {
      const content = situation === "hangs" ? "sleep 60" : `exit ${situation === "accepts" ? 0 : 1}`;
      put("termux-notification", content);
      put("termux-notification-remove", content);
    } else put("termux-toast", "exit 0");
    const PATH = situation === "refuses" ? programs : `${programs}:/usr/bin:/bin`;
    return open({ type: "termux", timeout: situation === "hangs" ? "200ms" : "10s" }, { PATH });
  },
};

const TYPES = Object.keys(CHANNEL_KINDS) as Type[];
const SITUATIONS = Object.keys(EXPECTED) as Situation[];

describe.each(TYPES)("%s", (type) => {
  test.each(SITUATIONS)("that %s", async (situation) => {
    const channel = await HARNESS[type](situation);
    const delivery = await channel.send(FIRING, messageOf(FIRING), context());
    // What a phone lacks gets installed, so nothing is ever refused there.
    const kind = type === "termux" && situation === "refuses" ? "retry" : EXPECTED[situation];
    expect(delivery).toMatchObject({ kind });
    expect(delivery.detail).not.toBe("");
    expect(delivery.detail).not.toMatch(/CANARY|127\.0\.0\.1|:\/\//);
  });

  test("takes a resolve", async () => {
    const channel = await HARNESS[type]("accepts");
    expect(await channel.send(RESOLVED, messageOf(RESOLVED), context())).toMatchObject({ kind: "delivered" });
  });

  test("ends at once when it is told to stop", async () => {
    const channel = await HARNESS[type]("hangs");
    const stop = new AbortController();
    const sending = channel.send(FIRING, messageOf(FIRING), context({ signal: stop.signal }));
    stop.abort();
    expect(await sending).toMatchObject({ kind: "retry", detail: expect.stringContaining("stopped") });
  });

  test("throws nothing for a secret whose file is missing, and reads it once it is there", async () => {
    const kind: ChannelKind<object> = CHANNEL_KINDS[type];
    const key = ["tokenFile", "passwordFile"].find((name) => name in kind.schema.shape);
    const path = join(directory, `${type}-secret`);
    const channel = await openWithSecretFile(type, key, path);
    const first = await channel?.send(FIRING, messageOf(FIRING), context());
    expect(first ?? { kind: "retry", detail: "cannot be read" }).toMatchObject({
      kind: "retry",
      detail: expect.stringContaining("cannot be read"),
    });
    writeFileSync(path, "CANARY\n");
    const second = await channel?.send(FIRING, messageOf(FIRING), context());
    expect(second ?? { kind: "delivered" }).toMatchObject({ kind: "delivered" });
  });
});

/** Null for a kind that has no secret. */
async function openWithSecretFile(type: Type, key: string | undefined, path: string): Promise<Channel | null> {
  if (key === undefined) return null;
  if (type === "email") {
    const { port } = await reply({ EHLO: "250-fine\r\n250 AUTH PLAIN" });
    return open({ ...MAIL, host: "127.0.0.1", port, user: "a", [key]: path });
  }
  const { url } = await receive(HTTP_BEHAVIOUR.accepts);
  return open({ type, url, ...(type === "ntfy" ? { topic: "t" } : {}), [key]: path });
}

const STATUSES: readonly (readonly [number, Delivery["kind"]])[] = [
  ...[200, 201, 202, 204, 299].map((status) => [status, "delivered"] as const),
  ...[300, 304, 305].map((status) => [status, "refused"] as const),
  ...[400, 401, 402, 403, 404, 405, 406, 409, 410, 413, 415, 422, 451, 499].map(
    (status) => [status, "refused"] as const,
  ),
  ...[408, 425, 429].map((status) => [status, "retry"] as const),
  ...[500, 501, 502, 503, 504, 507, 520, 599].map((status) => [status, "retry"] as const),
];

const HTTP_CHANNELS = [
  ...(["native", "alertmanager", "slack", "discord", "teams", "gotify"] as const).map(
    (format) => [`webhook, ${format}`, { ...HTTP_KEYS.webhook, format }] as const,
  ),
  ["webhook, telegram", { ...HTTP_KEYS.webhook, format: "telegram", chatId: "1" }],
  ["webhook, custom", { ...HTTP_KEYS.webhook, format: "custom", template: "{}" }],
  ["ntfy", HTTP_KEYS.ntfy],
  ["alertmanager", HTTP_KEYS.alertmanager],
] as const;

describe.each(HTTP_CHANNELS)("%s over HTTP", (_name, keys) => {
  let receiver: Receiver;
  let channel: Channel;
  beforeEach(async () => {
    receiver = await receive(answer(204));
    channel = await open({ ...keys, url: receiver.url });
  });
  const send = () => channel.send(FIRING, messageOf(FIRING), context());

  test("every status has its outcome", async () => {
    for (const [status, kind] of STATUSES) {
      receiver.behave(answer(status));
      const delivery = await send();
      expect([status, delivery.kind]).toEqual([status, kind]);
      expect(delivery.detail).toContain(String(status));
    }
  });

  test.each<readonly [string, string, number | null]>([
    ["seconds", "120", 120_000],
    ["a date", new Date(NOW.getTime() + 90_000).toUTCString(), 90_000],
    ["a date that has passed", new Date(NOW.getTime() - 90_000).toUTCString(), 0],
    ["nonsense", "soon", null],
    ["a year", "31536000", 86_400_000],
  ])("Retry-After as %s", async (_form, value, retryAfterMs) => {
    receiver.behave(answer(429, { "retry-after": value }));
    expect(await send()).toEqual({ kind: "retry", detail: "HTTP 429 Too Many Requests", retryAfterMs });
  });

  test.each([
    ["connection reset", reset, "retry", "ECONNRESET|UND_ERR_SOCKET"],
    ["half the headers", halfHeaders, "retry", "UND_ERR_SOCKET|ECONNRESET|HPE"],
    ["half the body: the status stands", halfBody, "delivered", "HTTP 200"],
  ] as const)("%s", async (_name2, behaviour, kind, detail) => {
    receiver.behave(behaviour);
    expect(await send()).toMatchObject({ kind, detail: expect.stringMatching(detail) });
  });

  test("an endless body is read no further than its beginning", async () => {
    let socket: Socket | null = null;
    receiver.behave((response, received) => {
      ({ socket } = response);
      endless(response, received);
    });
    expect(await send()).toMatchObject({ kind: "delivered", detail: "HTTP 200 OK" });
    expect((socket as Socket | null)?.bytesWritten).toBeLessThan(32 * 1024 * 1024);
  });

  test("nobody listens, no such host, no trusted certificate: tried again, with the code and what helps", async () => {
    const gone = await startReceiver();
    await gone.close();
    const secure = await startReceiver(makeCertificate());
    closing.push(() => secure.close());
    for (const [url, code] of [
      [gone.url, "ECONNREFUSED"],
      ["http://canary.invalid", "ENOTFOUND; check the name of the host|EAI_AGAIN"],
      [secure.url, "DEPTH_ZERO_SELF_SIGNED_CERT; make its authority known with NODE_EXTRA_CA_CERTS"],
      [
        receiver.url.replace("http:", "https:"),
        "ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG); it does not speak TLS; write http:// or its port for TLS",
      ],
    ] as const) {
      const other = await open({ ...keys, url: `${url}/CANARY` });
      const delivery = await other.send(FIRING, messageOf(FIRING), context());
      expect(delivery).toMatchObject({ kind: "retry", detail: expect.stringMatching(`^no answer \\((?:${code})\\)$`) });
    }
  });

  test("a redirect is followed to the same origin, request and all, and never to another", async () => {
    const other = await receive(answer(200));
    for (const [location, status, kind, requests] of [
      ["/moved", 307, "delivered", 2],
      ["/moved", 301, "delivered", 2],
      ["/moved", 303, "refused", 1],
      [`${other.url}/CANARY`, 307, "refused", 1],
      ["//127.0.0.2/CANARY", 302, "refused", 1],
    ] as const) {
      const before = receiver.received.length;
      receiver.behave((response, { path }) =>
        path === "/moved" ? response.writeHead(204).end() : response.writeHead(status, { location }).end(),
      );
      const delivery = await send();
      expect([location, status, delivery.kind]).toEqual([location, status, kind]);
      const [first, second] = receiver.received.slice(before);
      expect(receiver.received.length - before).toBe(requests);
      expect(second?.body ?? first?.body).toBe(first?.body);
    }
    expect(other.received).toEqual([]);
  });

  test("a circle of redirects ends", async () => {
    receiver.behave(answer(307, { location: "/again" }));
    expect(await send()).toMatchObject({ kind: "refused" });
    expect(receiver.received.length).toBeLessThan(6);
  });

  test("the notification's id comes along as idempotency key, twice the same", async () => {
    await send();
    await send();
    const keysSent = receiver.received.map(({ headers }) => headers["idempotency-key"]);
    expect(keysSent).toEqual([FIRING.id, FIRING.id]);
    expect(receiver.received[0]?.headers["user-agent"]).toMatch(/^agent-auth-exporter\/\d/);
  });

  test("credentials in the address become a header", async () => {
    const given = await open({
      type: keys.type,
      ...(keys.type === "ntfy" ? { topic: "t" } : {}),
      url: receiver.url.replace("://", "://ada:CANARY%40@"),
    });
    expect(await given.send(FIRING, messageOf(FIRING), context())).toMatchObject({ kind: "delivered" });
    const authorization = `Basic ${Buffer.from("ada:CANARY@").toString("base64")}`;
    expect(receiver.received.at(-1)?.headers.authorization).toBe(authorization);
  });
});

test("a command that ends leaves nothing of its own running", async () => {
  const pidFile = join(directory, "left-running.pid");
  const path = script("leaver", `sleep 600 > /dev/null 2>&1 &\necho $! > ${pidFile}; cat > /dev/null; exit 0`);
  const channel = await open({ type: "command", argv: [path] });
  expect(await channel.send(FIRING, messageOf(FIRING), context())).toMatchObject({ kind: "delivered" });
  const pid = Number(readFileSync(pidFile, "utf8"));
  await waitFor("the end of what it left running", () => (isRunning(pid) ? null : true));
});

/** A zombie runs no more, whoever has yet to collect it. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

test("a line break in a token is refused without quoting it", async () => {
  const { url } = await receive(answer(200));
  const channel = await open({ type: "webhook", url, token: "CANARY\r\nx-evil: 1" });
  const delivery = await channel.send(FIRING, messageOf(FIRING), context());
  expect(delivery).toEqual({
    kind: "refused",
    detail: "a configured header or credential holds characters that cannot be sent",
  });
});

test("a token that was replaced in its file is used at once", async () => {
  const path = join(directory, "rotated");
  writeFileSync(path, "CANARY-old\n");
  const { url } = await receive((response) => {
    const isNew = response.req.headers.authorization === "Bearer CANARY-new";
    writeFileSync(path, "CANARY-new\n");
    response.writeHead(isNew ? 200 : 401).end();
  });
  const channel = await open({ type: "webhook", url, tokenFile: path });
  expect(await channel.send(FIRING, messageOf(FIRING), context())).toMatchObject({ kind: "delivered" });
});

test("a proxy of the environment is used, and not for what NO_PROXY names", async () => {
  const proxy = await receive(answer(200));
  const target = await receive(answer(200));
  const { createServer } = await import("node:http");
  const { connect } = await import("node:net");
  let tunnels = 0;
  const tunnel = createServer().on("connect", (incoming, socket) => {
    tunnels += 1;
    const [host, port] = (incoming.url ?? "").split(":");
    const through = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      through.pipe(socket).pipe(through);
    });
  });
  await new Promise<void>((resolve) => tunnel.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    tunnel.closeAllConnections();
    tunnel.close();
  });
  const { port } = tunnel.address() as { port: number };
  const HTTP_PROXY = `http://127.0.0.1:${port}`;
  for (const [env, expected] of [
    [{ HTTP_PROXY }, 1],
    [{ http_proxy: HTTP_PROXY, NO_PROXY: "127.0.0.1" }, 1],
  ] as const) {
    const channel = await open({ type: "webhook", url: target.url }, env);
    expect(await channel.send(FIRING, messageOf(FIRING), context())).toMatchObject({ kind: "delivered" });
    expect(tunnels).toBe(expected);
  }
  expect(target.received).toHaveLength(2);
  expect(proxy.received).toEqual([]);
});

describe("email, reply by reply", () => {
  test.each<readonly [string, SmtpScript, Delivery["kind"], string]>([
    ["the server is too busy to greet", { CONNECT: "421 4.3.2 CANARY busy" }, "retry", "SMTP 421"],
    ["the server does not serve us", { CONNECT: "554 CANARY no service" }, "retry", "SMTP 554"],
    ["greylisting", { RCPT: "450 4.2.0 CANARY greylisted" }, "retry", "SMTP 450"],
    ["unknown recipient", { RCPT: "550 5.1.1 <CANARY> unknown" }, "refused", "SMTP 550"],
    ["mailbox full, for now", { RCPT: "452 4.2.2 full" }, "retry", "SMTP 452"],
    ["sender refused", { MAIL: "553 5.1.8 no" }, "refused", "SMTP 553"],
    ["commands out of order", { MAIL: "503 5.5.1 again" }, "retry", "SMTP 503"],
    ["login required", { MAIL: "530 5.7.0 CANARY login" }, "retry", "SMTP 530"],
    ["content refused", { DOT: "554 5.7.1 CANARY spam" }, "refused", "SMTP 554"],
    ["content put off", { DOT: "451 4.7.1 later" }, "retry", "SMTP 451"],
    ["data refused", { DATA: "550 no" }, "refused", "SMTP 550"],
    ["hangs up after the content", { DOT: "" }, "retry", "no answer \\((?:ECONNECTION|ESOCKET|ECONNRESET)\\)"],
    ["hangs up at once", { CONNECT: "" }, "retry", "no answer \\((?:ECONNECTION|ESOCKET|ECONNRESET)\\)"],
    ["says nothing after the content", { DOT: null }, "retry", "not finished within"],
    ["speaks no SMTP", { CONNECT: "HTTP/1.1 400 Bad Request" }, "retry", "no answer"],
  ])("%s", async (_name, script2, kind, detail) => {
    const { port } = await reply(script2);
    const channel = await open({ ...MAIL, host: "127.0.0.1", port, timeout: "500ms" });
    const delivery = await channel.send(FIRING, messageOf(FIRING), context());
    expect(delivery).toMatchObject({ kind, detail: expect.stringMatching(`^${detail}`) });
    expect(delivery.detail).not.toContain("CANARY");
  });

  test("nobody listens", async () => {
    const server = await startSmtpReplies({});
    await server.close();
    const channel = await open({ ...MAIL, host: "127.0.0.1", port: server.port });
    const delivery = await channel.send(FIRING, messageOf(FIRING), context());
    expect(delivery).toMatchObject({
      kind: "retry",
      detail: expect.stringMatching(/^no answer \(ECONNREFUSED\)$/),
    });
  });

  test("a recipient put off is tried again alone; one refused does not hold up the others", async () => {
    let isBusy = true;
    const server = await reply({
      RCPT: (recipient) => {
        if (recipient.startsWith("gone")) return "550 5.1.1 unknown";
        return recipient.startsWith("busy") && isBusy ? "450 4.2.0 later" : "250 ok";
      },
    });
    const to = ["ada@example.com", "Busy <busy@example.com>", "gone@example.com"];
    const channel = await open({ ...MAIL, to, host: "127.0.0.1", port: server.port });
    const send = () => channel.send(FIRING, messageOf(FIRING), context());
    expect(await send()).toMatchObject({
      kind: "retry",
      detail: "SMTP 250 2.0.0, but 2 of 3 recipients not accepted (b***@example.com, g***@example.com)",
    });
    isBusy = false;
    expect(await send()).toMatchObject({
      kind: "delivered",
      detail: "SMTP 250 2.0.0, but 1 of 2 recipients not accepted (g***@example.com)",
      isPartial: true,
    });
    expect(server.accepted).toEqual([["ada@example.com"], ["busy@example.com"]]);
  });

  test("the mail's id follows from the notification's", async () => {
    const path = join(directory, "mail-id");
    const program = script("sendmail-id", `grep -i '^message-id' > ${path}`);
    const channel = await open({ type: "email", sendmail: program, from: MAIL.from, to: MAIL.to });
    await channel.send(FIRING, messageOf(FIRING), context());
    const { readFileSync } = await import("node:fs");
    expect(readFileSync(path, "utf8").trim()).toBe(`Message-ID: <${FIRING.id}@example.com>`);
  });

  test.each<readonly [number, Delivery["kind"]]>([
    [0, "delivered"],
    [64, "refused"],
    [65, "refused"],
    [67, "refused"],
    [69, "retry"],
    [75, "retry"],
    [127, "retry"],
  ])("sendmail that exits with %i", async (code, kind) => {
    const program = script(`sendmail-${code}`, `cat > /dev/null; exit ${code}`);
    const channel = await open({ type: "email", sendmail: program, from: MAIL.from, to: MAIL.to });
    expect(await channel.send(FIRING, messageOf(FIRING), context())).toMatchObject({ kind });
  });
});
