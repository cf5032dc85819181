import { statSync, realpathSync } from "node:fs";
import { dirname, join, parse, resolve, sep } from "node:path";
import { fileProblem, lookAt } from "../files.ts";
import { isGlob } from "../glob.ts";
import { ownHome } from "../own-home.ts";
import type { Problem } from "../problem.ts";
import { isSet } from "./config-variables.ts";
import { type DirectoryMemory, isBare, isDirectory } from "./directory-memory.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Home {
  readonly path: string;
  /** It is the home that upstream would use in our place, so that variables of ours which name directories apply. */
  readonly isDefault: boolean;
  /** Its agents can be expected to see our environment. */
  readonly sharesEnvironment: boolean;
}

export interface HomeSearch {
  readonly homes: readonly Home[];
  /** What a glob would match if it were mounted: where a link leads nowhere, or the directory around it is empty. */
  readonly unmounted: readonly string[];
  /** Where we looked for homes in vain, or may not look. */
  readonly problems: readonly Problem[];
}

/** `~` and `~/x` below `home`; any other path unchanged, `~name` included. */
export function expandTilde(path: string, home: string): string {
  if (path === "~") return home;
  return path.startsWith("~/") || path.startsWith(`~${sep}`) ? join(home, path.slice(2)) : path;
}

/**
 * The home directories that `patterns` name, each once by real path. `*` and `?` match within one segment of a path,
 * and not a leading dot. `OPENCLAW_HOME` is searched besides the default home: the environment of a gateway need not
 * be ours.
 */
export function findHomes(patterns: readonly string[], env: Environment, directories: DirectoryMemory): HomeSearch {
  // `OPENCLAW_HOME` moves upstream's state, not what `~` stands for.
  const usual = ownHome(env);
  const moved = readPath(env["OPENCLAW_HOME"], usual);
  const defaults = [usual, ...(moved === null ? [] : [moved])].map(realPath);
  const problems: Problem[] = [];
  const unmounted: string[] = [];
  const byRealPath = new Map<string, Home>();
  const add = (path: string, isSole: boolean): void => {
    const real = realPath(path);
    const isDefault = defaults.includes(real);
    // Of two names for one directory the real one is kept.
    if (byRealPath.has(real) && path !== real) return;
    byRealPath.set(real, { path, isDefault, sharesEnvironment: isDefault || (isSole && isOurs(path)) });
  };

  for (const pattern of patterns) {
    const path = resolve(expandTilde(pattern.trim(), usual));
    if (isGlob(path)) {
      const found = expandGlob(path, directories, { problems, unmounted });
      if (found.length === 0)
        problems.push(fileProblem("not_found", path, "matches no directory; correct the pattern"));
      for (const home of found) add(home, false);
    } else if (isDirectory(path)) {
      add(path, patterns.length === 1);
    } else {
      problems.push(fileProblem("not_found", path, "is not a directory; name an existing home directory"));
    }
  }
  const isDefaultSearched = [...byRealPath.values()].some((home) => home.isDefault);
  if (isDefaultSearched && moved !== null && isDirectory(moved)) add(moved, false);
  return { homes: [...byRealPath.values()], unmounted, problems };
}

/** A path from a variable: trimmed, `~` expanded, absolute; null when there is none. */
export function readPath(value: string | undefined, home: string): string | null {
  return isSet(value) ? resolve(expandTilde(value.trim(), home)) : null;
}

/** The path behind symbolic links, or the path itself when there is nothing behind it. */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

/** True when the directory belongs to the user we run as; on systems without such ids, always. */
export function isOurs(path: string): boolean {
  const uid = process.getuid?.();
  try {
    return uid === undefined || statSync(path).uid === uid;
  } catch {
    return false;
  }
}

function expandGlob(
  pattern: string,
  directories: DirectoryMemory,
  { problems, unmounted }: { readonly problems: Problem[]; readonly unmounted: string[] },
): readonly string[] {
  const { root } = parse(pattern);
  const segments = pattern.slice(root.length).split(sep);
  let found = [root];
  for (const [index, segment] of segments.entries()) {
    const named = isGlob(segment)
      ? found.flatMap((directory) => matchNames(directory, segment, directories, problems))
      : found.map((directory) => join(directory, segment));
    found = named.filter(isDirectory);
    if (found.length === named.length) continue;
    const missing = named.filter((path) => mayBeUnmounted(path, directories));
    unmounted.push(...missing.map((path) => join(path, ...segments.slice(index + 1))).filter((path) => !isGlob(path)));
  }
  return found;
}

function mayBeUnmounted(path: string, directories: DirectoryMemory): boolean {
  const seen = lookAt(path);
  return seen.kind === "absent" && (seen.isDangling || isBare(directories.list(dirname(path))));
}

function matchNames(
  directory: string,
  segment: string,
  directories: DirectoryMemory,
  problems: Problem[],
): readonly string[] {
  const listing = directories.list(directory);
  if (listing === null) return [];
  if (listing.problem !== null) problems.push(listing.problem);
  const escaped = segment.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  const shape = new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "u");
  return listing.names
    .filter((name) => shape.test(name) && (!name.startsWith(".") || segment.startsWith(".")) && name !== LOST_AND_FOUND)
    .map((name) => join(directory, name));
}

/** Every ext file system has one in its root, and nobody but root may look into it. */
const LOST_AND_FOUND = "lost+found";
