import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAlertStore } from "../../src/alerts/store-file.ts";
import { parseMatchers } from "../../src/commands/notify-silence.ts";
import { buildChanges, buildNotification, NOW, tell } from "../alerts/sample-alerts.ts";
import { answer, type Receiver, startReceiver } from "../channels/http-receiver.ts";
import { createTemporaryHome, runCli } from "../run-cli.ts";
import { inHours, token, writeHome } from "./json-home.ts";

let home: ReturnType<typeof createTemporaryHome>;
let receiver: Receiver;
const storagePath = () => join(home.path, ".local/state/agent-auth-exporter");

beforeEach(async () => {
  home = createTemporaryHome();
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
  home.remove();
});

function configure(text: string): void {
  const directory = join(home.path, ".config/agent-auth-exporter");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "config.yaml"), text);
}

async function notify(...args: readonly string[]) {
  return runCli(["notify", ...args], { home: home.path });
}

function twoChannels(): string {
  return `channels:
  - { name: ops, type: webhook, url: "${receiver.url}/CANARY?token=CANARY", token: CANARY }
  - { name: phone, type: ntfy, url: "${receiver.url}", topic: CANARY-topic }
`;
}

describe("notify test", () => {
  test("sends a sample through every channel and prints the answers", async () => {
    configure(twoChannels());
    expect(await notify("test")).toEqual({
      code: 0,
      stdout: "ops: delivered: HTTP 204 No Content\nphone: delivered: HTTP 204 No Content\n",
      stderr: "",
    });
    expect(receiver.received.map(({ path }) => path)).toEqual(["/CANARY?token=CANARY", "/"]);
    const sample = JSON.parse(receiver.received[0]?.body ?? "") as { severity: string; text: string; id: string };
    expect(sample).toMatchObject({ severity: "critical", id: expect.stringMatching(/^test-/) });
    expect(sample.text).toContain("This is a test");
  });

  test("sends through one channel, as grave as asked", async () => {
    configure(twoChannels());
    expect(await notify("test", "phone", "--severity", "info")).toMatchObject({ code: 0 });
    expect(receiver.received).toHaveLength(1);
    expect(JSON.parse(receiver.received[0]?.body ?? "")).toMatchObject({ topic: "CANARY-topic", priority: 3 });
  });

  test.each([
    [401, "ops: refused, serve would give up: HTTP 401 Unauthorized\n"],
    [503, "ops: not delivered, serve would try again: HTTP 503 Service Unavailable\n"],
  ])("exits 1 when the other side answers %i, and says so without a secret", async (status, stdout) => {
    configure(twoChannels());
    receiver.behave(answer(status, {}, "CANARY"));
    expect(await notify("test", "ops")).toEqual({ code: 1, stdout, stderr: "" });
  });

  test("names the nearest channel for a misspelt one, and asks for one where there is none", async () => {
    configure(twoChannels());
    expect(await notify("test", "phnoe")).toMatchObject({
      code: 64,
      stderr: 'agent-auth: expected the name of a channel, got "phnoe"; did you mean phone?\n',
    });
    configure("");
    expect(await notify("test")).toMatchObject({ code: 64, stderr: expect.stringContaining("add one to `channels`") });
  });
});

describe("notify preview", () => {
  beforeEach(() => writeHome(home.path, { "anthropic:ada@example.com": token(inHours(-1)) }));

  test("shows what would be told, and tells nobody", async () => {
    configure(twoChannels());
    const { code, stdout } = await notify("preview", "--channel", "ops");
    expect(code).toBe(0);
    expect(stdout).toContain("to ops, critical:\n\nCRITICAL main@openclaw");
    expect(stdout).not.toContain("to phone");
    expect(stdout).not.toContain("ada@example.com");
    expect(receiver.received).toEqual([]);
  });

  test("works without a channel, as JSON and as HTML", async () => {
    const { stdout } = await notify("preview", "--format", "json");
    const [payload] = JSON.parse(stdout) as readonly Record<string, unknown>[];
    expect(payload).toMatchObject({ version: 1, channel: "default", status: "firing", severity: "critical" });
    expect(stdout).not.toContain("ada@example.com");
    expect((await notify("preview", "--format", "html")).stdout).toMatch(/^<.*>\n$/s);
  });

  test("says so when there is nothing to tell", async () => {
    writeHome(home.path, { "anthropic:default": token() });
    expect(await notify("preview")).toMatchObject({ code: 0, stdout: "nothing to tell\n" });
  });
});

