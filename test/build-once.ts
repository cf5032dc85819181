import { spawnSync } from "node:child_process";
import { globSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const INPUTS = ["src/**/*.ts", "scripts/*-plugin.ts", "rolldown.config.ts", "package.json"];
const OUTPUT = join(ROOT, "dist/bin.js");

/**
 * Builds `dist/` before the first test when a source is newer. A build that fails leaves none behind, so that the tests
 * of the built program fail and the others still run.
 */
export function setup(): void {
  if (!isStale()) return;
  rmSync(OUTPUT, { force: true });
  const rolldown = join(ROOT, "node_modules/.bin/rolldown");
  spawnSync(rolldown, ["--config", "rolldown.config.ts"], { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
}

function isStale(): boolean {
  const builtAt = modifiedAt(OUTPUT);
  return globSync(INPUTS, { cwd: ROOT }).some((path) => modifiedAt(join(ROOT, path)) > builtAt);
}

function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
