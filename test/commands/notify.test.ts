import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAlertStore } from "../../src/alerts/store-file.ts";
import { parseMatchers } from "../../src/commands/notify-silence.ts";
import { buildChanges, buildCondition, buildNotification, NOW, tell } from "../alerts/sample-alerts.ts";
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
  return runCli(["notify", ...args], { home: home.path, env: { COLUMNS: "300" } });
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

  test("says in every form of every channel first of all that it is a test, and so does its end", async () => {
    const program = (name: string): string => {
      writeFileSync(join(home.path, name), `#!/bin/sh\ncat >>${join(home.path, "told")}\n`, { mode: 0o755 });
      return join(home.path, name);
    };
    const formats = ["native", "slack", "discord", "teams", "telegram", "gotify", "alertmanager"];
    const more: Readonly<Record<string, string>> = { telegram: ", chatId: '1'" };
    configure(`channels:
${formats.map((format) => `  - { name: ${format}, type: webhook, url: "${receiver.url}", format: ${format}${more[format] ?? ""} }`).join("\n")}
  - { name: custom, type: webhook, url: "${receiver.url}", format: custom, template: '{"it": "{{title}}"}' }
  - { name: ntfy, type: ntfy, url: "${receiver.url}", topic: CANARY-topic }
  - { name: am, type: alertmanager, url: "${receiver.url}" }
  - { name: command, type: command, argv: [${program("command")}] }
  - { name: mail, type: email, sendmail: ${program("sendmail")}, from: a@example.com, to: [b@example.com] }
`);
    expect(await notify("test", "--resolved")).toMatchObject({ code: 0 });
    const told = readFileSync(join(home.path, "told"), "utf8");
    const titles = [...receiver.received.map(({ body }) => body), ...told.match(/^Subject: .*|^\{.*"title":.*/gm)!];
    expect(titles).toHaveLength(24);
    for (const text of titles) {
      expect(text).toMatch(
        /(?:"|^Subject: )TEST, not an alarm: (?:CRITICAL|RESOLVED) sample|"alertname":"AgentAuthTest"/,
      );
      expect(text).not.toMatch(/"(?:CRITICAL|RESOLVED) /);
    }
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

  test("sends the end of the sample as well when asked", async () => {
    configure(twoChannels());
    expect(await notify("test", "ops", "--resolved")).toMatchObject({
      code: 0,
      stdout: "ops: delivered: HTTP 204 No Content\nops: its end delivered: HTTP 204 No Content\n",
    });
    const sent = receiver.received.map(({ body }) => JSON.parse(body) as { status: string; title: string });
    expect(sent.map(({ status }) => status)).toEqual(["firing", "resolved"]);
    expect(sent[1]?.title).toMatch(/^TEST, not an alarm: RESOLVED /);
  });

  test("tries the heartbeat", async () => {
    configure(`heartbeat: { url: "${receiver.url}/CANARY" }\n`);
    expect(await notify("test", "heartbeat")).toEqual({
      code: 0,
      stdout: "heartbeat: heard\n",
      stderr: expect.any(String),
    });
    expect(receiver.received.map(({ path }) => path)).toEqual(["/CANARY/start", "/CANARY"]);
    receiver.behave(answer(404));
    expect(await notify("test", "heartbeat")).toMatchObject({
      code: 1,
      stdout: "heartbeat: not heard: HTTP 404 Not Found\n",
    });
    configure("");
    expect(await notify("test", "heartbeat")).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("add `heartbeat`"),
    });
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

  test("begins with what was told and silenced, unless asked not to, and changes nothing", async () => {
    configure(twoChannels());
    makeState();
    await notify("silence", "add", "provider=anthropic");
    const before = readFileSync(join(storagePath(), "alerts.sqlite"));
    expect((await notify("preview")).stdout).toBe(
      "nothing to tell: 4 silenced\n--fresh shows messages as if nothing had been told yet\n",
    );
    expect((await notify("preview", "--fresh")).stdout).toContain("to ops, critical:");
    expect(readFileSync(join(storagePath(), "alerts.sqlite"))).toEqual(before);
  });

  test("follows an installation whose label changed, as simulate does and the worker will", async () => {
    const write = (homes: string): void =>
      configure(
        `discovery: { homes: [${homes}] }\nchannels:\n  - { name: log, type: command, argv: [/bin/true], minSeverity: info }\n`,
      );
    write(home.path);
    await runCli(["check", "--notify", "--quiet"], { home: home.path });
    write(`${home.path}, /srv/none`);
    expect((await notify("preview")).stdout).toMatch(/^nothing to tell: \d unchanged\n/);
    const { stdout } = await runCli(["simulate", "--for", "1h"], { home: home.path, env: { COLUMNS: "300" } });
    expect(stdout).toMatch(/^begins with what is known: \d told already .*\n\nnobody would be told anything/);
    // The problem of the home that is not there is none of an installation.
    await runCli(["check", "--notify", "--quiet"], { home: home.path });
    const { stdout: record } = await notify("history");
    expect(record).not.toContain("resolved");
  });

  test("keeps quiet hours, unless asked not to", async () => {
    writeHome(home.path, { "anthropic:default": token(inHours(5)) });
    const hours = [-1, 1].map((by) => new Date(inHours(by)).toISOString().slice(11, 16));
    configure(`channels:
  - { name: log, type: command, argv: [/bin/true], quietHours: { from: "${hours[0]}", to: "${hours[1]}" } }
`);
    expect((await notify("preview")).stdout).toMatch(/^nothing to tell: \d quiet_hours\n/);
    expect((await notify("preview", "--fresh")).stdout).toContain("to log, warning:");
  });

  test("a state that cannot be read is said, and --fresh does without", async () => {
    mkdirSync(storagePath(), { recursive: true });
    writeFileSync(join(storagePath(), "alerts.sqlite"), "not a database, but long enough to look at");
    expect(await notify("preview")).toMatchObject({
      code: 69,
      stderr: expect.stringContaining("--fresh does without"),
    });
    expect(await notify("preview", "--fresh")).toMatchObject({ code: 0 });
  });

  test.each(["40", "80"])("fits into %s columns, its commands still whole", async (columns) => {
    const { stdout } = await runCli(["notify", "preview"], { home: home.path, env: { COLUMNS: columns } });
    const tooLong = stdout.split("\n").filter(({ length }) => length > Number(columns));
    // A comment is whole as well: cut, its rest would be a command.
    expect(tooLong.filter((line) => !/^(?:#.*|\S+(?: \\)?)$/.test(line))).toEqual([]);
    expect(stdout).toContain(" \\\n");
    expect(stdout).toMatch(/^(?:Means: +)\S.*\n {8,}\S/m);
  });

  test("says so when there is nothing to tell", async () => {
    writeHome(home.path, { "anthropic:default": token() });
    expect(await notify("preview")).toMatchObject({ code: 0, stdout: "nothing to tell\n" });
  });
});

/** What `serve` would have made. */
function makeState(): void {
  openAlertStore(storagePath(), NOW).close();
}

describe("notify outbox", () => {
  function keep(): void {
    configure(twoChannels());
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
    makeState();
    expect(await notify("outbox")).toMatchObject({
      code: 0,
      stdout: `nothing waits, and nothing was sent lately: ${storagePath()}/alerts.sqlite\n`,
    });
  });

  test("shows what waits and what was given up, the latest first, with the last answer", async () => {
    keep();
    const { stdout } = await notify("outbox");
    expect(stdout).toMatch(
      /^waiting {2}pending {2}ops {2}critical\n {2}CRITICAL main@openclaw: anthropic:default expired .*\n {2}made 2026-09-21 14:13 UTC .*; not tried yet, due now\n/m,
    );
    expect(stdout).toMatch(/^given-up {2}dead {2}phone {2}critical\n(?: .*\n)+ {2}last answer: HTTP 404 Not Found$/m);
    const entries = JSON.parse((await notify("outbox", "--json")).stdout) as readonly object[];
    expect([stdout.indexOf("given-up") < stdout.indexOf("waiting"), entries]).toMatchObject([
      true,
      [{ id: "given-up" }, { id: "waiting" }],
    ]);
    expect(entries).toContainEqual(
      expect.objectContaining({ id: "given-up", state: "dead", nextAttemptAt: null, lastDetail: "HTTP 404 Not Found" }),
    );
  });

  test("makes one due again, and drops another", async () => {
    keep();
    expect(await notify("outbox", "--retry", "giv")).toMatchObject({
      code: 0,
      stdout: "given-up: due now; a running serve sends it within a minute, else the next check --notify\n",
    });
    expect(await notify("outbox", "--drop", "waiting")).toMatchObject({ code: 0, stdout: "waiting: dropped\n" });
    const entries = JSON.parse((await notify("outbox", "--json")).stdout) as readonly { id: string; state: string }[];
    expect(entries.map(({ id, state }) => [id, state])).toContainEqual(["given-up", "pending"]);
    expect(entries.filter(({ id, state }) => id === "waiting" && state === "pending")).toEqual([]);
  });

  test.each(["--retry", "--drop"])("%s leaves alone what is being sent", async (flag) => {
    keep();
    const store = openAlertStore(storagePath(), NOW);
    store.claim({ now: new Date(), leaseMs: 60_000, channels: ["ops"] });
    store.close();
    expect(await notify("outbox", flag, "waiting")).toMatchObject({ code: 69, stdout: "", stderr: /on its way now/ });
    expect((await notify("outbox")).stdout).toMatch(/not tried yet, being sent now$/m);
  });

  test("a message of a channel that is gone cannot be retried, and says so in the list", async () => {
    keep();
    configure("channels: [{ name: ops, type: command, argv: [/bin/true] }]\n");
    const { code, stderr } = await notify("outbox", "--retry", "given-up");
    expect([code, stderr]).toEqual([64, expect.stringContaining("got one for phone; add that channel again")]);
    expect((await notify("outbox")).stdout).toContain("its channel is not in the config any more");
  });

  test.each(["40", "80"])("fits into %s columns", async (columns) => {
    keep();
    const { stdout } = await runCli(["notify", "outbox"], { home: home.path, env: { COLUMNS: columns } });
    expect(Math.max(...stdout.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(Number(columns));
  });

  test.each(["--retry", "--drop"])("%s of an unknown id is a mistake", async (flag) => {
    makeState();
    expect(await notify("outbox", flag, "nothing")).toMatchObject({ code: 64, stderr: expect.stringContaining(flag) });
  });
});

describe("notify silence", () => {
  beforeEach(makeState);

  test("is added, listed and ended", async () => {
    const added = await notify("silence", "add", "provider=openai,agent=ops", "--for", "2h", "--comment", "on it");
    expect(added).toMatchObject({ code: 0, stderr: "" });
    const [, id = ""] =
      /^([0-9a-f]{8}): provider=openai,agent=ops silenced until .*\nkept in \/.*\/alerts\.sqlite\n$/.exec(
        added.stdout,
      ) ?? [];
    expect((await notify("silence", "list")).stdout).toMatch(
      new RegExp(`^${id}  .* \\(in 1h.*\\)  provider=openai,agent=ops  on it$`, "m"),
    );
    expect(JSON.parse((await notify("silence", "list", "--json")).stdout)).toMatchObject([
      { id, matchers: { provider: "openai", agent: "ops" }, comment: "on it" },
    ]);
    expect(await notify("silence", "expire", id.slice(0, 3))).toMatchObject({ code: 0, stdout: `${id}: ended\n` });
    expect((await notify("silence", "list")).stdout).toBe(`nothing is silenced: ${storagePath()}/alerts.sqlite\n`);
  });

  test.each([
    [["silence", "add", "provider=openai,agent=ops,installation=openclaw"]],
    [["silence", "list"]],
    [["outbox"]],
    [["history"]],
  ])("what %j says fits on a phone, and nothing of it is lost", async (args) => {
    const env = { COLUMNS: "40" };
    const { stdout } = await runCli(["notify", ...args], { home: home.path, env });
    expect(stdout.split("\n").filter(({ length }) => length > 40)).toEqual([]);
    expect(stdout.replaceAll("\n", "")).toContain(`${storagePath()}/alerts.sqlite`);
  });

  test("the command that a message offers is understood", async () => {
    writeHome(home.path, { "anthropic:ada@example.com": token(inHours(-1)) });
    const { stdout } = await notify("preview");
    const [, matchers = ""] = /agent-auth notify silence add '([^']+)' --for 8h/.exec(stdout) ?? [];
    expect(await notify("silence", "add", matchers, "--for", "8h")).toMatchObject({ code: 0 });
  });

  test.each([
    ["a severity that there is not", ["add", "severity=crit"], "did you mean critical?"],
    ["a reason that there is not", ["add", "reason=nothing*"], "expected a reason that there is"],
    ["an unknown label", ["add", "providr=openai"], "did you mean provider?"],
    ["no pattern", ["add", "provider="], "expected one pattern, got none"],
    ["a label twice", ["add", "agent=a,agent=b"], "expected one pattern, got two"],
    ["no label", ["add", "openai"], "expected label=pattern"],
    ["nothing", ["add"], "missing required argument"],
    ["too long", ["add", "agent=a", "--for", "10y"], "--for"],
    ["for no time", ["add", "agent=a", "--for", "0"], "--for: expected a duration of at least 1s and at most 366d"],
    ["for ages", ["add", "agent=a", "--for", "9999d"], "--for: expected a duration of at least 1s and at most 366d"],
    ["an unknown id", ["expire", "nothing"], "none is in force"],
  ])("%s is a mistake", async (_name, args, complaint) => {
    const { code, stderr } = await notify("silence", ...args);
    expect(code).toBe(64);
    expect(stderr).toContain(complaint);
  });

  test("a pattern may hold an equals sign", () => {
    expect(parseMatchers("profile=a=b, agent=*")).toEqual({ profile: "a=b", agent: "*" });
  });
});

describe("a place where nobody keeps a state", () => {
  test.each([["silence", "add", "agent=ops"], ["silence", "list"], ["silence", "expire", "x"], ["outbox"]])(
    "notify %s %s makes none there, and says which was meant",
    async (...args) => {
      const elsewhere = join(home.path, "elsewhere");
      const { code, stdout, stderr } = await notify(...args, "--storage.path", elsewhere);
      expect([code, stdout]).toEqual([69, ""]);
      expect(stderr).toContain(`${elsewhere}/alerts.sqlite: expected the state that serve`);
      expect(existsSync(elsewhere)).toBe(false);
    },
  );

  test("the commands of a message name the config and the state of who sends it", async () => {
    writeHome(home.path, { "anthropic:default": token(inHours(-1)) });
    const [config, state] = [join(home.path, "other file.yaml"), join(home.path, "other")];
    writeFileSync(config, "");
    const { stdout } = await notify("preview", "--config.file", config, "--storage.path", state);
    expect(stdout).toContain(` --for 8h --config.file '${config}' --storage.path ${state}\n`);
  });
});

test("a state that cannot be kept is said, not ignored", async () => {
  // A directory where the file should be.
  mkdirSync(join(storagePath(), "alerts.sqlite"), { recursive: true });
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

describe("notify history", () => {
  function keep(): void {
    configure(`${twoChannels()}timezone: Europe/Berlin\n`);
    const store = openAlertStore(storagePath(), NOW);
    const key = "openclaw/ops/expiry/anthropic:pat@example.com";
    const one = buildCondition({ key, agent: "ops" });
    for (const changes of [
      tell([buildNotification({ id: "a", channel: "phone" }, [one])]),
      tell([buildNotification({ id: "b", channel: "phone", status: "resolved" }, [one])]),
    ]) {
      store.decide(() => ({ changes, result: null }));
    }
    for (const id of ["a", "b"]) store.markDelivered(id, NOW, "");
    store.close();
  }

  test("shows who was told what and why, latest first, with addresses masked", async () => {
    keep();
    expect(await notify("history")).toEqual({
      code: 0,
      stderr: "",
      stdout: [
        "AT                          CHANNEL  BECAUSE   SEVERITY  WHAT",
        "2026-09-21 16:13 UTC+02:00  phone    resolved  critical  ops@openclaw expiry anthropic:p***@example.com",
        "2026-09-21 16:13 UTC+02:00  phone    first     critical  ops@openclaw expiry anthropic:p***@example.com",
        "",
      ].join("\n"),
    });
  });

  test("as JSON, no more than asked for", async () => {
    keep();
    expect(JSON.parse((await notify("history", "--limit", "1", "--json")).stdout)).toEqual([
      {
        at: NOW.toISOString(),
        channel: "phone",
        key: "openclaw/ops/expiry/anthropic:p***@example.com",
        because: "resolved",
        severity: "critical",
        notificationId: "b",
      },
    ]);
  });

  test("is empty at first, and wants a number", async () => {
    makeState();
    expect((await notify("history")).stdout).toBe(`nobody was told anything yet: ${storagePath()}/alerts.sqlite\n`);
    for (const limit of ["0", "many"]) {
      expect(await notify("history", "--limit", limit)).toMatchObject({
        code: 64,
        stderr: /expected how many entries/,
      });
    }
  });
});
