import { isAbsolute, join, resolve } from "node:path";
import { ConfigError } from "../errors.ts";
import { readTextFile } from "../files.ts";
import { ownHome } from "../own-home.ts";
import { type Config, DEFAULT_CONFIG } from "./config.ts";
import type { Environment } from "./interpolate.ts";
import { type FileIdentity, identify, readKeptConfig } from "./kept.ts";
import { applyOverrides, type ConfigOverrides } from "./overrides.ts";

const MAX_BYTES = 1024 * 1024;

export interface LoadOptions {
  /** `--config.file`; null looks at the usual places. */
  readonly file: string | null;
  readonly env: Environment;
  readonly flags: ConfigOverrides;
  /** Where the meaning of the file is kept for the next process; null keeps nothing. */
  readonly cacheDirectory: string | null;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The file that was read; null when there is none and the defaults hold. */
  readonly path: string | null;
  /** What others could read in it, for a person; null when there is nothing to warn of. */
  readonly warning: string | null;
  /** The places to look at that its variables say. */
  readonly variablePlaces: readonly string[];
}

/**
 * The config in effect: the file, else the defaults, and over both what the command line says. Throws `ConfigError` for
 * what is wrong with the file and `UsageError` for what is wrong with a flag. Without a file, nothing else is loaded.
 */
export async function loadConfig({ file, env, flags, cacheDirectory }: LoadOptions): Promise<LoadedConfig> {
  const found = file === null ? findConfigFile(env) : openConfigFile(file, true);
  const usual = { warning: null, variablePlaces: [] };
  if (found === null) return { config: await applyOverrides(DEFAULT_CONFIG, flags), path: null, ...usual };
  const keptPath = cacheDirectory === null ? null : join(cacheDirectory, "config.json");
  const kept = readKeptConfig(keptPath, found.identity);
  // Nothing is kept that holds a secret, or names a variable.
  if (kept !== null) return { config: await applyOverrides(expandPaths(kept, env), flags), path: found.path, ...usual };
  const { parseConfig } = await import("./parse.ts");
  const understood = await parseConfig(found.text, found.path, env);
  if (keptPath !== null) {
    const { keepConfig } = await import("./keep.ts");
    keepConfig(keptPath, { ...found, config: understood });
  }
  const config = expandPaths(understood, env);
  const { findExposedSecrets } = await import("./exposed-secrets.ts");
  const warning = findExposedSecrets(config, found.path, found.text);
  const namesVariable = found.text.includes("${");
  const variablePlaces = namesVariable
    ? (await import("./variable-places.ts")).listVariablePlaces(found.text, config)
    : [];
  return { config: await applyOverrides(config, flags), path: found.path, warning, variablePlaces };
}

/** Where a config file is looked for when none is named, the first one wins. */
export function listConfigPaths(env: Environment): readonly string[] {
  const xdg = env["XDG_CONFIG_HOME"];
  // The XDG specification says to ignore a relative path.
  const base = xdg && isAbsolute(xdg) ? xdg : join(ownHome(env), ".config");
  return [join(base, "agent-auth-exporter", "config.yaml"), "/etc/agent-auth-exporter/config.yaml"];
}

interface ConfigFile {
  readonly path: string;
  readonly text: string;
  /** As it was before the text was read. */
  readonly identity: FileIdentity | null;
}

function findConfigFile(env: Environment): ConfigFile | null {
  for (const path of listConfigPaths(env)) {
    const found = openConfigFile(path, false);
    if (found !== null) return found;
  }
  return null;
}

function openConfigFile(path: string, isNamed: boolean): ConfigFile | null {
  const identity = identify(path);
  const text = readConfigFile(path, isNamed);
  return text === null ? null : { path, text, identity };
}

/** Null when there is no such file and nobody said there is. */
function readConfigFile(path: string, isNamed: boolean): string | null {
  const reading = readTextFile(path, MAX_BYTES);
  if (reading.kind === "text") return reading.text;
  const { reason, message, path: shown } = reading.problem;
  if (reason === "empty_file") return "";
  if (reason === "not_found" && !isNamed) return null;
  if (reason === "not_found") {
    throw new ConfigError(`${message}; name an existing file, or leave out --config.file to use the defaults`);
  }
  if (reason === "too_large") {
    throw new ConfigError(`${shown}: expected a config of a few kilobytes, got more than 1 MiB; name another file`);
  }
  // What helps a store does not help here.
  const [finding = ""] = message.slice(shown.length).split(";");
  throw new ConfigError(`${shown}${finding}; name another file with --config.file`);
}

/** The same with every path from the root. */
function expandPaths(config: Config, env: Environment): Config {
  const expand = (given: string): string =>
    given.startsWith("~") ? resolve(join(ownHome(env), given.slice(1))) : resolve(given);
  const { discovery, storage, remotes, web } = config;
  const expandOrNull = (given: string | null): string | null => (given === null ? null : expand(given));
  return {
    ...config,
    discovery: { ...discovery, homes: discovery.homes.map(expand), stateDirs: discovery.stateDirs.map(expand) },
    remotes: remotes.map(({ passwordFile, tokenFile, caFile, ...remote }) => ({
      ...remote,
      passwordFile: expandOrNull(passwordFile),
      tokenFile: expandOrNull(tokenFile),
      caFile: expandOrNull(caFile),
    })),
    web: { ...web, configFile: expandOrNull(web.configFile) },
    textfile: expandOrNull(config.textfile),
    storage: { path: expandOrNull(storage.path) },
  };
}
