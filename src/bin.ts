#!/usr/bin/env node
// An old Node must be able to read this file, so that it can say what is missing instead of a syntax error: nothing is
// imported before the version has been looked at, and there is no `await` at the top.
import type { Stats } from "node:fs";

// Nothing of ours may lie in a directory of an agent; the names are those of `state-dir.ts`, which is not loaded yet.
const STATE_DIR = /[\\/]\.(?:openclaw|clawdbot|moltbot|moldbot)(?:-[^\\/]*)?(?:[\\/]|$)/i;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    `agent-auth: expected Node.js 22.13 or newer, found ${process.versions.node}; install a newer one\n`,
  );
  process.exit(69);
}

enableCompileCache();

import("./cli.ts")
  .then(({ main }) => main(process.argv.slice(2)))
  .catch((error: unknown) => {
    process.stderr.write(`agent-auth: ${String(error)}\n`);
    process.exit(70);
  });

/**
 * Keeps what V8 made of our code, which saves a tenth of a start. What is kept is code that we run, so it may only lie
 * where nobody else can write: never in the shared temporary directory that Node would take. Without such a place, or
 * before any program has made `~/.cache`, there is no cache.
 */
function enableCompileCache(): void {
  const { isAbsolute, join } = process.getBuiltinModule("node:path");
  const { HOME: home = "", XDG_CACHE_HOME: xdg = "" } = process.env;
  const base = isAbsolute(xdg) ? xdg : isAbsolute(home) ? join(home, ".cache") : null;
  if (base === null || process.env["NODE_DISABLE_COMPILE_CACHE"] !== undefined) return;
  const { lstatSync, mkdirSync, realpathSync } = process.getBuiltinModule("node:fs");
  const directory = join(base, "agent-auth-exporter");
  try {
    const real = realpathSync.native(base);
    if (STATE_DIR.test(real) || !isOursAlone(lstatSync(real), 0o022)) return;
    if (lstatSync(directory, { throwIfNoEntry: false }) === undefined) mkdirSync(directory, 0o700);
    if (isOursAlone(lstatSync(directory), 0o077)) {
      process.getBuiltinModule("node:module").enableCompileCache(directory);
    }
  } catch {
    // A start without it only takes longer.
  }
}

/** A directory, not a link to one, that belongs to us and to which others have none of the rights in `mask`. */
function isOursAlone(stats: Stats, mask: number): boolean {
  return stats.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & mask) === 0;
}
