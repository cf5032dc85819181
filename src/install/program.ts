import { realpathSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Program } from "./target.ts";

const ANYBODY_WRITES = 0o022;
const STICKY = 0o1000;

/** Ourselves, by paths without links: what a link points to may be another version tomorrow. */
export function findOwnProgram(): Program {
  return { node: realpathSync(process.execPath), script: realpathSync(process.argv[1] ?? "") };
}

/** The first file or directory on the way to `path` that somebody besides root could replace, or null. */
export function findReplaceable(path: string): string | null {
  for (let at = path; ; at = dirname(at)) {
    if (!isRootsAlone(statSync(at))) return at;
    if (dirname(at) === at) return null;
  }
}

function isRootsAlone(stats: Stats): boolean {
  if (stats.uid !== 0) return false;
  // In a sticky directory nobody can replace what is root's.
  return (stats.mode & ANYBODY_WRITES) === 0 || (stats.isDirectory() && (stats.mode & STICKY) !== 0);
}
