/**
 * Compares our answers with those of the published OpenClaw on stores that it made itself, profile by profile. Downloads
 * it unless OPENCLAW_DIR names an installation. Exits 1 when a difference is not one of the documented ones.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Comparison, compareStatus, type Difference, type StatusAnswer } from "./interop/compare.ts";
import { createOpenclaw, installOpenclaw, isolatedEnvironment, OPENCLAW_VERSION } from "./interop/openclaw.ts";
import { type Scenario, SCENARIOS } from "./interop/scenarios.ts";

const PROGRAM = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist/bin.cjs");

interface Row {
  readonly scenario: string;
  readonly agent: string;
  readonly comparison: Comparison;
}

const directory = mkdtempSync(join(tmpdir(), "agent-auth-interop-"));
try {
  const rows = compareAll(installOpenclaw(directory));
  printTable(rows);
  const differences = rows.flatMap(({ comparison }) => comparison.differences);
  const wrong = differences.filter(({ documented }) => documented === null);
  const compared = rows.reduce((sum, { comparison }) => sum + comparison.compared, 0);
  console.log(
    `openclaw ${OPENCLAW_VERSION}: ${compared} facts compared, ${differences.length} differ, ${wrong.length} of them undocumented`,
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function compareAll(openclawDirectory: string): readonly Row[] {
  return SCENARIOS.flatMap((scenario, index) => {
    const home = join(directory, `home-${index}`);
    mkdirSync(home);
    return compareScenario(scenario, home, openclawDirectory);
  });
}

function compareScenario({ name, agents, prepare }: Scenario, home: string, openclawDirectory: string): readonly Row[] {
  console.log(`preparing: ${name}`);
  const openclaw = createOpenclaw(openclawDirectory, home);
  prepare(home, openclaw, new Date());
  return agents.map((agent) => {
    const theirs = parseAnswer(openclaw(["models", "status", "--json", "--agent", agent]));
    const ours = parseAnswer(runOurs(home, agent));
    return { scenario: name, agent, comparison: compareStatus(theirs, ours) };
  });
}

/** `check` says with its exit code what it found; here only what it printed counts. */
function runOurs(home: string, agent: string): string {
  const args = [PROGRAM, "check", "--format", "openclaw", "--agent", agent, "--home", home];
  try {
    return execFileSync(process.execPath, args, { encoding: "utf8", env: isolatedEnvironment(home) });
  } catch (error) {
    if (error instanceof Error && "stdout" in error && typeof error.stdout === "string") return error.stdout;
    throw error;
  }
}

/** OpenClaw can print notices before its JSON. */
function parseAnswer(output: string): StatusAnswer {
  return JSON.parse(output.slice(output.indexOf("{"))) as StatusAnswer;
}

function printTable(rows: readonly Row[]): void {
  console.log(`\n| scenario | agent | facts | equal | documented | different |\n|---|---|--:|--:|--:|--:|`);
  for (const { scenario, agent, comparison } of rows) {
    const documented = comparison.differences.filter((difference) => difference.documented !== null).length;
    const wrong = comparison.differences.length - documented;
    const equal = comparison.compared - documented - wrong;
    console.log(`| ${scenario} | ${agent} | ${comparison.compared} | ${equal} | ${documented} | ${wrong} |`);
  }
  console.log("");
  for (const { scenario, agent, comparison } of rows) {
    for (const difference of comparison.differences) console.log(describeDifference(scenario, agent, difference));
  }
  console.log("");
}

function describeDifference(scenario: string, agent: string, difference: Difference): string {
  const { what, field, theirs, ours, documented } = difference;
  return `${documented === null ? "DIFFERS" : "documented"}: ${scenario}, ${agent}, ${what}, ${field}: openclaw "${theirs}", ours "${ours}"${documented === null ? "" : ` (${documented})`}`;
}
