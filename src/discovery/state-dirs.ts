import { lstatSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileProblem, lookAt } from "../files.ts";
import { ownHome } from "../own-home.ts";
import type { Problem } from "../problem.ts";
import { CONFIG_NAMES, holdsInstallation, holdsStores, STATE_DIR, STATE_DIR_NAMES } from "../state-dir.ts";
import { type DirectoryMemory, exists, isBare, isDangling, isDirectory } from "./directory-memory.ts";
import { readOverrides, readPrefixed } from "./environment-overrides.ts";
import { type Environment, expandTilde, type Home, isOurs, realPath } from "./homes.ts";
import { nameInstallations } from "./installation-ids.ts";

/** As `CONFIG_NAMES`, in the order of January 2026. */
const JANUARY_CONFIG_NAMES = ["openclaw.json", "moltbot.json", "clawdbot.json", "moldbot.json"] as const;

export interface StateDir {
  readonly path: string;
  readonly id: string;
  /** What `~` stands for in its config. */
  readonly home: string;
  /** Named by the operator, so that its absence is worth a word. */
  readonly isExplicit: boolean;
  readonly sharesEnvironment: boolean;
  /** Where its config may be, best first. */
  readonly configPaths: readonly string[];
  /** Main's agent directory, where our environment moves it. */
  readonly mainAgentDir: string | null;
}

export interface StateDirSearch {
  readonly stateDirs: readonly StateDir[];
  /**
   * A path that ends in `/` is an empty directory or a link that leads nowhere, or goes with a home that is empty or
   * missing: it may not be mounted.
   */
  readonly searched: readonly string[];
  readonly problems: readonly Problem[];
}

interface Candidate {
  readonly path: string;
  readonly home: Home | null;
  readonly isExplicit: boolean;
  readonly sharesEnvironment: boolean;
}

export interface StateDirOptions {
  readonly homes: readonly Home[];
  /** Named outright; absolute or with `~`. */
  readonly explicit: readonly string[];
  readonly env: Environment;
  /** Ids begin with the home's name, as several homes were asked for. */
  readonly prefixIds: boolean;
}

/**
 * Finds state directories in homes, in our environment and as named outright, each once by real path. A directory of
 * the right name that holds nothing of OpenClaw is no installation, unless it was named.
 */
export function findStateDirs(options: StateDirOptions, directories: DirectoryMemory): StateDirSearch {
  const searched: string[] = [];
  const problems: Problem[] = [];
  const candidates: Candidate[] = [];
  for (const home of options.homes) {
    const end = isBare(directories.list(home.path)) ? "/" : "";
    searched.push(...STATE_DIR_NAMES.map((name) => join(home.path, name) + end));
    for (const name of listStateDirs(home.path, directories, problems)) {
      const path = join(home.path, name);
      candidates.push({ path, home, isExplicit: false, sharesEnvironment: home.sharesEnvironment });
    }
  }
  const own = options.homes.find((home) => home.isDefault) ?? null;
  const named = own === null ? NOTHING_NAMED : readPrefixed("STATE_DIR", options.env, own.path);
  for (const path of new Set(named.values())) {
    searched.push(path);
    if (isDirectory(path)) candidates.push({ path, home: null, isExplicit: false, sharesEnvironment: true });
  }
  const configs = own === null ? NOTHING_NAMED : readPrefixed("CONFIG_PATH", options.env, own.path);
  problems.push(...findGone("STATE_DIR", named), ...findGone("CONFIG_PATH", configs));
  for (const name of options.explicit) {
    const path = resolve(expandTilde(name.trim(), ownHome(options.env)));
    searched.push(path);
    candidates.push({ path, home: null, isExplicit: true, sharesEnvironment: isOurs(path) });
  }

  const all = dropRepeated(candidates);
  const unique = all.filter(isInstallation);
  const others = all.filter((candidate) => !unique.includes(candidate)).map(({ path }) => path);
  const dangling = options.homes.flatMap(({ path }) => listDangling(path, directories));
  const away = new Set([...others.filter((path) => isBare(directories.list(path))), ...dangling]);
  const ids = nameInstallations(
    unique.map(({ path, home }) => ({ path, homePath: home?.path ?? null })),
    options.prefixIds,
  );
  const inDefaultHome = unique.map(({ path, home }) => ({ path, isInDefaultHome: home?.isDefault === true }));
  const overrides = own === null ? [] : readOverrides(inDefaultHome, own.path, options.env);
  const stateDirs = unique.map((candidate, index): StateDir => {
    const override = overrides.find(({ path }) => path === candidate.path);
    const configPath = override?.configPath ?? null;
    return {
      path: candidate.path,
      id: ids[index] ?? "",
      home: candidate.home?.path ?? dirname(candidate.path),
      isExplicit: candidate.isExplicit,
      sharesEnvironment: candidate.sharesEnvironment,
      configPaths: [...(configPath === null ? [] : [configPath]), ...listConfigPaths(candidate)],
      mainAgentDir: override?.agentDir ?? null,
    };
  });
  return {
    stateDirs: stateDirs.filter((dir) => !isConfigLender(dir, stateDirs)),
    searched: [...searched.filter((path) => !away.has(path)), ...[...away].map((path) => `${path}/`)],
    problems,
  };
}

