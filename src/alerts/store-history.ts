import type { HistoryEntry } from "./alert-store.ts";
import { parseHistoryEntry, parseOutboxEntry, readRow } from "./store-rows.ts";
import type { Statements } from "./store-statements.ts";

/** Enough to see what happened during a bad month. */
const HISTORY_ROWS = 5_000;

export function readHistory(statements: Statements, limit: number): readonly HistoryEntry[] {
  return statements.read("history", "SELECT * FROM history ORDER BY seq DESC LIMIT ?", parseHistoryEntry, limit);
}

/** Notes what a message told that arrived, unless it said nothing new. Call it in a transaction. */
export function writeHistory(statements: Statements, id: string, at: Date): void {
  const [row] = statements.all("SELECT * FROM outbox WHERE id = ? AND is_refresh = 0", id);
  const entry = row === undefined ? null : readRow(parseOutboxEntry, row);
  if (entry === null) return;
  const { channel, items } = entry.notification;
  for (const { because, condition } of items) {
    statements.run(
      "INSERT INTO history (at, channel, key, because, severity, notification_id) VALUES (?, ?, ?, ?, ?, ?)",
      at.getTime(),
      channel,
      condition.key,
      because,
      condition.severity,
      id,
    );
  }
  statements.run("DELETE FROM history WHERE seq <= (SELECT max(seq) FROM history) - ?", HISTORY_ROWS);
}
