import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  readFileSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { InstallationReport, Snapshot } from "../src/snapshot.ts";
import { createWatcher, findWatchTargets } from "../src/watch.ts";
import type { Watcher } from "../src/watch.ts";
import { agent, installation, snapshot, store } from "./metrics/sample-snapshot.ts";
import { waitFor } from "./wait.ts";

let home: string;
let stateDir: string;
let agentDir: string;
let changes: number;
let complaints: string[];
let watcher: Watcher;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "agent-auth-watch-"));
  stateDir = join(home, ".openclaw");
  agentDir = join(stateDir, "agents", "main", "agent");
  mkdirSync(agentDir, { recursive: true });
  writeFileSync(join(agentDir, "auth-profiles.json"), "{}");
  changes = 0;
  complaints = [];
  watcher = create(0);
});

afterEach(() => {
  watcher.close();
  rmSync(home, { recursive: true, force: true });
});

function create(quietMs?: number): Watcher {
  const onUnavailable = (reason: string) => void complaints.push(reason);
  return createWatcher({
    onChange: () => (changes += 1),
    onUnavailable,
    ...(quietMs === undefined ? {} : { quietMs }),
  });
}

function shown(given: Partial<InstallationReport> = {}): Snapshot {
  const path = join(agentDir, "auth-profiles.json");
  const report = { stateDir, configPath: join(stateDir, "openclaw.json"), stores: [store({ path })], ...given };
  return snapshot({ installations: [installation(report)], searched: [stateDir] });
}

async function isNoticed(act: () => void): Promise<boolean> {
  const before = changes;
  act();
  return waitFor("a change", () => (changes > before ? true : null));
}

/** The system tells of changes in their order, so what came before a file that we see appear was seen too. */
async function countNoticed(act: () => void): Promise<number> {
  const before = changes;
  const seen = Promise.withResolvers<undefined>();
  const witness = watch(home, (_, name) => name === "witness" && seen.resolve(undefined));
  act();
  writeFileSync(join(home, "witness"), "");
  await seen.promise;
  witness.close();
  // Timers that were set before this one fire before it.
  await setTimeout(1);
  return changes - before;
}

describe("what is noticed", () => {
  it.each([
    ["a store written in place", () => appendFileSync(join(agentDir, "auth-profiles.json"), " ")],
    [
      "a store replaced by a rename",
      () => {
        writeFileSync(join(agentDir, "auth-profiles.json.tmp"), "{}");
        renameSync(join(agentDir, "auth-profiles.json.tmp"), join(agentDir, "auth-profiles.json"));
      },
    ],
    ["the state beside it", () => writeFileSync(join(agentDir, "auth-state.json"), "{}")],
    ["a store removed", () => rmSync(join(agentDir, "auth-profiles.json"))],
    ["a migration to a database", () => writeFileSync(join(agentDir, "openclaw-agent.sqlite"), "")],
    ["the config", () => writeFileSync(join(stateDir, "openclaw.json"), "{}")],
    ["a new agent", () => mkdirSync(join(stateDir, "agents", "ops"))],
    ["the installation removed", () => rmSync(stateDir, { recursive: true })],
  ])("%s", async (_, act) => {
    watcher.follow(shown());
    expect(await isNoticed(act)).toBe(true);
  });

  it.each([
    ["a lock beside a store", () => mkdirSync(join(agentDir, "auth-profiles.json.lock"))],
    ["another file beside it", () => writeFileSync(join(agentDir, "models.json"), "{}")],
    ["a read of the store", () => readFileSync(join(agentDir, "auth-profiles.json"))],
  ])("not %s", async (_, act) => {
    watcher.follow(shown());
    expect(await countNoticed(act)).toBe(0);
  });

  it("a write to the log of a database, and not to its shared memory", async () => {
    const path = join(agentDir, "openclaw-agent.sqlite");
    watcher.follow(shown({ stores: [store({ path })] }));
    expect(await countNoticed(() => writeFileSync(`${path}-shm`, "x"))).toBe(0);
    expect(await isNoticed(() => writeFileSync(`${path}-wal`, "x"))).toBe(true);
  });

  it("an agent being set up, step by step", async () => {
    const agents = [agent(), agent({ id: "ops", storeOwners: [] })];
    watcher.follow(shown({ agents }));
    expect(await isNoticed(() => mkdirSync(join(stateDir, "agents", "ops")))).toBe(true);
    watcher.follow(shown({ agents }));
    expect(await isNoticed(() => mkdirSync(join(stateDir, "agents", "ops", "agent")))).toBe(true);
    watcher.follow(shown({ agents }));
    expect(
      await isNoticed(() => writeFileSync(join(stateDir, "agents", "ops", "agent", "auth-profiles.json"), "{}")),
    ).toBe(true);
  });

  it("an installation where there was none", async () => {
    watcher.follow(snapshot({ installations: [], searched: [join(home, ".clawdbot")] }));
    expect(await isNoticed(() => mkdirSync(join(home, ".clawdbot")))).toBe(true);
  });

  it("a directory that was removed and came back, though the check found the same", async () => {
    const same = shown();
    watcher.follow(same);
    expect(await isNoticed(() => rmSync(agentDir, { recursive: true }))).toBe(true);
    mkdirSync(agentDir);
    watcher.follow({ ...same });
    expect(await isNoticed(() => writeFileSync(join(agentDir, "auth-profiles.json"), "{}"))).toBe(true);
  });
});

