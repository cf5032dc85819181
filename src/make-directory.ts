import { mkdirSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a directory and those missing above it, all with mode 0700; one that is there stays as it is. Throws the file
 * system's error, `EEXIST` for what is no directory. Node's `recursive` does the same, but tries for ever below /proc,
 * which says of a name that cannot be made that its parent is missing.
 */
export function makeDirectory(path: string): void {
  const missing: string[] = [];
  let at = resolve(path);
  while (look(at) === undefined && dirname(at) !== at) {
    missing.unshift(at);
    at = dirname(at);
  }
  // For the error alone.
  if (missing.length === 0 && look(at)?.isDirectory() === false) mkdirSync(at);
  for (const one of missing) {
    try {
      mkdirSync(one, 0o700);
    } catch (error) {
      // Another process may have been faster.
      if (look(one)?.isDirectory() !== true) throw error;
    }
  }
}

function look(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}
