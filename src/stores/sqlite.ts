import { type Stats, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeFileError, describeKind, errorCode, fileProblem } from "../files.ts";
import { pause } from "../pause.ts";
import type { Problem } from "../problem.ts";
import { copyBounded, withPrivateDirectory } from "./private-copy.ts";
import { type DatabaseFiles, inspectDatabase, isHot, isUndisturbed, readHead } from "./sqlite-files.ts";
import { type DatabaseQuery, type QueryOutcome, runQuery } from "./sqlite-query.ts";

/** A larger database is not copied; except by root it can still be read in place through its writer's shared memory. */
const MAX_COPY_BYTES = 512 * 1024 * 1024;

/** Salts and checksums of a WAL end here; a rollback journal's nonce and record count come before. */
const JOURNAL_HEADER_BYTES = 32;

const SMALLEST_PAGE = 512;

const PAUSES_MS = [5, 20, 50];

export type DatabaseReading<T> =
  | { readonly kind: "read"; readonly value: T; readonly version: number; readonly files: DatabaseFiles }
  /** `files` is null when there was no database to look at. */
  | { readonly kind: "failed"; readonly problem: Problem; readonly files: DatabaseFiles | null };

/** Node's SQLite takes the parameters that the other routes need since 22.15 and 23.10; before, everything is copied. */
const OPENS_URIS = isAtLeast(process.versions.node, { 22: 15, 23: 10 });

/** `moved`: the files changed under the reading, which is therefore worth nothing. */
type Attempt<T> = QueryOutcome<T> | { readonly kind: "moved" };

/** One way to read a database without touching it. */
type Route = typeof readImmutable;

/**
 * Asks a database that belongs to somebody else, and leaves every file beside it as it was. Never throws for what it
 * finds on disk. What reads without touching was measured with SQLite 3.50 to 3.53:
 *
 * - `immutable=1` opens one file, takes no lock and makes no `-wal` or `-shm`, but is blind to a WAL with content.
 * - `readonly_shm=1` reads a WAL through the writer's `-shm`, also after a crash, and changes neither. Plain read-only
 *   rewrites the `-shm` after a crash and makes one where there is none. As root SQLite hands the side files to the
 *   owner of the database at each opening, which changes their ctime, so root always copies.
 * - Everything else (no `-shm`, a writer in exclusive mode, a rollback journal) is read from a private copy.
 */
export function readDatabase<T>(path: string, query: DatabaseQuery<T>): DatabaseReading<T> {
  let last = failed<T>(neverStill(path), null);
  for (const pauseMs of [0, ...PAUSES_MS]) {
    if (pauseMs > 0) pause(pauseMs);
    last = readOnce(path, query);
    if (last.kind === "read" || last.problem.reason !== "sqlite_busy") break;
  }
  return last;
}

function readOnce<T>(path: string, query: DatabaseQuery<T>): DatabaseReading<T> {
  let files: DatabaseFiles | null = null;
  try {
    files = inspectDatabase(path);
    if (files === null) return failed(fileProblem("not_found", path, "does not exist"), null);
    const flaw = findFlaw(files.database, path);
    if (flaw !== null) return failed(flaw, files);
    const outcome = tryRoutes(files, query);
    if (outcome.kind === "read") return { ...outcome, files };
    return failed(outcome.kind === "moved" ? neverStill(path) : outcome.problem, files);
  } catch (error) {
    // A side file that went away while we looked: the writer is at work.
    const hasMoved = files !== null && errorCode(error) === "ENOENT";
    return failed(hasMoved ? neverStill(path) : describeFileError(error, path), files);
  }
}

/** The outcome of the first route that reads, else of the last one tried. */
function tryRoutes<T>(files: DatabaseFiles, query: DatabaseQuery<T>): Attempt<T> {
  let outcome: Attempt<T> = { kind: "moved" };
  for (const route of routesFor(files)) {
    outcome = route(files, query);
    if (outcome.kind === "read") break;
  }
  return outcome;
}

