import { spawn } from "node:child_process";
import { globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTemporaryHome, runCli } from "../run-cli.ts";
import { requireProgram } from "../real-program.ts";
import { type Serving, startServe } from "../run-serve.ts";
import { waitFor } from "../wait.ts";
import { inHours, token, writeHome } from "./json-home.ts";

const BIN = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "src/bin.ts");

let home: ReturnType<typeof createTemporaryHome>;
let serving: Serving | null = null;

beforeEach(() => {
  home = createTemporaryHome();
});
afterEach(async () => {
  serving?.signal("SIGKILL");
  await serving?.ended;
  serving = null;
  home.remove();
});

async function start(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Serving> {
  serving = await startServe(args, { home: home.path, env });
  return serving;
}

async function metric(name: string): Promise<string | null> {
  const text = await (await fetch(`${serving?.url}/metrics`)).text();
  return (
    text
      .split("\n")
      .find((line) => line.startsWith(name))
      ?.split(" ")
      .at(-1) ?? null
  );
}

function expectSoon(name: string, value: string): Promise<true> {
  return waitFor(`${name} ${value}`, async () => ((await metric(name)) === value ? true : null));
}

const CAN_ANSWER = 'agent_auth_agent_can_answer{installation="openclaw",agent="main"}';

describe("what changes while it serves", () => {
  test("a store rewritten in place shows without waiting for the schedule, and is logged once", async () => {
    writeHome(home.path, { "anthropic:manual": token(inHours(-1)) });
    const { log } = await start(["--config.file", writeConfig('schedule: "0 0 1 1 *"')]);
    expect(await metric(CAN_ANSWER)).toBe("0");
    writeHome(home.path, { "anthropic:manual": token(inHours(900)) });
    await expectSoon(CAN_ANSWER, "1");
    const told = log.map(({ msg }) => msg).filter((msg) => String(msg).startsWith("agent main"));
    expect(told).toEqual([
      "agent main: critical (no_usable_credential)",
      "agent main: critical (no_usable_credential) -> ok",
    ]);
  });

  test("a store replaced by renaming, and a commit to SQLite", async () => {
    writeHome(home.path, { "anthropic:manual": token(inHours(-1)) });
    await start(["--config.file", writeConfig('schedule: "0 0 1 1 *"')]);
    const directory = join(home.path, ".openclaw/agents/main/agent");
    const fresh = JSON.stringify({ version: 1, profiles: { "anthropic:manual": token(inHours(900)) } });
    writeFileSync(join(directory, "new"), fresh, { mode: 0o600 });
    renameSync(join(directory, "new"), join(directory, "auth-profiles.json"));
    await expectSoon(CAN_ANSWER, "1");

    const database = new DatabaseSync(join(directory, "openclaw-agent.sqlite"));
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("CREATE TABLE auth_profile_store (store_key TEXT PRIMARY KEY, store_json TEXT, updated_at INTEGER)");
    database.prepare("INSERT INTO auth_profile_store VALUES ('primary', ?, 1)").run('{"version":1,"profiles":{}}');
    await expectSoon(CAN_ANSWER, "0");
    database.close();
  });

  test("a store that breaks keeps its last good reading, and says so", async () => {
    writeHome(home.path, { "anthropic:manual": token(inHours(900)) });
    await start();
    writeHome(home.path, "{ not json");
    await expectSoon('agent_auth_store_up{installation="openclaw",agent="main"}', "0");
    expect(await metric(CAN_ANSWER)).toBe("1");
    expect(await metric("agent_auth_profile_expiry_timestamp_seconds")).not.toBeNull();
  });

  test("an installation that appears later is found", async () => {
    const { log } = await start();
    expect(log.map(({ msg }) => msg)).toContain("nothing found yet; looking again at every check");
    expect(await metric('agent_auth_discovery_problems{reason="not_found"}')).toBe("1");
    expect(await metric('agent_auth_checks_total{outcome="problems"}')).toBe("1");
    writeHome(home.path, { "anthropic:manual": token(inHours(900)) });
    await expectSoon(CAN_ANSWER, "1");
  });
});

test("checks missed while the process was stopped are counted", async () => {
  const { signal } = await start(["--config.file", writeConfig('schedule: "* * * * * *"')]);
  signal("SIGSTOP");
  const untilMs = Date.now() + 2_500;
  await waitFor("two seconds to pass", () => (Date.now() > untilMs ? true : null));
  signal("SIGCONT");
  const missed = await waitFor("the count", async () => Number(await metric("agent_auth_checks_missed_total")) || null);
  expect(missed).toBeGreaterThanOrEqual(1);
});

const FAKETIME = requireProgram("faketime") === null ? [] : globSync("/usr/lib/*/faketime/libfaketime.so.1");

test.runIf(FAKETIME.length > 0).each([
  ["back", "-2d"],
  ["forward", "+2h"],
])("a clock that is set %s stops no checks, and is not taken for missed ones", async (direction, offset) => {
  const file = join(home.path, "faketime");
  writeFileSync(file, "+0");
  const faketime = {
    LD_PRELOAD: FAKETIME[0] ?? "",
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  const { log } = await start(["--config.file", writeConfig('schedule: "* * * * * *"')], faketime);
  writeFileSync(file, offset);
  const isTold = ({ msg }: { readonly msg?: unknown }): boolean =>
    String(msg).startsWith(`the clock was set ${direction} by `);
  await waitFor("the line", () => (log.some(isTold) ? true : null));
  const checks = async () => Number(await metric('agent_auth_checks_total{outcome="problems"}'));
  const before = await checks();
  await waitFor("three more checks", async () => ((await checks()) >= before + 3 ? true : null));
  expect(Number(await metric("agent_auth_checks_missed_total"))).toBeLessThan(3);
});

function writeConfig(text: string): string {
  const path = join(home.path, "config.yaml");
  writeFileSync(path, `${text}\n`);
  return path;
}

describe("reload", () => {
  test("SIGHUP takes a good config and keeps the last good one over a bad one", async () => {
    writeHome(home.path, { "anthropic:manual": token(inHours(10)) });
    const path = writeConfig("policy: { warnWithin: 4h, criticalWithin: 1h }");
    const { signal, log } = await start(["--config.file", path]);
    expect(await metric("agent_auth_warn_window_seconds")).toBe("14400");

    writeConfig("policy: { warnWithin: 12h }");
    signal("SIGHUP");
    await expectSoon("agent_auth_warn_window_seconds", "43200");
    expect(
      await metric(
        'agent_auth_profile_status{installation="openclaw",agent="main",provider="anthropic",profile="anthropic:manual",type="token",status="expiring"}',
      ),
    ).toBe("1");

    writeConfig("policy: { warnWithinn: 1h }");
    signal("SIGHUP");
    await expectSoon("agent_auth_config_last_reload_successful", "0");
    expect(await metric("agent_auth_warn_window_seconds")).toBe("43200");
    const complaint = log.find(({ problems }) => problems !== undefined);
    expect(JSON.stringify(complaint)).toContain("did you mean `warnWithin`");

    writeConfig("policy: { warnWithin: 4h }");
    signal("SIGHUP");
    await expectSoon("agent_auth_config_last_reload_successful", "1");
  });

  test("says that another place for our state waits for the next start", async () => {
    const path = writeConfig("timezone: UTC");
    const { signal, log } = await start(["--config.file", path]);
    writeConfig(`timezone: UTC\nstorage: { path: ${join(home.path, "elsewhere")} }`);
    signal("SIGHUP");
    await waitFor("the reload", () => log.find(({ msg }) => msg === "config reloaded"));
    expect(log.map(({ msg }) => msg)).toContain("a change of `storage` takes effect at the next start");
  });

  test("takes another schedule", async () => {
    const path = writeConfig('schedule: "0 0 1 1 *"\ntimezone: UTC');
    const { signal } = await start(["--config.file", path]);
    writeConfig('schedule: "0 9 1 7 *"\ntimezone: UTC');
    signal("SIGHUP");
    const next = await waitFor("the other schedule", async () => {
      const seconds = Number(await metric("agent_auth_next_check_timestamp_seconds"));
      const shown = new Date(seconds * 1_000).toISOString();
      return shown.includes("-01-01T") ? null : shown;
    });
    expect(next).toMatch(/-07-01T09:00:00\.000Z$/);
  });

  test("POST /-/reload only where it is enabled", async () => {
    const { url } = await start();
    expect((await fetch(`${url}/-/reload`, { method: "POST" })).status).toBe(403);
    serving?.signal("SIGTERM");
    await serving?.ended;
    const path = writeConfig("watch: false");
    const enabled = await start(["--web.enable-lifecycle", "--config.file", path]);
    const reload = () => fetch(`${enabled.url}/-/reload`, { method: "POST" });
    expect((await reload()).status).toBe(200);
    writeConfig("watch: perhaps");
    const refused = await reload();
    expect(refused.status).toBe(500);
    expect(await refused.text()).toMatch(/^the config stays as it was: .*`watch`: expected/);
  });

  test("what was read before a reload is not forgotten by it", async () => {
    writeHome(home.path, { "anthropic:manual": token(inHours(900)) });
    const { signal, log } = await start();
    writeHome(home.path, "{ not json");
    await expectSoon('agent_auth_store_up{installation="openclaw",agent="main"}', "0");
    signal("SIGHUP");
    await waitFor("the reload", () => log.find(({ msg }) => msg === "config reloaded"));
    await waitFor("the check after it", async () =>
      Number(await metric('agent_auth_checks_total{outcome="problems"}')) >= 2 ? true : null,
    );
    expect(await metric(CAN_ANSWER)).toBe("1");
  });
});

describe("the end", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s stops it with 0, also with a client that never lets go",
    async (name) => {
      const { url, signal, ended, log } = await start();
      const response = await fetch(`${url}/metrics`);
      signal(name);
      expect(await ended).toBe(0);
      expect(log.at(-1)).toMatchObject({ msg: "stopping", signal: name });
      await response.body?.cancel();
    },
  );

  test.each([
    ["an address in use", null],
    ["a name that is not known", "nowhere.invalid:1"],
  ])("%s ends it with 69 and the remedy", async (_name, address) => {
    const { url } = await start();
    const taken = address ?? url.replace("http://", "");
    const { code, stderr } = await runCli(["serve", `--web.listen-address=${taken}`], { home: home.path });
    expect(code).toBe(69);
    expect(stderr).toContain("--web.listen-address");
  });

  test("the demo goes with it", async () => {
    const { url, signal, ended } = await start(["--demo-if-empty"], { TMPDIR: home.path });
    expect(await metric("agent_auth_demo")).toBe("1");
    expect(await (await fetch(url)).text()).toMatch(/demo/i);
    expect(demosIn(home.path)).toHaveLength(1);
    signal("SIGTERM");
    expect(await ended).toBe(0);
    expect(demosIn(home.path)).toEqual([]);
  });

  describe("a signal before it serves", () => {
    async function startDemo() {
      const args = [BIN, "serve", "--demo-if-empty", "--web.listen-address=127.0.0.1:0", "--log.format=json"];
      const child = spawn(process.execPath, args, { env: { HOME: home.path, TMPDIR: home.path } });
      let log = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        log += text;
      });
      const ended = new Promise((resolve) => child.once("close", resolve));
      await waitFor("the demo", () => demosIn(home.path)[0]);
      return { child, ended, log: () => log };
    }

    test("to stop: the demo goes with it", async () => {
      const { child, ended } = await startDemo();
      child.kill("SIGTERM");
      expect(await ended).toBe(0);
      expect(demosIn(home.path)).toEqual([]);
    });

    test("to reload: is done once it serves", async () => {
      const { child, ended, log } = await startDemo();
      child.kill("SIGHUP");
      await waitFor("the reload", () => (log().includes("config reloaded") || child.signalCode !== null ? true : null));
      child.kill("SIGTERM");
      expect(await ended).toBe(0);
    });
  });

  test("real stores are never replaced by the demo", async () => {
    writeHome(home.path, { "anthropic:manual": token(inHours(900)) });
    await start(["--demo-if-empty"]);
    expect(await metric("agent_auth_demo")).toBe("0");
  });
});

