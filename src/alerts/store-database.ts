import { randomUUID } from "node:crypto";
import { redactSecrets } from "../redact.ts";
import type { Database } from "../stores/sqlite-module.ts";
import type { AlertStore } from "./alert-store.ts";
import type { Reserve } from "./reserve.ts";
import { readHistory, readMemory, readSilences, writeMemory } from "./store-memory.ts";
import {
  claimMessages,
  dropMessage,
  endMessage,
  readNextDueAt,
  readOutbox,
  readStats,
  readWaitingSinceBefore,
  rescheduleMessage,
  reviveMessage,
  writeMessages,
} from "./store-outbox.ts";
import { encodeJson } from "./store-rows.ts";
import { inTransaction } from "./store-schema.ts";
import { createStatements } from "./store-statements.ts";

/** https://www.sqlite.org/rescode.html#full */
const SQLITE_FULL = 13;

export interface DatabaseOptions {
  /** Null when it is in memory only. */
  readonly reserve: Reserve | null;
  /** Grows when something goes wrong later. */
  readonly warnings: string[];
}

/** The alerts' state in an open database of this version, which it closes. Every method throws SQLite's errors. */
export function createAlertStore(db: Database, { reserve, warnings }: DatabaseOptions): AlertStore {
  const warn = (text: string): void => {
    const shown = redactSecrets(`alert state: ${text}`);
    if (!warnings.includes(shown)) warnings.push(shown);
  };
  const statements = createStatements(db, warn);
  const holder = randomUUID();
  const change = <T>(work: () => T): T => {
    try {
      return inTransaction(db, work);
    } catch (error) {
      if (!isFull(error) || reserve?.release() !== true) throw error;
      warn("the disk is full; the room kept for that is in use now");
      return inTransaction(db, work);
    }
  };

  return {
    warnings,
    isDurable: reserve !== null,
    decide: (work) =>
      change(() => {
        const { changes, result } = work(readMemory(statements));
        writeMemory(statements, changes);
        writeMessages(statements, changes);
        return result;
      }),
    memory: () => readMemory(statements),
    claim(options) {
      // Mostly there is nothing, and then there is no reason to keep others from writing.
      if (readNextDueAt(statements, options.channels) === null) return [];
      return change(() => claimMessages(statements, holder, options, warn));
    },
    markDelivered: (id, at, detail) => change(() => endMessage(statements, "delivered", { id, at, detail })),
    markRetry: (id, nextAttemptAt, detail) => change(() => rescheduleMessage(statements, id, nextAttemptAt, detail)),
    markDead: (id, at, detail) => change(() => endMessage(statements, "dead", { id, at, detail })),
    nextDueAt: (channels) => readNextDueAt(statements, channels ?? null),
    waitingSinceBefore: (before) => readWaitingSinceBefore(statements, before),
    outbox: () => readOutbox(statements),
    retry: (id, at) => change(() => reviveMessage(statements, id, at)),
    drop: (id, at) => change(() => dropMessage(statements, id, at)),
    stats: () => readStats(statements),
    history: (limit) => readHistory(statements, limit),
    silences: () => readSilences(statements),
    addSilence({ id, matchers, startsAt, endsAt, comment }) {
      statements.run(
        "INSERT OR REPLACE INTO silences VALUES (?, ?, ?, ?, ?)",
        id,
        encodeJson(matchers),
        startsAt.getTime(),
        endsAt.getTime(),
        comment,
      );
    },
    expireSilence: (id, at) =>
      statements.run("UPDATE silences SET ends_at = ? WHERE id = ? AND ends_at > ?", at.getTime(), id, at.getTime()) >
      0,
    prune(before) {
      change(() => {
        statements.run("DELETE FROM outbox WHERE state <> 'pending' AND ended_at < ?", before.getTime());
        statements.run("DELETE FROM silences WHERE ends_at < ?", before.getTime());
      });
      reserve?.restore();
    },
    close: () => db.close(),
  };
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_FULL;
}