describe("how often", () => {
  it("tells of many writes at once only once", async () => {
    watcher.close();
    watcher = create();
    watcher.follow(shown());
    const writeAll = () => {
      for (let index = 0; index < 100; index += 1) appendFileSync(join(agentDir, "auth-profiles.json"), " ");
    };
    expect(await isNoticed(writeAll)).toBe(true);
    expect(await isNoticed(writeAll)).toBe(true);
    expect(changes).toBe(2);
  });

  it("tells of a writer that never rests while it writes", async () => {
    watcher.close();
    watcher = create();
    watcher.follow(shown());
    const path = join(agentDir, "auth-profiles.json");
    const script = `setInterval(() => require("node:fs").appendFileSync(${JSON.stringify(path)}, " "), 20)`;
    const writer = spawn(process.execPath, ["-e", script], { stdio: "ignore" });
    try {
      await waitFor("two changes", () => (changes >= 2 ? true : null));
    } finally {
      writer.kill();
    }
    expect(writer.exitCode).toBeNull();
  });
});

describe("follow", () => {
  it("lets go of what is gone, and says nothing of what is not there", async () => {
    watcher.follow(shown({ stateDir: join(home, "missing"), configPath: null }));
    watcher.follow(shown());
    watcher.follow(shown({ agents: [], stores: [] }));
    expect(await countNoticed(() => appendFileSync(join(agentDir, "auth-profiles.json"), " "))).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("notices nothing after close", async () => {
    watcher.follow(shown());
    appendFileSync(join(agentDir, "auth-profiles.json"), " ");
    watcher.close();
    const other = createWatcher({ onChange: () => (changes += 10), onUnavailable: () => undefined });
    other.follow(shown());
    expect(await isNoticed(() => appendFileSync(join(agentDir, "auth-profiles.json"), " "))).toBe(true);
    other.close();
    expect(changes % 10).toBe(0);
  });
});

describe("where watching is not possible", () => {
  it("says so once, and leaves it to the schedule", () => {
    const script = `
      import { openSync } from "node:fs";
      import { createWatcher } from ${JSON.stringify(new URL("../src/watch.ts", import.meta.url).href)};
      const watcher = createWatcher({ onChange() {}, onUnavailable: (reason) => console.log(reason) });
      console.log("");
      try { for (;;) openSync("/dev/null"); } catch {}
      watcher.follow({ installations: [], searched: ["/a/b"] });
      watcher.follow({ installations: [], searched: ["/a/b"] });
    `
      .replace("/a/b", stateDir)
      .replace("/a/b", home);
    const command = 'ulimit -n 128; exec "$0" --input-type=module --eval "$1"';
    const { stdout, stderr } = spawnSync("sh", ["-c", command, process.execPath, script], { encoding: "utf8" });
    expect([stdout.trim(), stderr]).toEqual([
      "the system's limit of watches is reached (EMFILE; see fs.inotify.max_user_watches)",
      "",
    ]);
  });
});

describe("findWatchTargets", () => {
  it("watches only the login file among another CLI's files", () => {
    const login = installation({
      kind: "login",
      stateDir: "/home/peter/.claude",
      configPath: null,
      agents: [],
      stores: [store({ owner: "_cli", path: "/home/peter/.claude/.credentials.json" })],
    });
    expect(findWatchTargets(snapshot({ installations: [login], searched: [] }))).toEqual(
      new Map([["/home/peter/.claude", new Set([".credentials.json"])]]),
    );
  });

  it("leaves out what lies on other hosts, wherever they say that it lies", () => {
    const theirs = installation({ remote: "vps", stateDir: "vps:/../etc", configPath: "vps:/../etc/openclaw.json" });
    const targets = findWatchTargets(snapshot({ installations: [theirs], searched: ["vps:/home/ada", "vps:"] }));
    expect(targets).toEqual(new Map());
  });
});
