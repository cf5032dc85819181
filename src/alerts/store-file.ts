import { closeSync, openSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { findLackOfRoom, ROOM_REMEDY } from "../disk-room.ts";
import { errorCode } from "../files.ts";
import { makeDirectory } from "../make-directory.ts";
import { pause } from "../pause.ts";
import { redactSecrets } from "../redact.ts";
import { type Database, loadSqlite } from "../stores/sqlite-module.ts";
import type { AlertStore } from "./alert-store.ts";
import { type Lifetime, PLACE_REMEDY, WITHOUT_FILE } from "./lifetime.ts";
import { createReserve, type Reserve } from "./reserve.ts";
import { createAlertStore, type DatabaseSource } from "./store-database.ts";
import { migrate, readSchemaVersion, SCHEMA_VERSION, TABLES } from "./store-schema.ts";

/** In the storage directory. */
export const ALERTS_FILE = "alerts.sqlite";

const BUSY_TIMEOUT_MS = 5_000;
const BUSY_PAUSE_MS = 50;

/** SQLite's primary result codes: https://www.sqlite.org/rescode.html */
const SQLITE = { error: 1, busy: 5, inputOutput: 10, corrupt: 11, full: 13, notADatabase: 26 } as const;

/** The WAL goes first: left alone it would be played into the new file that takes this name. */
const SUFFIXES = ["-wal", "-shm", ""] as const;

/**
 * The state of the alerts in `alerts.sqlite` (0600) of the storage directory (0700), both made when missing. A file that
 * is damaged or of a newer version is set aside; where none can be kept, everything is in memory, `isDurable` is false
 * and `warnings` says why, and what that means for a process of this lifetime. Throws `UnavailableError` on a Node
 * without SQLite, nothing else.
 */
export function openAlertStore(storagePath: string, now: Date, lifetime: Lifetime = "lasting"): AlertStore {
  const path = join(storagePath, ALERTS_FILE);
  const warnings: string[] = [];
  const { DatabaseSync } = loadSqlite();
  try {
    const reserve = createReserve(join(storagePath, "alerts.reserve"));
    const open = (): DatabaseSource =>
      followFile(path, warnings, () => {
        makeDirectory(storagePath);
        return openDatabase(path, now, warnings, (file) => new DatabaseSync(file));
      });
    const source = openWithRoom(open, reserve, warnings);
    reserve.restore();
    return createAlertStore(source, { reserve, warnings });
  } catch (error) {
    const isFull = mayLackRoom(error) && findLackOfRoom(storagePath) !== null;
    const [why, remedy] = isFull ? ["the disk is full", ROOM_REMEDY] : [describe(error), PLACE_REMEDY];
    warnings.push(redactSecrets(`${path}: cannot be used (${why}), ${WITHOUT_FILE[lifetime]}; ${remedy}`));
    return openMemoryStore(warnings);
  }
}

/** Beside the file itself SQLite needs room for two more before anything can be read. */
function openWithRoom(open: () => DatabaseSource, reserve: Reserve, warnings: string[]): DatabaseSource {
  try {
    return open();
  } catch (error) {
    if (!mayLackRoom(error) || !reserve.release()) throw error;
    const source = open();
    warnings.push(redactSecrets(`alert state: ${reserve.inUse}`));
    return source;
  }
}

function mayLackRoom(error: unknown): boolean {
  const code = codeOf(error);
  return code === SQLITE.inputOutput || code === SQLITE.full || errorCode(error) === "ENOSPC";
}

/** A store that ends with the process, for when no file can be kept. */
export function openMemoryStore(warnings: string[] = []): AlertStore {
  const { DatabaseSync } = loadSqlite();
  const db = new DatabaseSync(":memory:");
  migrate(db);
  return createAlertStore({ current: () => db, close: () => db.close() }, { reserve: null, warnings });
}

/**
 * The database of this name, opened anew when the file is another one: a process of another version may have set it
 * aside, or somebody removed it. What would be written to the one before, nobody would find.
 */
function followFile(path: string, warnings: string[], open: () => Opened): DatabaseSource {
  let { db, file } = open();
  return {
    current() {
      if (identify(path) === file) return db;
      const before = db;
      ({ db, file } = open());
      before.close();
      warnings.push(redactSecrets(`${path}: was replaced by another file; what is firing is told again`));
      return db;
    },
    close: () => db.close(),
  };
}

interface Opened {
  readonly db: Database;
  /** Taken before it was opened: when it was replaced in between, it is only opened once more than needed. */
  readonly file: string | null;
}

function identify(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}

type OpenFile = (path: string) => Database;

function openDatabase(path: string, now: Date, warnings: string[], open: OpenFile): Opened {
  const deadline = Date.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    // Made by us, so that nobody else may read it from the first moment on; SQLite gives its -wal the same mode.
    closeSync(openSync(path, "a", 0o600));
    const file = identify(path);
    try {
      return { db: openSound(path, open), file };
    } catch (error) {
      const fault = faultOf(error);
      if (fault === null && codeOf(error) === SQLITE.busy && Date.now() < deadline) {
        // Switching to WAL does not wait for others by itself.
        pause(BUSY_PAUSE_MS);
        continue;
      }
      if (fault === null) throw error;
      // Another process may have set it aside meanwhile, and what is here now may be sound.
      if (identify(path) !== file) continue;
      const aside = setAside(path, now);
      warnings.push(redactSecrets(`${path}: ${fault}; kept as ${aside}, and what is firing is told again`));
    }
  }
}

class NewerVersion extends Error {}

function openSound(path: string, open: OpenFile): Database {
  const db = open(path);
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const version = readSchemaVersion(db);
    if (version > SCHEMA_VERSION) throw new NewerVersion(`written by a newer version (${version})`);
    const [verdict] = db.prepare("PRAGMA quick_check(1)").all();
    if (verdict?.["quick_check"] !== "ok") throw new DamagedFile("damaged");
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
    // Begun anew early, the log stays small: on a full disk it must not grow.
    db.exec("PRAGMA wal_autocheckpoint = 100");
    migrate(db);
    for (const table of TABLES) db.prepare(`SELECT * FROM ${table} LIMIT 1`).get();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

class DamagedFile extends Error {}

/** What is wrong with the file itself; null when it may be sound and only cannot be used now. */
function faultOf(error: unknown): string | null {
  if (error instanceof NewerVersion || error instanceof DamagedFile) return error.message;
  const code = codeOf(error);
  if (code === SQLITE.notADatabase) return "not a database";
  // A plain error is SQL that does not fit: tables of another program, or missing ones.
  return code === SQLITE.corrupt || code === SQLITE.error ? "damaged" : null;
}

function setAside(path: string, now: Date): string {
  const aside = `${path}.corrupt-${now.getTime()}`;
  for (const suffix of SUFFIXES) {
    if (statSync(path + suffix, { throwIfNoEntry: false }) !== undefined) renameSync(path + suffix, aside + suffix);
  }
  return aside;
}

function codeOf(error: unknown): number | null {
  const code = error instanceof Error && "errcode" in error ? error.errcode : null;
  // The upper bytes of an extended code only say more about the lowest.
  return typeof code === "number" ? code & 0xff : null;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : "unknown error";
}