describe("notify outbox", () => {
  function keep(): void {
    const store = openAlertStore(storagePath(), NOW);
    const changes = tell([
      buildNotification({ id: "waiting" }),
      buildNotification({ id: "given-up", channel: "phone" }),
    ]);
    store.decide(() => ({ changes: buildChanges(changes), result: null }));
    store.markDead("given-up", NOW, "HTTP 404 Not Found");
    store.close();
  }

  test("is empty at first", async () => {
    expect(await notify("outbox")).toMatchObject({ code: 0, stdout: "nothing waits, and nothing was sent lately\n" });
  });

  test("shows what waits and what was given up, with the last answer", async () => {
    keep();
    const { stdout } = await notify("outbox");
    expect(stdout).toMatch(/^waiting +pending +ops +critical +2026-09-21 14:13 UTC +0 /m);
    expect(stdout).toMatch(/^given-up +dead +phone +critical .*HTTP 404 Not Found$/m);
    const entries = JSON.parse((await notify("outbox", "--json")).stdout) as readonly object[];
    expect(entries).toContainEqual(
      expect.objectContaining({ id: "given-up", state: "dead", nextAttemptAt: null, lastDetail: "HTTP 404 Not Found" }),
    );
  });

  test("makes one due again, and drops another", async () => {
    keep();
    expect(await notify("outbox", "--retry", "given-up")).toMatchObject({ code: 0, stdout: /due now/ });
    expect(await notify("outbox", "--drop", "waiting")).toMatchObject({ code: 0, stdout: "dropped\n" });
    const entries = JSON.parse((await notify("outbox", "--json")).stdout) as readonly { id: string; state: string }[];
    expect(entries.map(({ id, state }) => [id, state])).toContainEqual(["given-up", "pending"]);
    expect(entries.filter(({ id, state }) => id === "waiting" && state === "pending")).toEqual([]);
  });

  test.each(["--retry", "--drop"])("%s of an unknown id is a mistake", async (flag) => {
    expect(await notify("outbox", flag, "nothing")).toMatchObject({ code: 64, stderr: expect.stringContaining(flag) });
  });
});

describe("notify silence", () => {
  test("is added, listed and ended", async () => {
    const added = await notify("silence", "add", "provider=openai,agent=ops", "--for", "2h", "--comment", "on it");
    expect(added).toMatchObject({ code: 0, stderr: "" });
    const [, id = ""] = /^([0-9a-f]{8}): provider=openai,agent=ops silenced until /.exec(added.stdout) ?? [];
    expect((await notify("silence", "list")).stdout).toMatch(
      new RegExp(`^${id}  .*provider=openai,agent=ops  on it$`, "m"),
    );
    expect(JSON.parse((await notify("silence", "list", "--json")).stdout)).toMatchObject([
      { id, matchers: { provider: "openai", agent: "ops" }, comment: "on it" },
    ]);
    expect(await notify("silence", "expire", id)).toMatchObject({ code: 0, stdout: `${id}: ended\n` });
    expect((await notify("silence", "list")).stdout).toBe("nothing is silenced\n");
  });

  test("the command that a message offers is understood", async () => {
    writeHome(home.path, { "anthropic:ada@example.com": token(inHours(-1)) });
    const { stdout } = await notify("preview");
    const [, matchers = ""] = /agent-auth notify silence add '([^']+)' --for 8h/.exec(stdout) ?? [];
    expect(await notify("silence", "add", matchers, "--for", "8h")).toMatchObject({ code: 0 });
  });

  test.each([
    ["an unknown label", ["add", "providr=openai"], "did you mean provider?"],
    ["no pattern", ["add", "provider="], "expected one pattern, got none"],
    ["a label twice", ["add", "agent=a,agent=b"], "expected one pattern, got two"],
    ["no label", ["add", "openai"], "expected label=pattern"],
    ["nothing", ["add"], "missing required argument"],
    ["too long", ["add", "agent=a", "--for", "10y"], "--for"],
    ["for no time", ["add", "agent=a", "--for", "0"], "--for"],
    ["an unknown id", ["expire", "nothing"], "there are none"],
  ])("%s is a mistake", async (_name, args, complaint) => {
    const { code, stderr } = await notify("silence", ...args);
    expect(code).toBe(64);
    expect(stderr).toContain(complaint);
  });

  test("a pattern may hold an equals sign", () => {
    expect(parseMatchers("profile=a=b, agent=*")).toEqual({ profile: "a=b", agent: "*" });
  });
});

test("a state that cannot be kept is said, not ignored", async () => {
  mkdirSync(join(home.path, ".local/state"), { recursive: true });
  writeFileSync(storagePath(), "a file where the directory should be");
  expect(await notify("silence", "add", "agent=ops")).toMatchObject({
    code: 69,
    stderr: expect.stringContaining("cannot be used"),
  });
});

describe("no command prints a secret of a channel", () => {
  test.each([
    ["config", "check"],
    ["config", "print"],
    ["notify", "test"],
    ["notify", "preview"],
    ["notify", "preview", "--format=json"],
    ["check", "--notify"],
    ["notify", "outbox"],
    ["simulate", "--for=2d"],
    ["doctor"],
  ])("%s %s", async (...args) => {
    writeHome(home.path, { "anthropic:default": token(inHours(-1)) });
    receiver.behave(answer(403, { location: "http://127.0.0.1/CANARY" }, "CANARY"));
    configure(`${twoChannels()}  - name: mail
    type: email
    host: mail.invalid
    user: ada
    password: CANARY
    from: a@example.com
    to: [b@example.com]
  - { name: am, type: alertmanager, url: "${receiver.url}/CANARY", token: CANARY }
  - { name: gone, type: webhook, urlFile: /nowhere/url, signingSecret: whsec_CANARY00, headers: { X-Key: CANARY } }
heartbeat: { url: "${receiver.url}/CANARY", token: CANARY }
`);
    const { stdout, stderr } = await runCli(args, { home: home.path });
    expect(`${stdout}${stderr}`).not.toBe("");
    expect(`${stdout}${stderr}`).not.toContain("CANARY");
  });
});
