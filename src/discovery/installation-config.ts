import { basename, delimiter, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type FileIdentity, fileProblem, isSameFile, lookAt, readTextFile } from "../files.ts";
import type { Problem } from "../problem.ts";
import { redactSecrets } from "../redact.ts";
import { STATE_DIR } from "../state-dir.ts";
import { ConfigRejected, rejectConfig, resolveIncludes } from "./config-include.ts";
import { type Json5, parseConfigText } from "./config-text.ts";
import { isSet, readEnvBlock, substituteVariables } from "./config-variables.ts";
import { isSettled } from "./directory-memory.ts";
import { identify, readEnvFile } from "./env-file.ts";
import { type Environment, realPath } from "./homes.ts";
import type { StateDir } from "./state-dirs.ts";
import { EMPTY_CONFIG, parseUpstreamConfig, type UpstreamConfig } from "./upstream-config.ts";

/** What the config of an installation says, and which variables its agents see. No value of a variable is kept. */
export interface InstallationConfig {
  readonly path: string | null;
  readonly config: UpstreamConfig;
  readonly isBroken: boolean;
  readonly problems: readonly Problem[];
  /** Names of variables that have a value: from the environment or `.env`, or from the config's `env` block. */
  readonly variables: ReadonlyMap<string, "env" | "config">;
}

export interface ConfigReader {
  /** The same object while no file concerned changed. Never throws. */
  read(json5: Json5 | null): InstallationConfig;
  /** True when the config is not plain JSON and was not read with a parser for JSON5. */
  needsJson5(): boolean;
}

interface Loaded {
  readonly result: InstallationConfig;
  /** Files that went into it, by path; null was absent. */
  readonly files: ReadonlyMap<string, FileIdentity | null>;
  readonly needsJson5: boolean;
}

/** OpenClaw's own limit for an included file; its main file has none, and ours is the same for both. */
const MAX_BYTES = 2 * 1024 * 1024;

/** Of one config with all it includes, each file as often as it is included. */
const MAX_TOTAL_BYTES = 8 * 1024 * 1024;

/**
 * Reads the config of one installation, again only when one of its files changed. While it cannot be understood the
 * last good one stands in, so that an edit in progress does not make agents vanish.
 */
export function createConfigReader(stateDir: StateDir, env: Environment): ConfigReader {
  let last: Loaded | null = null;
  let lastGood: UpstreamConfig | null = null;
  const read = (json5: Json5 | null): InstallationConfig => {
    if (last !== null && !(last.needsJson5 && json5 !== null) && isUnchanged(last, stateDir)) return last.result;
    const loaded = load(stateDir, env, json5);
    if (!loaded.result.isBroken) lastGood = loaded.result.config;
    const result = loaded.result.isBroken && lastGood !== null ? { ...loaded.result, config: lastGood } : loaded.result;
    last = { ...loaded, result: last !== null && isDeepStrictEqual(last.result, result) ? last.result : result };
    return last.result;
  };
  return {
    read,
    needsJson5() {
      read(null);
      return last?.needsJson5 ?? false;
    },
  };
}

function isUnchanged({ result, files }: Loaded, stateDir: StateDir): boolean {
  if (files.size === 0 || findConfig(stateDir) !== result.path) return false;
  for (const [path, before] of files) {
    const seen = lookAt(path);
    if (seen.kind === "failed") return false;
    if (before === null ? seen.kind === "found" : seen.kind === "absent" || !isSameFile(before, seen.stats))
      return false;
  }
  return true;
}

/** `includedBy` is the config that begins the chain of `$include`, null for itself. */
function explain(found: Problem, includedBy: string | null): Problem {
  if (found.reason === "empty_file") {
    return fileProblem("empty_file", found.path, "is empty, expected JSON5; restore it, or write {} into it");
  }
  if (found.reason !== "not_found" || includedBy === null) return found;
  const finding = `does not exist, but an \`$include\` of ${redactSecrets(includedBy)} names it; restore it, or correct that`;
  return fileProblem("not_found", found.path, finding);
}

