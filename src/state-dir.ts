import { realpathSync } from "node:fs";
import { basename, dirname, join, parse, relative, resolve, sep } from "node:path";
import { lookAt } from "./files.ts";

/** Base names of a state directory, newest first; `.moldbot` was a name for a few days. */
export const STATE_DIR_NAMES = [".openclaw", ".clawdbot", ".moltbot", ".moldbot"] as const;

/** Any of them, or with `--profile NAME` one with its name behind a dash. A dot ends it: `.openclaw.bak` is none. */
export const STATE_DIR = /^\.(?:openclaw|clawdbot|moltbot|moldbot)(?:-[a-z0-9][a-z0-9_-]{0,63})?$/i;

/** Names of the config, as each era tried them; the first that exists counts. */
export const CONFIG_NAMES = ["openclaw.json", "clawdbot.json", "moltbot.json", "moldbot.json"] as const;

const ENVIRONMENT_NAMES = ["OPENCLAW_STATE_DIR", "MOLTBOT_STATE_DIR", "CLAWDBOT_STATE_DIR"] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** True when there is something in the directory that only OpenClaw puts there, or when we may not look. */
export function holdsInstallation(path: string): boolean {
  return holdsStores(path) || CONFIG_NAMES.some((name) => exists(join(path, name)));
}

export function holdsStores(path: string): boolean {
  return ["agents", join("state", "openclaw.sqlite"), "credentials"].some((name) => exists(join(path, name)));
}

/**
 * The state directory that `path` is or lies in, where nothing of ours may be put; null when there is none. It is told
 * by its name, whether it exists or not, and one with a name of its own by standing in `named` or in the environment.
 * Links are followed.
 */
export function findStateDirAround(path: string, named: readonly string[], env: Environment): string | null {
  const ofEnvironment = ENVIRONMENT_NAMES.flatMap((name) => env[name]?.trim() || []);
  const all = [...named, ...ofEnvironment];
  for (const candidate of new Set([resolve(path), realPathOf(resolve(path))])) {
    const { root } = parse(candidate);
    const segments = candidate.slice(root.length).split(sep);
    const at = segments.findIndex((segment) => STATE_DIR.test(segment));
    if (at !== -1) return join(root, ...segments.slice(0, at + 1));
    const around = all.find((dir) => isWithin(candidate, realPathOf(resolve(dir))) && holdsInstallation(dir));
    if (around !== undefined) return around;
  }
  return null;
}

/** As `realpath`, for a path of which only the beginning exists. */
function realPathOf(path: string): string {
  const missing: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    try {
      return join(realpathSync.native(at), ...missing);
    } catch {
      if (dirname(at) === at) return path;
      missing.unshift(basename(at));
    }
  }
}

/** Whether a path is a directory or lies in it; both absolute, links not followed. */
export function isWithin(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && resolve(directory, way) === path;
}

function exists(path: string): boolean {
  return lookAt(path).kind !== "absent";
}