function demosIn(directory: string): readonly string[] {
  return readdirSync(directory).filter((name) => name.startsWith("agent-auth-demo-"));
}

test("the tag of the status stays while checks find the same, and goes with a store that changes", async () => {
  writeHome(home.path, { "anthropic:manual": token(inHours(900)), "openai:default": token(inHours(2)) });
  const { url } = await start(["--config.file", writeConfig('schedule: "0 0 1 1 *"'), "--web.enable-lifecycle"]);
  const ask = (headers: Readonly<Record<string, string>> = {}) => fetch(`${url}/api/v1/status`, { headers });
  const first = await ask();
  const etag = first.headers.get("etag") ?? "";
  const checkedAt = first.headers.get("agent-auth-checked-at");
  const { generatedAt } = (await first.json()) as { generatedAt: string };
  expect(checkedAt).toBe(generatedAt);

  await fetch(`${url}/-/reload`, { method: "POST" });
  const again = await waitFor("the next check", async () => {
    const answer = await ask({ "if-none-match": etag });
    return answer.headers.get("agent-auth-checked-at") === checkedAt ? null : answer;
  });
  expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", etag]);
  expect(((await (await ask()).json()) as { generatedAt: string }).generatedAt).not.toBe(generatedAt);

  writeHome(home.path, { "anthropic:manual": token(inHours(-1)), "openai:default": token(inHours(2)) });
  await waitFor("another tag", async () => ((await ask({ "if-none-match": etag })).status === 200 ? true : null));
});

