import { spawnSync } from "node:child_process";
import { globSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const INPUTS = ["src/**/*.ts", "scripts/{build,*-plugin}.ts", "rolldown.config.ts", "package.json"];
const OUTPUT = join(ROOT, "dist/bin.cjs");

/**
 * Builds `dist/` before the first test when a source is newer. A build that fails leaves none behind, so that the tests
 * of the built program fail and the others still run.
 */
export function setup(): void {
  if (!isStale()) return;
  rmSync(OUTPUT, { force: true });
  spawnSync(process.execPath, [join(ROOT, "scripts/build.ts")], { cwd: ROOT, stdio: "inherit" });
}

function isStale(): boolean {
  const builtAt = modifiedAt(OUTPUT);
  return globSync(INPUTS, { cwd: ROOT }).some((path) => modifiedAt(join(ROOT, path)) > builtAt);
}

function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
