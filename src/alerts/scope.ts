import { basename, dirname, join } from "node:path";
import { isGlob, toExpression } from "../glob.ts";
import { placeOfReport, type Snapshot } from "../snapshot.ts";
import { STATE_DIR, STATE_DIR_NAMES } from "../state-dir.ts";

/** What was searched on one host, ours or another. */
export interface Scope {
  readonly paths: ReadonlySet<string>;
  /** Of homes. */
  readonly globs: readonly HomeGlob[];
  /** Places of installations that are there. */
  readonly present: ReadonlySet<string>;
  /** What could not be read as it should. */
  readonly troubled: readonly string[];
}

export interface HomeGlob {
  readonly glob: string;
  readonly expression: RegExp;
}

export function readScope({ searched, installations, problems }: Snapshot, prefix: string): Scope {
  const ofHost = (all: readonly string[]): readonly string[] =>
    all.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  const paths = ofHost(searched);
  return {
    paths: new Set(paths),
    globs: paths.filter(isGlob).map((glob) => ({ glob, expression: toExpression(glob) })),
    present: new Set(ofHost(installations.map(placeOfReport))),
    troubled: ofHost(problems.map(({ path }) => path)).filter((path) => path !== ""),
  };
}

/** Whether the config names it, whether or not it is there. */
export function isInScope(place: string, scope: Scope): boolean {
  if (scope.paths.has(place) || scope.paths.has(`${place}/`) || isNamedAlike(place, scope.paths)) return true;
  // A home that was not listed, for it is not there: what lies in it may come back with it.
  for (let home = dirname(place); home !== dirname(home); home = dirname(home)) {
    if (wasListed(home, scope.paths)) continue;
    if (scope.globs.some(({ expression }) => expression.test(home))) return true;
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
export function wasListed(home: string, paths: ReadonlySet<string>): boolean {
  return STATE_DIR_NAMES.map((name) => join(home, name)).every((path) => paths.has(path) || paths.has(`${path}/`));
}
