import type { AlertChanges, AlertMemory, Ending, Silence, StoreRow } from "./alert-store.ts";
import { isLongGone } from "./gone.ts";
import { encodeJson, parseBoot, parseEpisode, parseEvening, parseSeen, parseSilence, parseTold } from "./store-rows.ts";
import { readBegun, readWaiting } from "./store-outbox.ts";
import type { Statements } from "./store-statements.ts";

/** Everything that a decision needs; rows that make no sense are dropped, so that what they stood for is told again. */
export function readMemory(statements: Statements): AlertMemory {
  return { ...readOpenMemory(statements) };
}

/** The same for as long as the database is open: some of it is read only when it is asked for. */
export function readOpenMemory(statements: Statements): AlertMemory {
  return {
    told: statements.read("told", "SELECT * FROM told", parseTold),
    episodes: statements.read("episodes", "SELECT * FROM episodes", parseEpisode),
    silences: readSilences(statements),
    evenings: new Map(statements.read("evenings", "SELECT * FROM evenings", parseEvening)),
    seen: statements.read("seen", "SELECT * FROM seen", parseSeen),
    // Of use only where a screen shows something.
    get boot() {
      return statements.read("boot", "SELECT * FROM boot", parseBoot)[0] ?? null;
    },
    // Asked for only where there is something to tell, and long while a relay is down.
    get waiting() {
      return readWaiting(statements);
    },
    begun: readBegun(statements),
  };
}

export function readSilences(statements: Statements): readonly Silence[] {
  return statements.read("silences", "SELECT * FROM silences ORDER BY starts_at, id", parseSilence);
}

export function readEndings(statements: Statements, keys: readonly string[]): ReadonlyMap<string, Ending> {
  const sql = `SELECT value AS key, episodes.key AS known, ended_at, is_unwatched,
      CASE WHEN json_valid(condition) THEN condition ->> '$.gone.forMs' END AS gone_for_ms
    FROM json_each(?) LEFT JOIN episodes ON episodes.key = value`;
  const rows = statements
    .all(sql, JSON.stringify(keys))
    .filter((row) => row["known"] === null || row["ended_at"] !== null);
  const toInstant = (at: unknown): Date | null => (typeof at === "number" ? new Date(at) : null);
  const toEnding = (row: StoreRow): Ending => {
    const ending = { at: toInstant(row["ended_at"]), isUnwatched: row["is_unwatched"] === 1 };
    const isGone = ending.isUnwatched && isLongGone({ forMs: Number(row["gone_for_ms"]) });
    return isGone ? { ...ending, isGone } : ending;
  };
  return new Map(rows.map((row) => [String(row["key"]), toEnding(row)]));
}

/**
 * Writes all of a decision but its messages. Call it in a transaction. Columns are named, for a newer version may have
 * added some since this process began.
 */
export function writeMemory(statements: Statements, changes: AlertChanges): void {
  for (const { channel, key } of changes.forgotten) {
    statements.run("DELETE FROM told WHERE channel = ? AND key = ?", channel, key);
  }
  for (const key of changes.endedEpisodes) statements.run("DELETE FROM episodes WHERE key = ?", key);
  for (const { condition, ...told } of changes.told) {
    statements.run(
      `INSERT OR REPLACE INTO told (channel, key, state, because, severity, told_at, starts_at, notification_id, delivery,
         condition, is_believed, left_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      told.channel,
      told.key,
      told.state,
      told.because,
      told.severity,
      told.toldAt.getTime(),
      told.startsAt.getTime(),
      told.notificationId,
      told.delivery,
      encodeJson(condition),
      Number(told.isBelieved),
      told.leftMs,
    );
  }
  for (const { key, since, endedAt, isUnwatched, changes: instants, condition, gone } of changes.episodes) {
    statements.run(
      `INSERT OR REPLACE INTO episodes (key, since, ended_at, changes, condition, is_unwatched)
       VALUES (?, ?, ?, ?, ?, ?)`,
      key,
      since.getTime(),
      endedAt?.getTime() ?? null,
      encodeJson(instants),
      // Beside what it was about, where an older version reads past it.
      encodeJson({ ...condition, gone }),
      Number(isUnwatched),
    );
  }
  for (const [channel, madeAt] of changes.evenings) {
    statements.run("INSERT OR REPLACE INTO evenings (channel, made_at) VALUES (?, ?)", channel, madeAt.getTime());
  }
  for (const { place, scope, at } of changes.seen ?? []) {
    statements.run("INSERT OR REPLACE INTO seen (place, scope, at) VALUES (?, ?, ?)", place, scope, at.getTime());
  }
  if (changes.boot !== undefined) {
    const { id, uptimeMs, noticedAt } = changes.boot;
    statements.run(
      "INSERT OR REPLACE INTO boot (one, id, uptime_ms, at) VALUES (1, ?, ?, ?)",
      id,
      uptimeMs,
      noticedAt.getTime(),
    );
  }
}
