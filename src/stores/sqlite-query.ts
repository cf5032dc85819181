import { pathToFileURL } from "node:url";
import { fileProblem } from "../files.ts";
import type { Problem, ProblemReason } from "../problem.ts";
import { type Database, loadSqlite } from "./sqlite-module.ts";

const BUSY_TIMEOUT_MS = 50;

type Row = Readonly<Record<string, unknown>>;

/** A database while it is open. */
export interface OpenDatabase {
  /** Those of the tables asked for that exist, as real tables: a view could run for ever. */
  readonly tables: ReadonlySet<string>;
  /** `PRAGMA user_version`. */
  readonly version: number;
  /** Throws SQLite's error, which the caller of the query turns into a problem. */
  rows(sql: string): readonly Row[];
}

export type QueryOutcome<T> =
  | { readonly kind: "read"; readonly value: T; readonly version: number }
  | { readonly kind: "failed"; readonly problem: Problem };

/** What to ask of a database, and which tables that needs. */
export interface DatabaseQuery<T> {
  /** Our own words, never input. */
  readonly tables: readonly string[];
  readonly run: (database: OpenDatabase) => T;
}

export interface DatabaseLocation {
  readonly path: string;
  /** URI parameters (sqlite.org/uri.html); null for a private copy, which may be written, to play back a journal. */
  readonly parameters: string | null;
  /** The path for a person, which differs from `path` for a copy. */
  readonly shownPath: string;
}

/** Opens, asks and closes. SQLite's errors come back as problems. */
export function runQuery<T>(location: DatabaseLocation, query: DatabaseQuery<T>): QueryOutcome<T> {
  const { DatabaseSync } = loadSqlite();
  let database: Database | null = null;
  try {
    // The URL escapes what SQLite would take for parameters: `?`, `#` and `%`.
    const { path, parameters } = location;
    database = new DatabaseSync(parameters === null ? path : `${pathToFileURL(path).href}?${parameters}`, {
      readOnly: parameters !== null,
      timeout: BUSY_TIMEOUT_MS,
      enableForeignKeyConstraints: false,
    });
    const opened = describeDatabase(database, query.tables);
    return { kind: "read", value: query.run(opened), version: opened.version };
  } catch (error) {
    return { kind: "failed", problem: describeSqliteError(error, location.shownPath) };
  } finally {
    database?.close();
  }
}

function describeDatabase(database: Database, tables: readonly string[]): OpenDatabase {
  const rows = (sql: string): readonly Row[] => database.prepare(sql).all();
  const names = tables.map((name) => `'${name}'`).join();
  // A virtual table has no root page.
  const real = `SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name IN (${names})`;
  const [version] = rows("PRAGMA user_version");
  return {
    tables: new Set(rows(real).map(({ name }) => String(name))),
    version: Number(version?.["user_version"] ?? 0),
    rows,
  };
}

function describeSqliteError(error: unknown, path: string): Problem {
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
  const [reason, finding] = FINDINGS.get(code) ?? CORRUPT;
  return fileProblem(reason, path, `${finding} (SQLite error ${code})`);
}

type Finding = readonly [ProblemReason, string];

const CORRUPT: Finding = ["sqlite_corrupt", "is not a database, or damaged; restore it from a backup"];
const BUSY: Finding = ["sqlite_busy", "is locked by its writer; it is read again next time"];
const NO_ACCESS: Finding = ["permission_denied", "cannot be opened; run as its owner or grant read access"];

/** By SQLite's primary result code (sqlite.org/rescode.html); the others amount to damage. */
const FINDINGS: ReadonlyMap<number, Finding> = new Map<number, Finding>([
  [1, ["wrong_shape", "has other columns than any known version; update agent-auth-exporter"]], // SQLITE_ERROR
  [3, NO_ACCESS], // SQLITE_PERM
  [5, BUSY], // SQLITE_BUSY
  [6, BUSY], // SQLITE_LOCKED
  [8, NO_ACCESS], // SQLITE_READONLY
  [14, NO_ACCESS], // SQLITE_CANTOPEN
  [18, ["too_large", "holds a row that is too large for a store"]], // SQLITE_TOOBIG
  [23, NO_ACCESS], // SQLITE_AUTH
]);
