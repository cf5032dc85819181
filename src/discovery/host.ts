import { dirname, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isGlob, toExpression } from "../glob.ts";
import { ownHome } from "../own-home.ts";
import { redactSecrets } from "../redact.ts";
import { isWithin } from "../state-dir.ts";
import type { Shard } from "../shard.ts";
import type { StoreReader } from "../stores/reader.ts";
import { type Json5, loadJson5 } from "./config-text.ts";
import { createDirectoryMemory, isBare, isDangling, isDirectory } from "./directory-memory.ts";
import { readPrefixed } from "./environment-overrides.ts";
import { expandTilde, findHomes, type HomeSearch, readPath, realPath } from "./homes.ts";
import type { HostReading, InstallationReading } from "./installation.ts";
import { nameLogin, numberApart } from "./installation-ids.ts";
import { createInstallationReader, type InstallationReader } from "./installation-reader.ts";
import { describeLogin, listLogins, type LoginPlace } from "./logins.ts";
import { findStateDirs, type StateDir, type StateDirSearch } from "./state-dirs.ts";
import { createSurroundingsReader, type HomeReading } from "./surroundings.ts";

export interface DiscoveryOptions {
  /** Home directories; globs and `~` allowed. Empty means our own, unless state directories are named. */
  readonly homes: readonly string[];
  /** State directories named outright; searched besides the homes. */
  readonly stateDirs: readonly string[];
  /** Read Claude Code, Codex, Gemini, Qwen and MiniMax login files of each home. */
  readonly logins: boolean;
  /** macOS: ask the Keychain, which can prompt. */
  readonly keychain: boolean;
  /** Which of the agents are ours to tell of; null for all. */
  readonly shard?: Shard | null;
  /** Our own environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface HostReader {
  /**
   * To be awaited before a look: loads the parser for JSON5 when one of the configs is not plain JSON. Looks at the
   * configs only, and after that parser is loaded at nothing.
   */
  prepare(): Promise<void>;
  /** One look at everything. Never throws for what it finds on disk. */
  read(now: Date): HostReading;
}

interface Installation {
  readonly stateDir: StateDir;
  readonly reader: InstallationReader;
}

interface Search {
  readonly search: HomeSearch;
  readonly found: StateDirSearch;
}

/** Remembers what it saw, so that a look at an unchanged host takes little more than a `stat` of each file. */
export function createHostReader(options: DiscoveryOptions, stores: StoreReader): HostReader {
  const { env, stateDirs: explicit } = options;
  const patterns = options.homes.length > 0 || explicit.length > 0 ? options.homes : ["~"];
  // Decided by what was asked for, not by what is found: an id must not change when a home appears.
  const prefixIds = patterns.length > 1 || patterns.some(isGlob);
  const directories = createDirectoryMemory();
  const surroundings = createSurroundingsReader({ ...options, platform: process.platform }, stores);
  const settle = createMemory();
  let known: ReadonlyMap<string, Installation> = new Map();
  let json5: Json5 | null = null;
  /** By `prepare`, for the reading that follows. */
  let looked: Search | null = null;

  const open = (stateDir: StateDir): Installation => {
    const before = known.get(stateDir.path);
    const isSame = (known: StateDir): boolean => known === stateDir || isDeepStrictEqual(known, stateDir);
    if (before !== undefined && isSame(before.stateDir)) return before;
    return { stateDir, reader: createInstallationReader(stateDir, env, stores, options.shard ?? null) };
  };

  const openAll = (stateDirs: readonly StateDir[]): ReadonlyMap<string, Installation> =>
    new Map(stateDirs.map((stateDir) => [stateDir.path, open(stateDir)]));

  const look = (): Search => {
    const search = findHomes(patterns, env, directories);
    return { search, found: findStateDirs({ homes: search.homes, explicit, env, prefixIds }, directories) };
  };

  const read = (now: Date): HostReading => {
    const { search, found } = looked ?? look();
    looked = null;
    const { homes, problems } = search;
    const readings = new Map(homes.map((home) => [home.path, surroundings.read(home, now)]));
    const surroundingsOf = ({ home }: StateDir): HomeReading["surroundings"] =>
      (readings.get(home) ?? surroundings.see({ path: home, isDefault: false, sharesEnvironment: false })).surroundings;

    known = openAll(found.stateDirs);
    const installations = [...known.values()].map(({ stateDir, reader }) =>
      reader.read(json5, surroundingsOf(stateDir), now),
    );
    const taken = new Set(installations.map(({ id }) => id));
    for (const home of homes) {
      for (const { place, store } of readings.get(home.path)?.found ?? []) {
        const id = numberApart(nameLogin(place.format, home.path, prefixIds), taken);
        taken.add(id);
        installations.push(describeLogin(id, place.path, store));
      }
    }
    const logins = options.logins ? homes.flatMap((home) => listLogins(home, env)) : [];
    const bare = new Set(homes.filter(({ path }) => isBare(directories.list(path))).map(({ path }) => path));
    // As what else would lie in a home where nothing is, or behind such a link.
    const mayBeAway = ({ path, home }: LoginPlace): boolean =>
      (bare.has(home.path) && isWithin(path, home.path)) || isDangling(dirname(path)) || isDangling(path);
    const loginPaths = logins.map((login) => (mayBeAway(login) ? `${login.path}/` : login.path));
    const absent = listAbsent(search, patterns, options);
    const searched = new Set([
      ...patterns.filter(isGlob),
      ...absent,
      ...search.unmounted,
      ...found.searched,
      ...loginPaths,
    ]);
    stores.forgetUnasked();
    return settle(installations, [...searched].map(redactSecrets), [...problems, ...found.problems]);
  };

  const prepare = async (): Promise<void> => {
    if (json5 !== null) return;
    looked = look();
    known = openAll(looked.found.stateDirs);
    if ([...known.values()].some(({ reader }) => reader.needsJson5())) json5 = await loadJson5();
  };

  return { prepare, read };
}

