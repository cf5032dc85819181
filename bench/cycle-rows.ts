import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { createChecker } from "../src/check.ts";
import { createHostReader } from "../src/discovery/host.ts";
import { loadObservations } from "../src/observations.ts";
import { DEFAULT_POLICY } from "../src/policy.ts";
import { createDigest } from "../src/digest.ts";
import { createStoreReader } from "../src/stores/read.ts";
import { type Home, type Layout, writeHome } from "./fixtures.ts";
import { formatMs, interleave, type Row } from "./measure.ts";

/** A file that was written a moment ago is read again: its times may not show a second change. Here nothing changes. */
const SETTLED_MS = 3_000;

/** One cycle of the worker over agents that did not change, against a `stat` of what could have. */
export async function benchIdleCycle(directory: string, layout: Layout): Promise<readonly Row[]> {
  const home = writeHome(join(directory, `idle-${layout}`), 1_000, layout);
  await pause(SETTLED_MS);
  const storage = join(directory, `storage-${layout}`);
  const stores = createStoreReader({ digest: createDigest(storage) });
  const discovery = { homes: [home.path], stateDirs: [], logins: true, keychain: false, env: { HOME: home.path } };
  const host = createHostReader(discovery, stores);
  const memory = loadObservations(storage);
  const checker = createChecker({ host, memory, policy: DEFAULT_POLICY, home: home.path });
  const watched = watchedPaths(home, layout);
  const cycle = await interleave(60, {
    floor: () => time(() => statAll(watched)),
    ours: () => time(async () => checker.check(new Date())),
  });
  return [
    {
      work: `serve, cycle over 1,000 unchanged agents, ${layout === "json" ? "JSON" : "SQLite"}`,
      floor: `\`stat\` of ${watched.length.toLocaleString("en")} paths ${formatMs(cycle.floor)}`,
      ours: formatMs(cycle.ours),
      ratio: cycle.ours / cycle.floor,
      goal: { kind: "at-most", ratio: 1.5 },
    },
  ];
}

/** A new file shows in its directory, a change in place only in the file; SQLite also writes beside the database. */
function watchedPaths({ path, stores, agentDirs }: Home, layout: Layout): readonly string[] {
  const stateDir = join(path, ".openclaw");
  const beside = stores.map((store) => (layout === "json" ? join(dirname(store), "auth-state.json") : `${store}-wal`));
  return [stateDir, join(stateDir, "openclaw.json"), join(stateDir, "agents"), ...agentDirs, ...stores, ...beside];
}

function statAll(paths: readonly string[]): void {
  for (const path of paths) statSync(path, { bigint: true, throwIfNoEntry: false });
}

async function time(work: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
