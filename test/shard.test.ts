import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findConditions } from "../src/alerts/conditions.ts";
import { wireChecker } from "../src/commands/open-checker.ts";
import { DEFAULT_CONFIG } from "../src/config/config.ts";
import { createHostReader } from "../src/discovery/host.ts";
import { findFindings, DEFAULT_QUESTION } from "../src/findings.ts";
import { METRICS_OF_STORES } from "../src/metrics/table.ts";
import { createMetricView } from "../src/metrics/view.ts";
import { TextWriter } from "../src/metrics/text.ts";
import { isInShard, parseShard, type Shard } from "../src/shard.ts";
import type { Snapshot } from "../src/snapshot.ts";
import { createStoreReader } from "../src/stores/read.ts";
import { writeScenario } from "./golden-home.ts";
import { runCli } from "./run-cli.ts";
import { startServe } from "./run-serve.ts";
import { waitFor } from "./wait.ts";

const HOUR_MS = 3_600_000;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "agent-auth-shard-"));
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

describe("a shard is written", () => {
  test.each<readonly [string, Shard | null]>([
    ["1/1", { index: 1, count: 1 }],
    ["3/8", { index: 3, count: 8 }],
    ["1024/1024", { index: 1024, count: 1024 }],
    ["0/8", null],
    ["9/8", null],
    ["1/1025", null],
    ["03/8", null],
    ["3 / 8", null],
    ["-1/8", null],
    ["3", null],
    ["", null],
  ])("%j", (text, shard) => {
    expect(parseShard(text)).toEqual(shard);
  });

  test.each(["0/8", "9/8", "x"])("--shard %s is a mistake", async (text) => {
    const { code, stderr } = await runCli(["check", "--shard", text], { home });
    expect(stderr).toMatch(
      /^agent-auth: --shard: expected a number and how many there are, got "[^"]+"; write 1\/8 to 8\/8/,
    );
    expect(code).toBe(64);
  });
});

test("an owner is of exactly one shard, and always of the same", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.integer({ min: 1, max: 64 }), (place, owner, count) => {
      const own = shardsOf(count).filter((shard) => isInShard(shard, place, owner));
      expect(own).toHaveLength(1);
    }),
  );
  // Hosts and versions have to agree.
  const indexOf = (owner: string) => shardsOf(8).find((shard) => isInShard(shard, "/home/ada/.openclaw", owner))?.index;
  expect(["", "main", "_shared", "ops", "_cli"].map(indexOf)).toEqual([5, 5, 5, 4, 1]);
});

test("ten thousand agents are spread evenly", () => {
  const counts = shardsOf(8).map(
    (shard) =>
      Array.from({ length: 10_000 }, (_, n) => isInShard(shard, "/srv/x", `agent-${n}`)).filter(Boolean).length,
  );
  expect(Math.min(...counts)).toBeGreaterThan(1_100);
  expect(Math.max(...counts)).toBeLessThan(1_400);
});

interface Fleet {
  readonly count: number;
  readonly installations: readonly {
    readonly agents: readonly Profile[];
    readonly main: Profile;
    readonly broken: boolean;
  }[];
  readonly hasLogin: boolean;
}
interface Profile {
  /** Hours until its end; null for an agent without a store of its own. */
  readonly hours: number | null;
}

const profile = fc.record({ hours: fc.option(fc.constantFrom(-5, 5, 500)) });
const fleets: fc.Arbitrary<Fleet> = fc.record({
  count: fc.integer({ min: 1, max: 8 }),
  installations: fc.array(
    fc.record({ agents: fc.array(profile, { maxLength: 9 }), main: profile, broken: fc.boolean() }),
    { minLength: 1, maxLength: 3 },
  ),
  hasLogin: fc.boolean(),
});

