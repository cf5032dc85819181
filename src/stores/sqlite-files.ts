import { closeSync, constants, lstatSync, openSync, readSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { identityOf, isSameFile } from "../files.ts";
import type { Watch } from "./watch.ts";

const NO_THROW = { throwIfNoEntry: false } as const;

/** The first bytes of a rollback journal that still has to be played back, or of one in use. */
const JOURNAL_MAGIC = Buffer.from("d9d505f920a163d7", "hex");

/** A database and what SQLite keeps beside it. */
export interface DatabaseFiles {
  /** Where the database really is: SQLite puts its side files beside the target of a symlink. */
  readonly path: string;
  readonly directory: Stats;
  readonly database: Stats;
  readonly wal: Stats | null;
  readonly journal: Stats | null;
}

/** Looks without opening; null when there is no database. Throws the file system's error. */
export function inspectDatabase(path: string): DatabaseFiles | null {
  const link = lstatSync(path, NO_THROW);
  if (link === undefined) return null;
  const real = link.isSymbolicLink() ? realpathSync(path) : path;
  const directory = statSync(dirname(real), NO_THROW);
  const database = real === path ? link : statSync(real, NO_THROW);
  if (directory === undefined || database === undefined) return null;
  return {
    path: real,
    directory,
    database,
    wal: statSync(`${real}-wal`, NO_THROW) ?? null,
    journal: statSync(`${real}-journal`, NO_THROW) ?? null,
  };
}

/** The files that exist, and `asked`, the name that led to them. A new side file shows in the directory. */
export function watchDatabase(files: DatabaseFiles, asked: string): readonly Watch[] {
  const { path, directory, database, wal, journal } = files;
  const watches: Watch[] = [
    { path: dirname(path), was: identityOf(directory) },
    { path, was: identityOf(database) },
  ];
  // A symlink that is made to point elsewhere shows as another file.
  if (asked !== path) watches.push({ path: asked, was: identityOf(database) });
  if (wal !== null) watches.push({ path: `${path}-wal`, was: identityOf(wal) });
  if (journal !== null) watches.push({ path: `${path}-journal`, was: identityOf(journal) });
  return watches;
}

/** True when neither the database nor its WAL or journal has changed since it was inspected. */
export function isUndisturbed(before: DatabaseFiles): boolean {
  const { path, directory, database, wal, journal } = before;
  if (!isStill(path, database)) return false;
  if (wal !== null && !isStill(`${path}-wal`, wal)) return false;
  if (journal !== null && !isStill(`${path}-journal`, journal)) return false;
  if (isStill(dirname(path), directory)) return true;
  // Something came or went in the directory; it matters only if it belongs to this database.
  return (wal !== null || !exists(`${path}-wal`)) && (journal !== null || !exists(`${path}-journal`));
}

/** True when a rollback journal holds pages that belong into the database: a transaction in progress, or a crash. */
export function isHot({ path, journal }: DatabaseFiles): boolean {
  if (journal === null || journal.size === 0) return false;
  return readHead(`${path}-journal`, JOURNAL_MAGIC.length).equals(JOURNAL_MAGIC);
}

/** The first bytes of a file, fewer if it is shorter. Throws the file system's error. */
export function readHead(path: string, length: number): Buffer {
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const head = Buffer.alloc(length);
    return head.subarray(0, readSync(fd, head, 0, length, 0));
  } finally {
    closeSync(fd);
  }
}

function isStill(path: string, before: Stats): boolean {
  const now = statSync(path, NO_THROW);
  return now !== undefined && isSameFile(before, now);
}

function exists(path: string): boolean {
  return statSync(path, NO_THROW) !== undefined;
}
