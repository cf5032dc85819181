import { join } from "node:path";
import { type Environment, readPath, realPath } from "./homes.ts";

/** Newest first: where several variables speak for one directory, the first one wins. */
const PREFIXES = ["OPENCLAW", "MOLTBOT", "CLAWDBOT"] as const;

export interface Override {
  readonly path: string;
  readonly configPath: string | null;
  readonly agentDir: string | null;
}

/** Config and agent directory of our environment, for the installation that the same environment would use. */
export function readOverrides(
  found: readonly { readonly path: string; readonly isInDefaultHome: boolean }[],
  home: string,
  env: Environment,
): readonly Override[] {
  const stateDirs = readPrefixed("STATE_DIR", env, home);
  const configPaths = readPrefixed("CONFIG_PATH", env, home);
  const agentDirs = readPrefixed("AGENT_DIR", env, home);
  const piAgentDir = readPath(env["PI_CODING_AGENT_DIR"], home);
  const target = (prefix: string): string | null => {
    const wanted = [stateDirs.get(prefix), join(home, `.${prefix.toLowerCase()}`)].filter((path) => path !== undefined);
    const match = wanted.map(realPath).flatMap((real) => found.filter(({ path }) => realPath(path) === real));
    return (match[0] ?? found.find(({ isInDefaultHome }) => isInDefaultHome))?.path ?? null;
  };
  const overrides = new Map<string, Override>();
  for (const prefix of PREFIXES) {
    const path = target(prefix);
    if (path === null) continue;
    const before = overrides.get(path);
    const configPath = before?.configPath ?? configPaths.get(prefix) ?? null;
    const agentDir = before?.agentDir ?? agentDirs.get(prefix) ?? null;
    overrides.set(path, { path, configPath, agentDir });
  }
  const first = overrides.values().next().value;
  if (first !== undefined && piAgentDir !== null && first.agentDir === null) {
    overrides.set(first.path, { ...first, agentDir: piAgentDir });
  }
  return [...overrides.values()];
}

/** Paths by prefix from `<PREFIX>_<name>`. */
export function readPrefixed(name: string, env: Environment, home: string): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const prefix of PREFIXES) {
    const path = readPath(env[`${prefix}_${name}`], home);
    if (path !== null) paths.set(prefix, path);
  }
  return paths;
}