test("since when something is as it is survives a restart", async () => {
  writeHome(home.path, "{ not json");
  await start();
  serving?.signal("SIGTERM");
  await serving?.ended;
  const path = join(home.path, ".local/state/agent-auth-exporter/observations.json");
  const first = readFileSync(path, "utf8");
  expect(first).toContain(`unreadable:${home.path}/.openclaw|main`);
  await start();
  expect(readFileSync(path, "utf8")).toBe(first);
});

test("a storage directory that cannot be written is told once", async () => {
  writeHome(home.path, "{ not json");
  writeFileSync(join(home.path, "file"), "");
  const { log } = await start([`--storage.path=${home.path}/file/storage`]);
  writeHome(home.path, "{ not json either");
  await waitFor("the next check", async () =>
    Number(await metric('agent_auth_checks_total{outcome="problems"}')) >= 2 ? true : null,
  );
  expect(log.filter(({ msg }) => String(msg).includes("observations.json"))).toHaveLength(1);
});

test("a state directory that is gone is gone, not stale", async () => {
  writeHome(home.path, { "anthropic:manual": token(inHours(900)) });
  mkdirSync(join(home.path, ".clawdbot/agents/main/agent"), { recursive: true });
  writeFileSync(join(home.path, ".clawdbot/clawdbot.json"), "{}");
  await start();
  expect(await metric('agent_auth_agent_check_code{installation="clawdbot"')).not.toBeNull();
  rmSync(join(home.path, ".clawdbot"), { recursive: true });
  await waitFor("its series to go", async () =>
    (await metric('agent_auth_agent_check_code{installation="clawdbot"')) === null ? true : null,
  );
});