function routesFor(files: DatabaseFiles): readonly Route[] {
  if (isHot(files) || !OPENS_URIS) return [readCopy];
  if (files.wal === null || files.wal.size === 0) return [readImmutable];
  const isRoot = process.getuid?.() === 0;
  return isRoot || !hasOnlyRegularFiles(files) ? [readCopy] : [readThroughSharedMemory, readCopy];
}

/** SQLite opens what it finds beside a database, and would wait for ever for the other end of a FIFO. */
function hasOnlyRegularFiles({ path, wal, journal }: DatabaseFiles): boolean {
  const shm = statSync(`${path}-shm`, { throwIfNoEntry: false });
  return [wal, shm].every((stats) => stats?.isFile() === true) && journal?.isFile() !== false;
}

function readImmutable<T>(files: DatabaseFiles, query: DatabaseQuery<T>): Attempt<T> {
  const outcome = runQuery({ path: files.path, parameters: "immutable=1", shownPath: files.path }, query);
  // A page that is being written can look corrupt, or make sense and be wrong.
  return isUndisturbed(files) ? outcome : { kind: "moved" };
}

function readThroughSharedMemory<T>({ path }: DatabaseFiles, query: DatabaseQuery<T>): Attempt<T> {
  return runQuery({ path, parameters: "mode=ro&readonly_shm=1", shownPath: path }, query);
}

/**
 * The copy is consistent when the journal's header has not changed meanwhile. A WAL gets a new header, with new salts,
 * before its frames may be overwritten, and until then holds every page that was moved into the database; a rollback
 * journal has a header for each transaction and holds every page that the transaction replaces. So the database is
 * copied first and its journal second.
 */
function readCopy<T>(files: DatabaseFiles, query: DatabaseQuery<T>): Attempt<T> {
  try {
    return withPrivateDirectory((directory) => copyAndRead(files, directory, query));
  } catch (error) {
    const code = errorCode(error);
    // A journal that is gone is a transaction that is done; otherwise it is our own directory that cannot be made.
    if (code === "ENOENT" && !isUndisturbed(files)) return { kind: "moved" };
    const message = `cannot be copied to ${tmpdir()} for reading (${code}); make room there, or grant read access`;
    return { kind: "failed", problem: fileProblem("permission_denied", files.path, message) };
  }
}

function copyAndRead<T>(files: DatabaseFiles, directory: string, query: DatabaseQuery<T>): Attempt<T> {
  const { path } = files;
  const copy = join(directory, "copy.sqlite");
  const hasWal = files.wal !== null && files.wal.size > 0;
  const journal = hasWal ? "-wal" : isHot(files) ? "-journal" : null;
  const header = journal === null ? null : readHead(path + journal, JOURNAL_HEADER_BYTES);
  let copied = copyBounded(path, copy, MAX_COPY_BYTES);
  if (journal !== null && copied !== null)
    copied = copyBounded(path + journal, copy + journal, MAX_COPY_BYTES - copied);
  if (copied === null) {
    const message = `is larger than ${MAX_COPY_BYTES} bytes and in use; it is read once its writer has closed it`;
    return { kind: "failed", problem: fileProblem("too_large", path, message) };
  }
  const isStill =
    journal === null || header === null
      ? isUndisturbed(files)
      : readHead(path + journal, JOURNAL_HEADER_BYTES).equals(header);
  return isStill ? runQuery({ path: copy, parameters: null, shownPath: path }, query) : { kind: "moved" };
}

function isAtLeast(version: string, minors: Readonly<Record<number, number>>): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return minor >= (minors[major] ?? 0);
}

function findFlaw(database: Stats, path: string): Problem | null {
  if (!database.isFile()) return describeKind(database, path);
  if (database.size === 0) {
    return fileProblem("empty_file", path, "is empty; repair it with `doctor --fix`, or log in again");
  }
  // SQLite takes a file of one byte for an empty database.
  return database.size < SMALLEST_PAGE
    ? fileProblem("sqlite_corrupt", path, "is cut off; restore it from a backup")
    : null;
}

function neverStill(path: string): Problem {
  return fileProblem("sqlite_busy", path, "kept changing while it was read; it is read again next time");
}

function failed<T>(problem: Problem, files: DatabaseFiles | null): DatabaseReading<T> {
  return { kind: "failed", problem, files };
}
