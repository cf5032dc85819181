/**
 * Measures what the project promises, as ratios to the unavoidable work, in one run. Names of rows may be given:
 * `npm run bench -- check cycle`. Exits 1 when a goal is missed.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { benchLatency, benchUnchanged } from "./alert-rows.ts";
import { benchLargeCheck, benchSmallCheck } from "./check-rows.ts";
import { benchIdleCycle } from "./cycle-rows.ts";
import { isMet, type Row } from "./measure.ts";
import { benchMemory } from "./memory-rows.ts";
import { benchRemoteBytes } from "./remote-rows.ts";
import { benchScrapes } from "./scrape-rows.ts";
import { benchInstalledSize, benchPhone } from "./termux-rows.ts";

const BENCHES: Readonly<Record<string, readonly ((directory: string) => Promise<readonly Row[]>)[]>> = {
  check: [benchSmallCheck],
  // Before what makes this process large: Linux counts the peak of a parent as that of a child it starts.
  termux: [benchPhone, benchInstalledSize, benchRemoteBytes],
  cold: [(directory) => benchLargeCheck(directory, "json"), (directory) => benchLargeCheck(directory, "sqlite")],
  cycle: [(directory) => benchIdleCycle(directory, "json"), (directory) => benchIdleCycle(directory, "sqlite")],
  scrape: [benchScrapes],
  memory: [benchMemory],
  alerts: [benchLatency, benchUnchanged],
};

const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`expected ${Object.keys(BENCHES).join(", ")}; got ${unknown.join(", ")}`);
  process.exit(64);
}

const directory = mkdtempSync(join(tmpdir(), "agent-auth-bench-"));
const rows: Row[] = [];
try {
  for (const [name, benches] of Object.entries(BENCHES)) {
    if (named.length > 0 && !named.includes(name)) continue;
    for (const bench of benches) rows.push(...(await bench(directory)));
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

console.log(`Node ${process.versions.node}, ${availableParallelism()} CPUs; medians of interleaved runs\n`);
console.log("| work | floor | ours | ratio | goal | |\n|---|--:|--:|--:|--:|---|");
for (const row of rows) {
  const goal = `${row.goal.kind === "at-most" ? "≤" : "≥"} ${row.goal.ratio}`;
  const cells = [row.work, row.floor, row.ours, row.ratio.toFixed(2), goal, isMet(row) ? "met" : "missed"];
  console.log(`| ${cells.join(" | ")} |`);
}
process.exitCode = rows.every(isMet) ? 0 : 1;
