import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";

/** The room that alerts keep for a full disk, and as much again for their file and its log. */
const NEEDED_MIB = 2;

/** What helps where room is lacking: the end of a sentence that names the place. */
export const ROOM_REMEDY = "free some there, or name another place with --storage.path";

/**
 * How the disk of a path of ours, which need not be there yet, lacks room: what was expected, and what was found. Null
 * when there is enough for users other than root, or when the system does not say.
 */
export function findLackOfRoom(path: string): string | null {
  try {
    const { bavail, bsize, blocks, files, ffree } = statfsSync(nearestExisting(path));
    const freeKib = Math.floor((bavail * bsize) / 1_024);
    // Some file systems have no number of blocks, others none of files, and say 0.
    if (blocks > 0 && freeKib < NEEDED_MIB * 1_024)
      return `expected ${NEEDED_MIB} MiB of free space, found ${freeKib} KiB`;
    return files > 0 && ffree === 0 ? "expected room for another file, found none" : null;
  } catch {
    return null;
  }
}

/** The path itself, or the first directory above it that is there. */
export function nearestExisting(path: string): string {
  let existing = path;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  return existing;
}
