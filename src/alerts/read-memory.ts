import { join } from "node:path";
import { UnavailableError } from "../errors.ts";
import { lookAt } from "../files.ts";
import { redactSecrets } from "../redact.ts";
import { loadSqlite } from "../stores/sqlite-module.ts";
import type { AlertMemory } from "./alert-store.ts";
import { ALERTS_FILE } from "./store-file.ts";
import { readMemory } from "./store-memory.ts";
import { readSchemaVersion, SCHEMA_VERSION } from "./store-schema.ts";
import { createStatements, type Statements } from "./store-statements.ts";

const BUSY_TIMEOUT_MS = 5_000;

/**
 * What the alerts' file remembers, without the right to change it: nothing is made, mended or set aside. Null when there
 * is no such file. Throws `UnavailableError` when it cannot be read.
 */
export function readAlertMemory(storagePath: string): AlertMemory | null {
  return read(storagePath, "; --fresh does without", readMemory);
}

/** What became of the messages of one channel. */
export interface ChannelRecord {
  /** When the last one arrived, of those that are still kept. */
  readonly deliveredAt: Date | null;
  readonly pending: number;
  /** Of these, how many could not be delivered so far. */
  readonly tried: number;
  readonly dead: number;
}

/** The same of each channel that has any; read and refused as `readAlertMemory` does. */
export function readChannelRecords(storagePath: string): ReadonlyMap<string, ChannelRecord> {
  const records = read(storagePath, "", (statements) =>
    statements.all(RECORDS).map((row): [string, ChannelRecord] => [
      String(row["channel"]),
      {
        deliveredAt: typeof row["delivered_at"] === "number" ? new Date(row["delivered_at"]) : null,
        pending: Number(row["pending"]),
        tried: Number(row["tried"]),
        dead: Number(row["dead"]),
      },
    ]),
  );
  return new Map(records ?? []);
}

const RECORDS = `
  SELECT channel, max(ended_at) FILTER (WHERE state = 'delivered') AS delivered_at,
    sum(state = 'pending') AS pending, sum(state = 'pending' AND attempts > 0) AS tried, sum(state = 'dead') AS dead FROM outbox GROUP BY channel`;

function read<T>(storagePath: string, remedy: string, work: (statements: Statements) => T): T | null {
  const path = join(storagePath, ALERTS_FILE);
  if (lookAt(path).kind === "absent") return null;
  try {
    const db = new (loadSqlite().DatabaseSync)(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      const version = readSchemaVersion(db);
      if (version !== SCHEMA_VERSION)
        throw new Error(`it is of version ${version}, this program's is ${SCHEMA_VERSION}`);
      return work(createStatements(db, () => undefined));
    } finally {
      db.close();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown error";
    throw new UnavailableError(
      redactSecrets(`${path}: expected what was told before, cannot read it (${reason})${remedy}`),
    );
  }
}

/** The memory once everything that waits has arrived. */
export function asIfDelivered(memory: AlertMemory): AlertMemory {
  const told = memory.told.map((row) =>
    row.delivery === "pending" ? { ...row, delivery: "delivered" as const } : row,
  );
  const { episodes, silences, evenings, seen = [] } = memory;
  return { told, episodes, silences, evenings, seen };
}