const NOTHING_NAMED: ReadonlyMap<string, string> = new Map();

/** An OpenClaw with this environment would look there and nowhere else. */
function findGone(name: string, paths: ReadonlyMap<string, string>): readonly Problem[] {
  return [...paths]
    .filter(([, path]) => !exists(path))
    .map(([prefix, path]) =>
      fileProblem("not_found", path, `does not exist; correct ${prefix}_${name} of our environment, or unset it`),
    );
}

function listStateDirs(home: string, directories: DirectoryMemory, problems: Problem[]): readonly string[] {
  const listing = directories.list(home);
  if (listing?.problem) problems.push(listing.problem);
  const names = listing?.names.filter((name) => STATE_DIR.test(name) && isDirectory(join(home, name))) ?? [];
  // A home that may be entered but not listed still shows what one asks for by name.
  const asked = listing?.problem ? STATE_DIR_NAMES.filter((name) => lookAt(join(home, name)).kind === "found") : [];
  return [...new Set([...asked, ...names])].toSorted((a, b) => rankName(a) - rankName(b));
}

function listDangling(home: string, directories: DirectoryMemory): readonly string[] {
  const names = directories.list(home)?.names.filter((name) => STATE_DIR.test(name)) ?? [];
  return names.map((name) => join(home, name)).filter(isDangling);
}

function rankName(name: string): number {
  const at = STATE_DIR_NAMES.findIndex((base) => base === name);
  return at === -1 ? STATE_DIR_NAMES.length : at;
}

/** After the renames the old name is often a link to the new one: the directory counts once, under its real name. */
function dropRepeated(candidates: readonly Candidate[]): readonly Candidate[] {
  const byRealPath = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const real = realPath(candidate.path);
    const first = byRealPath.get(real);
    const kept = first === undefined || (isLink(first.path) && !isLink(candidate.path)) ? candidate : first;
    byRealPath.set(real, {
      path: kept.path,
      home: kept.home ?? first?.home ?? null,
      isExplicit: candidate.isExplicit || (first?.isExplicit ?? false),
      sharesEnvironment: candidate.sharesEnvironment || (first?.sharesEnvironment ?? false),
    });
  }
  return [...byRealPath.values()];
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

function isInstallation({ path, isExplicit }: Candidate): boolean {
  return isExplicit || holdsInstallation(path);
}

/** A new installation reads the config of an old name while it has none itself; the old one is then only a config. */
function isConfigLender(dir: StateDir, all: readonly StateDir[]): boolean {
  if (dir.isExplicit || holdsStores(dir.path)) return false;
  const own = dir.configPaths.find(exists);
  return all.some((other) => other !== dir && holdsStores(other.path) && other.configPaths.find(exists) === own);
}

function listConfigPaths({ path, home }: Candidate): readonly string[] {
  const within = (dir: string): readonly string[] => {
    const names = /^\.(?:clawdbot|moltbot)/.test(basename(dir)) ? JANUARY_CONFIG_NAMES : CONFIG_NAMES;
    return names.map((name) => join(dir, name));
  };
  // Upstream looks through the other names of the home too, but not for a `--profile`.
  const isBase = home !== null && STATE_DIR_NAMES.some((name) => name === basename(path));
  const siblings = isBase ? STATE_DIR_NAMES.map((name) => join(home.path, name)).filter((dir) => dir !== path) : [];
  return [path, ...siblings].flatMap(within);
}
