import { type Stats, statSync } from "node:fs";
import { isSameFile } from "../files.ts";

/** A file or directory as it was when it was looked at; null stats for one that was not there. */
export interface Watch {
  readonly path: string;
  readonly stats: Stats | null;
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
    return watches.every(({ path, stats }) => {
      const now = statSync(path, NO_THROW);
      return now === undefined || stats === null ? now === undefined && stats === null : isSameFile(now, stats);
    });
  } catch {
    return false;
  }
}

/** True when a later look at the same files can rely on their timestamps. `nowMs` is the real time, Unix ms. */
export function isSettled(watches: readonly Watch[], nowMs: number): boolean {
  return watches.every(({ stats }) => stats === null || Math.abs(nowMs - stats.mtimeMs) > SETTLED_AFTER_MS);
}
