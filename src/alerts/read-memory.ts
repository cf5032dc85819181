import { join } from "node:path";
import { UnavailableError } from "../errors.ts";
import { lookAt } from "../files.ts";
import { redactSecrets } from "../redact.ts";
import { loadSqlite } from "../stores/sqlite-module.ts";
import type { AlertMemory } from "./alert-store.ts";
import { ALERTS_FILE } from "./store-file.ts";
import { readMemory } from "./store-memory.ts";
import { readSchemaVersion, SCHEMA_VERSION } from "./store-schema.ts";
import { createStatements } from "./store-statements.ts";

const BUSY_TIMEOUT_MS = 5_000;

/**
 * What the alerts' file remembers, without the right to change it: nothing is made, mended or set aside. Null when there
 * is no such file. Throws `UnavailableError` when it cannot be read.
 */
export function readAlertMemory(storagePath: string): AlertMemory | null {
  const path = join(storagePath, ALERTS_FILE);
  if (lookAt(path).kind === "absent") return null;
  try {
    const db = new (loadSqlite().DatabaseSync)(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      const version = readSchemaVersion(db);
      if (version !== SCHEMA_VERSION)
        throw new Error(`it is of version ${version}, this program's is ${SCHEMA_VERSION}`);
      return readMemory(createStatements(db, () => undefined));
    } finally {
      db.close();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown error";
    throw new UnavailableError(
      redactSecrets(`${path}: expected what was told before, cannot read it (${reason}); --fresh does without`),
    );
  }
}

/** The memory once everything that waits has arrived. */
export function asIfDelivered(memory: AlertMemory): AlertMemory {
  const told = memory.told.map((row) =>
    row.delivery === "pending" ? { ...row, delivery: "delivered" as const } : row,
  );
  return { told, episodes: memory.episodes, silences: memory.silences, evenings: memory.evenings };
}
