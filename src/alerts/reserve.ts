import { rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { ROOM_REMEDY } from "../disk-room.ts";
import { writeAtomically } from "../storage.ts";

/** Room for thousands of tellings; more than the log of SQLite needs until it begins anew. */
const BYTES = 1_048_576;

/**
 * A file that only takes up room, next to the alerts' own: when the disk is full it is given up, so that who was told
 * what can still be written down.
 */
export interface Reserve {
  /** Makes the file where it is missing; without room for it there is none. */
  restore(): void;
  /** Gives the room back. False when there was none. */
  release(): boolean;
  /** Says that it was given up, and what to do. */
  readonly inUse: string;
}

export function createReserve(path: string): Reserve {
  return {
    restore() {
      try {
        if (statSync(path, { throwIfNoEntry: false })?.size === BYTES) return;
        // Random, because a file system that compresses would keep nothing of zeros.
        writeAtomically(path, process.getBuiltinModule("node:crypto").randomBytes(BYTES));
      } catch {
        // It is a precaution; whatever is wrong with the disk shows where it matters.
      }
    },
    release() {
      if (statSync(path, { throwIfNoEntry: false }) === undefined) return false;
      rmSync(path, { force: true });
      return true;
    },
    inUse: `the disk is full; the room kept for that in ${dirname(path)} is in use now; ${ROOM_REMEDY}`,
  };
}