test("all shards together tell what one alone would, and nothing twice", async () => {
  const now = new Date();
  await fc.assert(
    fc.asyncProperty(fleets, async (fleet) => {
      const root = mkdtempSync(join(home, "fleet-"));
      writeFleet(root, fleet, now);
      const whole = tell(await look(root, null, now));
      const parts = await Promise.all(shardsOf(fleet.count).map(async (shard) => tell(await look(root, shard, now))));
      for (const kind of ["series", "findings", "conditions"] as const) {
        expect(parts.flatMap((part) => part[kind]).toSorted(byText), kind).toEqual(whole[kind].toSorted(byText));
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);

test("stores of others are not opened, but for what agents inherit and by who tells of it", async () => {
  const agents = Array.from({ length: 40 }, () => ({ hours: 5 }));
  writeFleet(
    home,
    { count: 4, installations: [{ agents, main: { hours: 5 }, broken: false }], hasLogin: false },
    new Date(),
  );
  const opened = await Promise.all(shardsOf(4).map(async (shard) => listOpened(home, shard)));
  const ofMain = shardsOf(4).findIndex((shard) => isInShard(shard, join(home, ".openclaw"), "main"));
  expect(opened[ofMain]).toHaveLength(41);
  for (const [index, shard] of shardsOf(4).entries()) {
    if (index === ofMain) continue;
    const own = agents.map((_, n) => `a${n}`).filter((id) => isInShard(shard, join(home, ".openclaw"), id));
    expect(opened[index]?.toSorted(byText)).toEqual(["main", ...own].toSorted(byText));
  }
});

test("what another shard tells of is unknown, not over", async () => {
  writeFleet(
    home,
    { count: 2, installations: [{ agents: [], main: { hours: 5 }, broken: false }], hasLogin: false },
    new Date(),
  );
  const place = join(home, ".openclaw");
  for (const shard of shardsOf(2)) {
    const { isUnknown } = findConditions(await look(home, shard, new Date()));
    const answers = ["gone-1", "gone-2", "gone-3", "gone-4"].map((agent) => [
      isUnknown(`openclaw/${agent}/answer`, place),
      !isInShard(shard, place, agent),
    ]);
    expect(answers.map(([isLeft]) => isLeft)).toEqual(answers.map(([, isOther]) => isOther));
  }
});

test("a reload keeps the shard, whose state is open", async () => {
  writeFleet(
    home,
    { count: 2, installations: [{ agents: [], main: { hours: 5 }, broken: false }], hasLogin: false },
    new Date(),
  );
  const config = join(home, "config.yaml");
  writeFileSync(config, "discovery: { shard: 1/2 }\n");
  const serving = await startServe([`--config.file=${config}`], { home });
  writeFileSync(config, "discovery: { shard: 2/2 }\n");
  serving.signal("SIGHUP");
  await waitFor("the reload", () => serving.log.find(({ msg }) => msg === "config reloaded"));
  expect(serving.log.map(({ msg }) => msg)).toContain("a change of `discovery.shard` takes effect at the next start");
  serving.signal("SIGTERM");
  expect(await serving.ended).toBe(0);
});

test("each keeps a state of its own", async () => {
  // Only what has no end is recognised by a digest, whose key is kept.
  const token = { type: "token", provider: "anthropic", token: "CANARY-endless" };
  writeScenario(home, { store: { profiles: { "anthropic:default": token } } }, "one JSON file");
  const storage = join(home, "kept");
  for (const shard of ["1/2", "2/2"]) {
    expect((await runCli(["check", `--shard=${shard}`, `--storage.path=${storage}`], { home })).code).toBeLessThan(4);
  }
  const keys = readdirSync(storage, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith("digest.key"),
  );
  expect(keys).not.toEqual([]);
  for (const path of keys) expect(path).toMatch(/^shard-[12]-of-2\/digest\.key$/);
});

function shardsOf(count: number): readonly Shard[] {
  return Array.from({ length: count }, (_, position) => ({ index: position + 1, count }));
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function writeFleet(root: string, { installations, hasLogin }: Fleet, now: Date): void {
  const put = (path: string, value: unknown): void => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), typeof value === "string" ? value : JSON.stringify(value), { mode: 0o600 });
  };
  for (const [index, { agents, main, broken }] of installations.entries()) {
    const state = index === 0 ? ".openclaw" : `.openclaw-p${index}`;
    const ids = agents.map((_, n) => `a${n}`);
    const model = { primary: "anthropic/claude-opus-4-5", fallbacks: ["openai/gpt-5"] };
    put(
      join(state, "openclaw.json"),
      broken ? "{" : { agents: { defaults: { model }, list: ids.map((id) => ({ id })) } },
    );
    for (const [id, { hours }] of [
      ["main", main] as const,
      ...ids.map((name, n) => [name, agents[n] ?? main] as const),
    ]) {
      if (hours === null) continue;
      const token = `sk-ant-oat01-CANARY-${index}-${id}`;
      const own = { type: "token", provider: "anthropic", token, expires: now.getTime() + hours * HOUR_MS };
      put(join(state, "agents", id, "agent/auth-profiles.json"), {
        version: 1,
        profiles: { [`anthropic:${id}`]: own },
      });
    }
  }
  if (hasLogin) {
    const claudeAiOauth = { accessToken: "CANARY", expiresAt: now.getTime() - HOUR_MS };
    put(".claude/.credentials.json", { claudeAiOauth });
  }
}

async function look(root: string, shard: Shard | null, now: Date): Promise<Snapshot> {
  const storage = { path: mkdtempSync(join(home, "storage-")) };
  const discovery = { ...DEFAULT_CONFIG.discovery, homes: [root], shard };
  return wireChecker({ ...DEFAULT_CONFIG, storage, discovery }, { HOME: root }).checker.check(now);
}

/** Everything that is told of agents and stores; problems of the whole search are told by each. */
function tell(snapshot: Snapshot) {
  const view = createMetricView(snapshot, "plain");
  const writer = new TextWriter("text");
  for (const metric of METRICS_OF_STORES) writer.family(metric, (emit) => metric.collect(view, emit));
  const series = writer.text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const findings = findFindings(snapshot, DEFAULT_QUESTION).map((finding) => JSON.stringify(finding));
  return { series, findings, conditions: findConditions(snapshot).conditions.map((one) => JSON.stringify(one)) };
}

async function listOpened(root: string, shard: Shard): Promise<readonly string[]> {
  const stores = createStoreReader({ digest: (secret) => secret });
  const opened: string[] = [];
  const recording = {
    ...stores,
    readAgentStore: (...given: Parameters<typeof stores.readAgentStore>) => {
      opened.push(given[0].owner);
      return stores.readAgentStore(...given);
    },
  };
  const discovery = { ...DEFAULT_CONFIG.discovery, homes: [root], shard, env: { HOME: root } };
  const host = createHostReader(discovery, recording);
  await host.prepare();
  host.read(new Date());
  return opened;
}
