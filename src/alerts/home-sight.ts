import { basename, dirname, join, sep } from "node:path";
import { isGlob } from "../glob.ts";
import { isWithin, STATE_DIR_NAMES } from "../state-dir.ts";
import type { HomeSight } from "./condition.ts";
import { type HomeGlob, type Scope, wasListed } from "./scope.ts";

/** What a look says of the home in which something lay, when nothing but a glob names that home. */
export function lookForHome(place: string, scope: Scope): HomeSight {
  const isNamed = scope.paths.has(place) || scope.paths.has(`${place}/`);
  for (let home = dirname(place); home !== dirname(home); home = dirname(home)) {
    if (wasListed(home, scope.paths)) return "there";
    // Named outright, or there and leading nowhere.
    if (isNamed || scope.paths.has(home)) return "unknown";
    const globs = scope.globs.filter(({ expression }) => expression.test(home));
    if (globs.length > 0) return globs.some((glob) => isMissedBy(glob, home, scope)) ? "gone" : "unknown";
  }
  return "unknown";
}

/**
 * Others are there where this one would be, so that what holds them is mounted; one that is empty may be what is left of
 * it when it is not.
 */
function isMissedBy({ glob, expression }: HomeGlob, home: string, { paths, troubled }: Scope): boolean {
  if (troubled.some((path) => isWithin(home, path))) return false;
  const depth = glob.split(sep).findLastIndex(isGlob);
  const directoryOf = (path: string): string => path.split(sep).slice(0, depth).join(sep);
  const isBeside = (other: string): boolean =>
    expression.test(other) && directoryOf(other) === directoryOf(home) && wasListed(other, paths);
  for (const path of paths) if (isUsualName(path) && isBeside(dirname(path))) return true;
  return false;
}

/** Not of a directory that is empty, nor of one that would lie in an empty home: these end in a slash. */
function isUsualName(path: string): boolean {
  return STATE_DIR_NAMES.some((name) => name === basename(path)) && path === join(dirname(path), basename(path));
}
