import { lstatSync, statSync } from "node:fs";
import { dirname, join, parse, sep } from "node:path";

/** Where on the way to a file the way ends. */
export interface Barrier {
  readonly path: string;
  /** `directory`: it may not be entered. `itself`: the last part of the way is the one that fails. */
  readonly kind: "directory" | "itself";
}

/**
 * Finds what keeps us from a path that the system refused to look up: of all files below one directory each fails, but
 * one thing has to be mended. Asks the system once for each part of the path, so only for after a failure.
 */
export function findBarrier(path: string): Barrier {
  const { root } = parse(path);
  let at = root;
  for (const part of path.slice(root.length).split(sep)) {
    at = join(at, part);
    if (!canLookUp(lstatSync, at)) return { path: dirname(at), kind: "directory" };
    if (!canLookUp(statSync, at)) return { path: at, kind: "itself" };
  }
  return { path, kind: "itself" };
}

function canLookUp(look: (path: string) => unknown, path: string): boolean {
  try {
    look(path);
    return true;
  } catch {
    return false;
  }
}