function findConfig(stateDir: StateDir): string | null {
  return stateDir.configPaths.find((path) => isThere(path, stateDir.path)) ?? null;
}

/** A neighbour that may not be looked into lends no config; that it may not is a problem of its own. */
function isThere(path: string, stateDir: string): boolean {
  const { kind } = lookAt(path);
  const isNeighbours = dirname(path) !== stateDir && STATE_DIR.test(basename(dirname(path)));
  return kind === "found" || (kind === "failed" && !isNeighbours);
}

function load(stateDir: StateDir, env: Environment, json5: Json5 | null): Loaded {
  const files = new Map<string, FileIdentity | null>();
  let needsJson5 = false;
  const note = (path: string, identity: FileIdentity | null): void => {
    files.set(path, identity);
  };

  const envPath = join(stateDir.path, ".env");
  const envFile = readEnvFile(envPath);
  note(envPath, envFile.identity);
  const seen = stateDir.sharesEnvironment ? env : { HOME: stateDir.home };
  const variables = new Map<string, "env" | "config">();
  for (const [name, value] of Object.entries(seen)) if (isSet(value)) variables.set(name, "env");
  for (const name of envFile.variables.keys()) variables.set(name, "env");
  const problems = envFile.problem === null ? [] : [envFile.problem];

  const path = findConfig(stateDir);
  const finish = (config: UpstreamConfig, isBroken: boolean, found: readonly Problem[]): Loaded => ({
    result: { path, config, isBroken, problems: [...problems, ...found], variables },
    // Without an identity that can be trusted the next look has to read again.
    files: [...files.values()].every((identity) => identity === null || isSettled(identity)) ? files : new Map(),
    needsJson5,
  });
  if (path === null) return finish(EMPTY_CONFIG, false, []);

  let totalBytes = 0;
  const loadFile = (file: string): unknown => {
    const reading = readTextFile(file, MAX_BYTES);
    note(file, reading.kind === "failed" ? identify(file) : reading.stats);
    if (reading.kind === "failed") throw new ConfigRejected(explain(reading.problem, file === path ? null : path));
    totalBytes += reading.stats.size;
    if (totalBytes > MAX_TOTAL_BYTES) {
      throw rejectConfig(
        file,
        `\`$include\`: expected at most ${MAX_TOTAL_BYTES} bytes in all, found more; include less`,
      );
    }
    const parsed = parseConfigText(reading.text, json5);
    if (parsed.kind === "value") return parsed.value;
    needsJson5 ||= parsed.kind === "needs-json5";
    const at =
      parsed.kind === "failed" && parsed.at !== null ? ` at line ${parsed.at.line}, column ${parsed.at.column}` : "";
    throw rejectConfig(file, `expected JSON5, found a mistake${at}; correct it, OpenClaw refuses to start with it too`);
  };
  const included = seen["OPENCLAW_INCLUDE_ROOTS"]?.split(delimiter).filter(isSet) ?? [];
  try {
    const noteRefused = (file: string): void => note(file, identify(file));
    const raw = resolveIncludes(path, { load: loadFile, realPath, noteRefused, roots: [dirname(path), ...included] });
    const block = readEnvBlock(raw);
    for (const name of block.keys()) if (!variables.has(name)) variables.set(name, "config");
    const lookUp = (name: string): string | undefined =>
      [seen[name], envFile.variables.get(name), block.get(name)].find(isSet);
    const parsed = parseUpstreamConfig(substituteVariables(raw, lookUp), redactSecrets(path), (name) =>
      variables.has(name),
    );
    return finish(parsed.config, parsed.problems.length > 0, parsed.problems);
  } catch (error) {
    if (!(error instanceof ConfigRejected)) throw error;
    return finish(EMPTY_CONFIG, true, [error.problem]);
  }
}
