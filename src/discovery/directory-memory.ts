import { readdirSync } from "node:fs";
import { type FileIdentity, describeFileError, isSameFile, lookAt } from "../files.ts";
import type { Problem } from "../problem.ts";

export interface Listing {
  /** Sorted; of the last good look while `problem` is set. */
  readonly names: readonly string[];
  readonly problem: Problem | null;
}

export interface DirectoryMemory {
  /** The same object while the directory did not change; null when it does not exist. Never throws. */
  list(path: string): Listing | null;
}

/** True for a directory in which nothing is: what is in it otherwise may not be mounted. */
export function isBare(listing: Listing | null): boolean {
  return listing !== null && listing.problem === null && listing.names.length === 0;
}

interface Known {
  readonly listing: Listing;
  /** Null when the next look has to list again. */
  readonly identity: FileIdentity | null;
}

/** Lists directories, and lists again only those whose stamp moved. */
export function createDirectoryMemory(): DirectoryMemory {
  const known = new Map<string, Known>();
  return {
    list(path) {
      const before = known.get(path);
      const after = look(path, before);
      if (after === null) known.delete(path);
      else if (after !== before) known.set(path, after);
      return after?.listing ?? null;
    },
  };
}

function look(path: string, before: Known | undefined): Known | null {
  const seen = lookAt(path);
  if (seen.kind === "absent") return null;
  if (seen.kind === "failed") return failed(before, seen.problem);
  const { stats } = seen;
  if (before?.identity !== undefined && before.identity !== null && isSameFile(before.identity, stats)) return before;
  try {
    const names = readdirSync(path).toSorted();
    return { listing: keep(before, { names, problem: null }), identity: isSettled(stats) ? stats : null };
  } catch (error) {
    return failed(before, describeFileError(error, path));
  }
}

/** What cannot be listed now may still be there: unknown is not gone. */
function failed(before: Known | undefined, problem: Problem): Known {
  return { listing: keep(before, { names: before?.listing.names ?? [], problem }), identity: null };
}

function keep(before: Known | undefined, after: Listing): Listing {
  const old = before?.listing;
  const isSame =
    old !== undefined &&
    old.problem?.message === after.problem?.message &&
    old.names.length === after.names.length &&
    old.names.every((name, index) => name === after.names[index]);
  return isSame ? old : after;
}

/** File systems stamp in steps of up to two seconds: something this fresh can change again under the same stamp. */
const SETTLED_MS = 2_000;

/** True when the stamp can be trusted to move with the next change. Stamps come from the machine's clock, as does this. */
export function isSettled(identity: FileIdentity): boolean {
  return Date.now() - Math.max(identity.mtimeMs, identity.ctimeMs) > SETTLED_MS;
}

/** True also when we may not look: whoever reads it next will say why. */
export function isDirectory(path: string): boolean {
  const seen = lookAt(path);
  return seen.kind === "found" ? seen.stats.isDirectory() : seen.kind === "failed";
}

/** True for a link that leads nowhere: what it leads to may not be mounted. */
export function isDangling(path: string): boolean {
  const seen = lookAt(path);
  return seen.kind === "absent" && seen.isDangling;
}

export function exists(path: string): boolean {
  return lookAt(path).kind !== "absent";
}
