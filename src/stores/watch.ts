import { statSync } from "node:fs";
import { dirname } from "node:path";
import { type FileIdentity, isSameFile } from "../files.ts";

/** A file or directory as it was when it was looked at; null for one that was not there. */
export interface Watch {
  readonly path: string;
  readonly was: FileIdentity | null;
  /** The directory does not tell when it appears: the name is there already, or could not be looked up. */
  readonly isUnlisted?: boolean;
}

export function watchAbsence(path: string, isUnlisted: boolean): Watch {
  return { path, was: null, isUnlisted };
}

/** The fewest watches that notice the same: a directory that is unchanged has got no new name. */
export function gatherWatches(directory: Watch, watches: readonly Watch[]): readonly Watch[] {
  const isListed = ({ path, was, isUnlisted }: Watch): boolean =>
    was === null && isUnlisted !== true && directory.was !== null && dirname(path) === directory.path;
  return [directory, ...watches.filter((watch) => watch.path !== directory.path && !isListed(watch))];
}

/**
 * Two writes in one tick of the kernel's clock (4 ms, on old file systems 2 s) leave the same timestamps, so a file
 * written this recently is read once more before its timestamps are believed.
 */
const SETTLED_AFTER_MS = 2_000;

const NO_THROW = { throwIfNoEntry: false } as const;

/** True when everything is as it was. A directory speaks for the names in it. */
export function isUnchanged(watches: readonly Watch[]): boolean {
  try {
    for (const { path, was } of watches) {
      const now = statSync(path, NO_THROW);
      if (now === undefined || was === null ? now !== undefined || was !== null : !isSameFile(now, was)) return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** True when a later look at the same files can rely on their timestamps. `nowMs` is the real time, Unix ms. */
export function isSettled(watches: readonly Watch[], nowMs: number): boolean {
  return watches.every(({ was }) => was === null || Math.abs(nowMs - was.mtimeMs) > SETTLED_AFTER_MS);
}
