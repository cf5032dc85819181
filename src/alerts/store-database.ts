import { newId } from "../new-id.ts";
import { redactSecrets } from "../redact.ts";
import type { Database } from "../stores/sqlite-module.ts";
import type { AlertStore } from "./alert-store.ts";
import type { Reserve } from "./reserve.ts";
import { dumpRows, mergeRows } from "./store-merge.ts";
import { readHistory } from "./store-history.ts";
import { readEndings, readMemory, readOpenMemory, readSilences, writeMemory } from "./store-memory.ts";
import {
  claimMessage,
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
import { createStatements, type Statements } from "./store-statements.ts";

/** https://www.sqlite.org/rescode.html#full */
const SQLITE_FULL = 13;

export interface DatabaseOptions {
  /** Null when it is in memory only. */
  readonly reserve: Reserve | null;
  /** Grows when something goes wrong later. */
  readonly warnings: string[];
}

/** An open database of this version, which may be another one each time it is asked for. */
export interface DatabaseSource {
  current(): Database;
  close(): void;
}

/** The alerts' state in a database, which it closes. Every method throws SQLite's errors. */
export function createAlertStore(source: DatabaseSource, { reserve, warnings }: DatabaseOptions): AlertStore {
  const warn = (text: string): void => {
    const shown = redactSecrets(`alert state: ${text}`);
    if (!warnings.includes(shown)) warnings.push(shown);
  };
  let latest: Statements | null = null;
  const statements = (): Statements => {
    const db = source.current();
    if (latest?.db !== db) latest = createStatements(db, warn);
    return latest;
  };
  let holder: string | null = null;
  const change = <T>(work: (statements: Statements) => T): T => {
    const given = statements();
    const run = (): T => inTransaction(given.db, () => work(given));
    try {
      return run();
    } catch (error) {
      if (!isFull(error) || reserve?.release() !== true) throw error;
      warn(reserve.inUse);
      return run();
    }
  };

  return {
    warnings,
    isDurable: reserve !== null,
    decide: (work) =>
      change((given) => {
        const { changes, result } = work(readOpenMemory(given));
        writeMemory(given, changes);
        writeMessages(given, changes);
        return result;
      }),
    memory: () => readMemory(statements()),
    claim(options) {
      // Mostly there is nothing, and then there is no reason to keep others from writing.
      if (readNextDueAt(statements(), options.channels) === null) return null;
      return change((given) => claimMessage(given, (holder ??= newId()), options, warn));
    },
    markDelivered: (id, at, detail) => change((given) => endMessage(given, "delivered", { id, at, detail })),
    markRetry: (id, nextAttemptAt, detail) => change((given) => rescheduleMessage(given, id, nextAttemptAt, detail)),
    markDead: (id, at, detail) => change((given) => endMessage(given, "dead", { id, at, detail })),
    endings: (keys) => readEndings(statements(), keys),
    nextDueAt: (channels) => readNextDueAt(statements(), channels ?? null),
    waitingSinceBefore: (before) => readWaitingSinceBefore(statements(), before),
    outbox: () => readOutbox(statements()),
    retry: (id, at) => change((given) => reviveMessage(given, id, at)),
    drop: (id, at) => change((given) => dropMessage(given, id, at)),
    stats: () => readStats(statements()),
    history: (limit) => readHistory(statements(), limit),
    silences: () => readSilences(statements()),
    addSilence({ id, matchers, startsAt, endsAt, comment }) {
      statements().run(
        "INSERT OR REPLACE INTO silences (id, matchers, starts_at, ends_at, comment) VALUES (?, ?, ?, ?, ?)",
        id,
        encodeJson(matchers),
        startsAt.getTime(),
        endsAt.getTime(),
        comment,
      );
    },
    expireSilence: (id, at) =>
      statements().run("UPDATE silences SET ends_at = ? WHERE id = ? AND ends_at > ?", at.getTime(), id, at.getTime()) >
      0,
    prune(before) {
      change((given) => {
        given.run("DELETE FROM outbox WHERE state <> 'pending' AND ended_at < ?", before.getTime());
        given.run("DELETE FROM silences WHERE ends_at < ?", before.getTime());
        given.run("DELETE FROM seen WHERE at < ?", before.getTime());
      });
      reserve?.restore();
    },
    // What is open is good enough, also when the file of that name is another by now.
    dump: () => dumpRows(latest ?? statements()),
    merge: (base, rows) => change((given) => mergeRows(given, base, rows)),
    close: () => source.close(),
  };
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_FULL;
}
