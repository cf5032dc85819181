import { basename, dirname, isAbsolute, join } from "node:path";
import { isGlob, toExpression } from "../glob.ts";
import { findRemote, placeOfReport, type Snapshot } from "../snapshot.ts";
import { STATE_DIR, STATE_DIR_NAMES } from "../state-dir.ts";

/**
 * Tells which places the config of a snapshot does not name any more, by their paths alone: what is not there today, or
 * cannot be read, is watched all the same. A place that nobody wrote down counts as watched.
 */
export function createUnwatchedTest(snapshot: Snapshot): (place: string | undefined) => boolean {
  const { remotes } = snapshot;
  const scopes = new Map<string, Scope>();
  const scopeOf = (prefix: string): Scope => {
    const known = scopes.get(prefix) ?? readScope(snapshot, prefix);
    scopes.set(prefix, known);
    return known;
  };
  return (place) => {
    if (place === undefined) return false;
    if (isAbsolute(place)) return !isInScope(place, scopeOf(""));
    const remote = findRemote(remotes, place);
    if (remote === undefined) return true;
    // Where it looks is known from its answer only.
    if (remote.address === place || remote.isUp !== true || remote.problem !== null) return false;
    const prefix = `${remote.name}:`;
    return !isInScope(place.slice(prefix.length), scopeOf(prefix));
  };
}

/** What was searched on one host, ours or another. */
interface Scope {
  readonly paths: ReadonlySet<string>;
  /** Of homes. */
  readonly globs: readonly RegExp[];
  /** Places of installations that are there. */
  readonly present: ReadonlySet<string>;
}

function readScope({ searched, installations }: Snapshot, prefix: string): Scope {
  const paths = searched.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  const places = installations.map(placeOfReport).filter((place) => place.startsWith(prefix));
  return {
    paths: new Set(paths),
    globs: paths.filter(isGlob).map(toExpression),
    present: new Set(places.map((place) => place.slice(prefix.length))),
  };
}

function isInScope(place: string, scope: Scope): boolean {
  if (scope.paths.has(place) || scope.paths.has(`${place}/`) || isNamedAlike(place, scope.paths)) return true;
  // A home that was not listed, for it is not there: what lies in it may come back with it.
  for (let home = dirname(place); home !== dirname(home); home = dirname(home)) {
    if (wasListed(home, scope.paths)) continue;
    if (scope.globs.some((glob) => glob.test(home))) return true;
    if (scope.paths.has(home) && !scope.present.has(home) && !isNamedAlike(home, scope.paths)) return true;
  }
  return false;
}

/**
 * A place that was looked for, outright or because of its name in a home that was listed; not one that is empty, or would
 * lie in an empty home.
 */
export function wasSearched(place: string, paths: ReadonlySet<string>): boolean {
  if (paths.has(`${place}/`)) return false;
  return paths.has(place) || (isNamedAlike(place, paths) && usualPaths(place).some((path) => paths.has(path)));
}

/** One of the names that a listed home is searched for. */
function isNamedAlike(place: string, paths: ReadonlySet<string>): boolean {
  return STATE_DIR.test(basename(place)) && wasListed(dirname(place), paths);
}

function usualPaths(beside: string): readonly string[] {
  return STATE_DIR_NAMES.map((name) => join(dirname(beside), name));
}

/** All the usual names were looked for in it. */
function wasListed(home: string, paths: ReadonlySet<string>): boolean {
  return STATE_DIR_NAMES.map((name) => join(home, name)).every((path) => paths.has(path) || paths.has(`${path}/`));
}
