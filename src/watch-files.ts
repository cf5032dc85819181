import { watch } from "node:fs";
import type { FSWatcher } from "node:fs";
import { dirname } from "node:path";
import { type FileIdentity, identityOf, isSameFile, lookAt } from "./files.ts";
import { createPace } from "./watch.ts";

/** Path to what was there; null for nothing. */
export type FileStates = ReadonlyMap<string, FileIdentity | null>;

export interface FileWatch {
  /** Looks at these from now on. What they were when they were read is what later changes are changes of. */
  follow(files: FileStates): void;
  /** Calls back now if something changed that the system did not tell. */
  lookAgain(): void;
  close(): void;
}

/** Two files that belong together, such as a certificate and its key, are replaced one after the other. */
const QUIET_MS = 500;

/**
 * Calls back when one of a few files has become another: its content, or what a link on the way leads to. Directories
 * are watched where that is possible; elsewhere, and for links to other directories, `lookAgain` is the way.
 */
export function watchFiles(onChange: () => void): FileWatch {
  let seen: FileStates = new Map();
  const watched = new Map<string, FSWatcher>();
  const lookAgain = (): void => {
    for (const directory of directoriesOf(seen.keys())) open(directory);
    if ([...seen].some(([path, before]) => !isSame(before, stateOf(path)))) onChange();
  };
  const pace = createPace(lookAgain, QUIET_MS);

  function open(directory: string): void {
    if (watched.has(directory)) return;
    try {
      // Of any name: a volume of Kubernetes replaces a link beside the files.
      const handle = watch(directory, { persistent: false }, () => pace.notice());
      handle.on("error", () => drop(directory));
      watched.set(directory, handle);
    } catch {
      // Not there, or no watches left.
    }
  }
  function drop(directory: string): void {
    watched.get(directory)?.close();
    watched.delete(directory);
  }

  return {
    follow(files) {
      seen = files;
      const wanted = directoriesOf(files.keys());
      for (const directory of watched.keys()) if (!wanted.has(directory)) drop(directory);
      for (const directory of wanted) open(directory);
    },
    lookAgain,
    close() {
      pace.stop();
      for (const directory of watched.keys()) drop(directory);
    },
  };
}

function directoriesOf(paths: Iterable<string>): ReadonlySet<string> {
  return new Set([...paths].map((path) => dirname(path)));
}

/** To be asked before the file is read, so that no change falls between. */
export function stateOf(path: string): FileIdentity | null {
  const look = lookAt(path);
  return look.kind === "found" ? identityOf(look.stats) : null;
}

function isSame(a: FileIdentity | null, b: FileIdentity | null): boolean {
  return a === null || b === null ? a === b : isSameFile(a, b);
}
