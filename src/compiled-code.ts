import type { Stats } from "node:fs";
import type { Script } from "node:vm";

/*
 * Keeps what V8 made of our code, which saves a fifth of a start. Node's own cache holds each file as it was before it
 * ran, without the functions that V8 compiles when they are first called, and these are nearly all. So it is kept after
 * the run: https://nodejs.org/api/vm.html#scriptcreatecacheddata. Only `bin.ts` uses this, and it starts nothing else.
 */

// Nothing of ours may lie in a directory of an agent; the names are those of `state-dir.ts`, which is not loaded yet.
const STATE_DIR = /[\\/]\.(?:openclaw|clawdbot|moltbot|moldbot)(?:-[^\\/]*)?(?:[\\/]|$)/i;
const STATE_DIR_VARIABLES = ["OPENCLAW_STATE_DIR", "MOLTBOT_STATE_DIR", "CLAWDBOT_STATE_DIR"];
const DAY_MS = 86_400_000;
const SUFFIX = ".code";
const TEMPORARY_SUFFIX = ".tmp";
/** From `EX_USAGE` of sysexits.h on, a command did not get to its work: what it was called may be a slip. */
const FIRST_FAILURE = 64;

/**
 * The directory for what can be made anew. What is kept there is code that we run, so it is one where nobody else can
 * write, never the shared temporary directory. Null without such a place, or before any program has made `~/.cache`.
 */
export function openCacheDirectory(): string | null {
  const { isAbsolute, join } = process.getBuiltinModule("node:path");
  const { HOME: home = "", XDG_CACHE_HOME: xdg = "" } = process.env;
  const base = isAbsolute(xdg) ? xdg : isAbsolute(home) ? join(home, ".cache") : null;
  if (base === null || process.env["NODE_DISABLE_COMPILE_CACHE"] !== undefined) return null;
  const { lstatSync, mkdirSync, realpathSync } = process.getBuiltinModule("node:fs");
  try {
    const real = realpathSync.native(base);
    if (isOfAgent(base) || isOfAgent(real) || !isOursAlone(lstatSync(real), 0o022)) return null;
    const directory = join(real, "agent-auth-exporter");
    if (lstatSync(directory, { throwIfNoEntry: false }) === undefined) mkdirSync(directory, 0o700);
    return isOursAlone(lstatSync(directory), 0o077) ? directory : null;
  } catch {
    // A start without it only takes longer.
    return null;
  }
}

function isOfAgent(path: string): boolean {
  const { join, resolve, sep } = process.getBuiltinModule("node:path");
  const named = STATE_DIR_VARIABLES.flatMap((name) => process.env[name]?.trim() || []);
  return STATE_DIR.test(path) || named.some((given) => join(path, sep).startsWith(join(resolve(given), sep)));
}

/** A directory, not a link to one, that belongs to us and to which others have none of the rights in `mask`. */
function isOursAlone(stats: Stats, mask: number): boolean {
  return stats.isDirectory() && stats.uid === process.geteuid?.() && (stats.mode & mask) === 0;
}

/**
 * Runs the files of the bundle from what an earlier process kept in `directory`, and keeps what is missing when this one
 * ends; what is older than a day, too, since each run adds the functions that it needed. A command has its own, so that
 * the quick ones take no more than they need. What V8 refuses (another build of it, other flags) is compiled as usual.
 */
export function keepCompiledCode(directory: string, command: string): void {
  // Sources run unbundled, as modules, which go another way.
  if (typeof require === "undefined") return;
  const { Script: VmScript } = process.getBuiltinModule("node:vm");
  const { readFileSync } = process.getBuiltinModule("node:fs");
  const { basename, dirname, join } = process.getBuiltinModule("node:path");
  const stale: [path: string, script: Script][] = [];
  const now = Date.now();

  // oxlint-disable-next-line typescript/no-deprecated -- the only way to load CommonJS otherwise, and in use everywhere
  require.extensions[".cjs"] = (module, filename) => {
    const name = `${command}-${basename(filename, ".cjs")}-${process.version}-${process.arch}${SUFFIX}`;
    const path = join(directory, name);
    const kept = readKept(path);
    const script = new VmScript(
      // On one line, so that numbers of lines stay true.
      `(function (exports, require, module, __filename, __dirname) {${readFileSync(filename, "utf8")}\n})`,
      { filename, cachedData: kept?.code },
    );
    if (kept === null || Math.abs(now - kept.keptAtMs) > DAY_MS) stale.push([path, script]);
    const run = script.runInThisContext() as (...given: unknown[]) => void;
    const requireFrom = Object.assign((id: string) => module.require(id) as unknown, require);
    run(module.exports, requireFrom, module, filename, dirname(filename));
  };

  process.once("exit", (code) => {
    if (code < FIRST_FAILURE && stale.length > 0) keep(directory, stale, now);
  });
}

/**
 * Null where there is none that is whole. V8 looks at the head and the size, and ends the process over damage behind
 * them, at every start again. So all is there twice: comparing takes less than any sum that Node has at hand so early.
 */
function readKept(path: string): { readonly code: Buffer; readonly keptAtMs: number } | null {
  const { readFileSync, statSync } = process.getBuiltinModule("node:fs");
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return null;
    const twice = readFileSync(path);
    const code = twice.subarray(0, twice.length / 2);
    return code.equals(twice.subarray(code.length)) ? { code, keptAtMs: stats.mtimeMs } : null;
  } catch {
    // Whatever is wrong with it, the source is there.
    return null;
  }
}

function keep(directory: string, scripts: readonly [path: string, script: Script][], now: number): void {
  const { readdirSync, rmSync, statSync } = process.getBuiltinModule("node:fs");
  const { join } = process.getBuiltinModule("node:path");
  try {
    for (const [path, script] of scripts) writeDown(path, script.createCachedData());
    const kept = readdirSync(directory).filter((name) => name.endsWith(SUFFIX) || name.endsWith(TEMPORARY_SUFFIX));
    for (const path of kept.map((name) => join(directory, name))) {
      // Of another version, of a command that nobody uses, or of a process that was killed.
      if (now - statSync(path).mtimeMs > 30 * DAY_MS) rmSync(path);
    }
  } catch {
    // The next start takes longer.
  }
}

function writeDown(path: string, code: Uint8Array): void {
  const { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } = process.getBuiltinModule("node:fs");
  // Two containers with one home may both be process 7.
  const temporary = `${path}.${process.pid}-${process.hrtime.bigint().toString(36)}${TEMPORARY_SUFFIX}`;
  try {
    const file = openSync(temporary, "wx", 0o600);
    try {
      writeFileSync(file, code);
      writeFileSync(file, code);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
