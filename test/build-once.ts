import { execFileSync } from "node:child_process";
import { globSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const INPUTS = ["src/**/*.ts", "scripts/licences-plugin.ts", "rolldown.config.ts", "package.json"];

/** Tests of the packed program need `dist/`; it is built before the first test when a source is newer. */
export function setup(): void {
  if (!isStale()) return;
  execFileSync(join(ROOT, "node_modules/.bin/rolldown"), ["--config", "rolldown.config.ts"], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function isStale(): boolean {
  const builtAt = modifiedAt(join(ROOT, "dist/bin.js"));
  return globSync(INPUTS, { cwd: ROOT }).some((path) => modifiedAt(join(ROOT, path)) > builtAt);
}

function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