/**
 * What is asked for and not there, as a home that is not mounted: it was searched in vain. With our own home goes what
 * our environment names beside it, which is looked at with that home only; it ends in `/`, for it may be there.
 */
function listAbsent(
  { homes, problems }: HomeSearch,
  patterns: readonly string[],
  { env, logins }: Pick<DiscoveryOptions, "env" | "logins">,
): readonly string[] {
  const missing = problems.filter(({ reason, path }) => reason === "not_found" && !isGlob(path));
  const paths = missing.map(({ path }) => path);
  const own = ownHome(env);
  const isOwn = (path: string): boolean => realPath(path) === realPath(own);
  const isOwnMatched = (): boolean =>
    patterns.some((pattern) => isGlob(pattern) && toExpression(resolve(expandTilde(pattern.trim(), own))).test(own));
  const isOwnMissing = !homes.some(({ path }) => isOwn(path)) && (paths.some(isOwn) || isOwnMatched());
  if (!isOwnMissing && !homes.some(({ isDefault }) => isDefault)) return paths;
  const moved = readPath(env["OPENCLAW_HOME"], own);
  if (moved !== null && (isOwnMissing || !isDirectory(moved))) paths.push(moved);
  if (!isOwnMissing) return paths;
  const home = { path: own, isDefault: true, sharesEnvironment: true };
  const places = [
    ...readPrefixed("STATE_DIR", env, own).values(),
    ...(logins ? listLogins(home, env).map(({ path }) => path) : []),
  ];
  return [...paths, ...places.map((path) => `${path}/`)];
}

type Settle = (
  installations: readonly InstallationReading[],
  searched: HostReading["searched"],
  problems: HostReading["problems"],
) => HostReading;

/** Gives a look the revision it deserves, and returns the one before when they say the same. */
function createMemory(): Settle {
  let before: HostReading | null = null;
  return (latest, searched, problems) => {
    const installations = latest.map((reading, index) => keepSame(before?.installations[index], reading));
    const isSame =
      before !== null &&
      installations.length === before.installations.length &&
      installations.every((reading, index) => reading === before?.installations[index]) &&
      isDeepStrictEqual([searched, problems], [before.searched, before.problems]);
    if (before === null || !isSame) {
      before = { installations, searched, problems, revision: (before?.revision ?? 0) + 1 };
    }
    return before;
  };
}

/** A login is described anew at each look; it is the same while its store is. */
function keepSame(before: InstallationReading | undefined, after: InstallationReading): InstallationReading {
  const isSameLogin =
    before?.kind === "login" &&
    after.kind === "login" &&
    before.id === after.id &&
    before.stateDir === after.stateDir &&
    before.stores[0] === after.stores[0];
  return isSameLogin ? before : after;
}
