import type { AlertChanges, AlertStore, NewMessage, OutboxEntry, OutboxStats } from "./alert-store.ts";
import { SEVERITIES } from "./condition.ts";
import { writeHistory } from "./store-history.ts";
import { encodeJson, parseOutboxEntry, readRow } from "./store-rows.ts";
import type { Statements } from "./store-statements.ts";
import { leaveOutIdleEnds, leaveOutOvertaken, renameItems, replaceDead } from "./store-trim.ts";

/** A clock that was set back by more than this must not keep messages waiting until it has caught up. */
const CLOCK_SLACK_MS = 60_000;

/*
 * The order in which a channel hears of one condition:
 * - a message waits for every older one of its channel that is pending and has an item of the same condition;
 * - except where the older item is less grave, and neither of the two tells of an end: then it may pass.
 * So an end never overtakes its beginning, and something critical never waits for the retries of a warning.
 */
const BLOCKED = `EXISTS (
  SELECT 1 FROM outbox_items mine
  JOIN outbox_items older ON older.key = mine.key AND older.seq < mine.seq
  JOIN outbox before ON before.seq = older.seq AND before.channel = message.channel AND before.state = 'pending'
  WHERE mine.seq = message.seq
    AND NOT (mine.severity > older.severity AND mine.is_resolved = 0 AND older.is_resolved = 0 AND %IS_BETWEEN%)
)`;

const IS_WAITING = "message.state = 'pending' AND message.channel IN (SELECT value FROM json_each(:channels))";

/** Somebody sends it now: what becomes of it is theirs to say. Takes the time, and the time with the slack. */
const IS_CLAIMED = "(coalesce(claimed_until, 0) > ? AND coalesce(claimed_at, 0) <= ?)";

/** While the older one is due itself, it goes first. */
const CLAIMABLE = `
  SELECT message.* FROM outbox message
  WHERE ${IS_WAITING}
    AND (message.next_attempt_at <= :now OR coalesce(message.claimed_at, message.created_at) > :now + ${CLOCK_SLACK_MS})
    AND (coalesce(message.claimed_until, 0) <= :now OR message.claimed_at > :now + ${CLOCK_SLACK_MS})
    AND NOT ${BLOCKED.replace("%IS_BETWEEN%", "before.next_attempt_at > :now AND coalesce(before.claimed_until, 0) <= :now")}
  ORDER BY message.attempts * :spread, message.severity DESC, message.seq LIMIT 1`;

const NEXT_DUE = `
  SELECT min(max(message.next_attempt_at, coalesce(message.claimed_until, 0))) AS due FROM outbox message
  WHERE ${IS_WAITING} AND NOT ${BLOCKED.replace("%IS_BETWEEN%", "TRUE")}`;

/** Nobody has begun to send it, nor tried to. */
const IS_UNTOUCHED = "state = 'pending' AND attempts = 0 AND claimed_by IS NULL";

/** Adds and removes messages of a decision. Call it in a transaction. */
export function writeMessages(
  statements: Statements,
  { notifications, dropped, renamed = new Map() }: AlertChanges,
): void {
  renameItems(statements, renamed);
  for (const id of dropped) statements.run("DELETE FROM outbox WHERE id = ? AND state = 'pending'", id);
  for (const { notification, notBefore, isRefresh = false } of notifications) {
    const written = statements.run(
      `INSERT INTO outbox (id, channel, severity, created_at, notification, next_attempt_at, is_refresh)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE
       SET severity = excluded.severity, notification = excluded.notification,
       next_attempt_at = excluded.next_attempt_at, is_refresh = excluded.is_refresh
       WHERE ${IS_UNTOUCHED}`,
      notification.id,
      notification.channel,
      SEVERITIES.indexOf(notification.severity),
      notification.createdAt.getTime(),
      encodeJson(notification),
      notBefore.getTime(),
      Number(isRefresh),
    );
    if (written === 0) continue;
    for (const { condition, endsAt } of notification.items) {
      statements.run(
        `INSERT OR REPLACE INTO outbox_items (seq, key, severity, is_resolved)
         SELECT seq, ?, ?, ? FROM outbox WHERE id = ?`,
        condition.key,
        SEVERITIES.indexOf(condition.severity),
        Number(endsAt !== null),
        notification.id,
      );
    }
  }
}

type ClaimOptions = Parameters<AlertStore["claim"]>[0];

/** Call it in a transaction. */
export function claimMessage(
  statements: Statements,
  holder: string,
  { now, leaseMs, channels, order = "gravest" }: ClaimOptions,
  warn: (text: string) => void,
): OutboxEntry | null {
  for (;;) {
    const spread = Number(order === "least_tried");
    const [row] = statements.named(CLAIMABLE, { channels: JSON.stringify(channels), now: now.getTime(), spread });
    if (row === undefined) return null;
    const read = readRow(parseOutboxEntry, row);
    if (read === null) {
      // Nobody can send it, so nobody was told: without the memory of it the next decision tells again.
      statements.run("DELETE FROM told WHERE notification_id = ? AND is_believed = 0", String(row["id"]));
      statements.run("UPDATE told SET delivery = 'dead' WHERE notification_id = ?", String(row["id"]));
      statements.run("DELETE FROM outbox WHERE seq = ?", Number(row["seq"]));
      warn("a message of the outbox makes no sense and is dropped; what it told of is told again");
      continue;
    }
    const entry = leaveOutIdleEnds(statements, read);
    if (entry === null) continue;
    statements.run(
      "UPDATE outbox SET claimed_by = ?, claimed_at = ?, claimed_until = ? WHERE seq = ?",
      holder,
      now.getTime(),
      now.getTime() + leaseMs,
      Number(row["seq"]),
    );
    return entry;
  }
}

export function readNextDueAt(statements: Statements, channels: readonly string[] | null): Date | null {
  const named =
    channels ?? statements.all("SELECT DISTINCT channel FROM outbox WHERE state = 'pending'").map(channelOf);
  const [row] = statements.named(NEXT_DUE, { channels: JSON.stringify(named) });
  const due = row?.["due"];
  return typeof due === "number" ? new Date(due) : null;
}

/** What arrived last is what the receiver believes. */
const BELIEVE = `
  UPDATE told SET is_believed = 1 - item.is_resolved
  FROM outbox_items item JOIN outbox message ON message.seq = item.seq
  WHERE message.id = ? AND told.channel = message.channel AND told.key = item.key`;

/** Ends a message, and says so to what remembers it. Call it in a transaction. */
export function endMessage(
  statements: Statements,
  state: "delivered" | "dead",
  { id, at, detail }: { readonly id: string; readonly at: Date; readonly detail: string },
): void {
  const ended = statements.run(
    `UPDATE outbox SET state = ?, attempts = attempts + 1, claimed_by = NULL, claimed_until = NULL, last_detail = ?,
     ended_at = ? WHERE id = ? AND state <> 'delivered'`,
    state,
    detail,
    at.getTime(),
    id,
  );
  if (ended === 0) return;
  statements.run("UPDATE told SET delivery = ? WHERE notification_id = ?", state, id);
  if (state === "dead") {
    replaceDead(statements, id);
    return;
  }
  statements.run(BELIEVE, id);
  writeHistory(statements, id, at);
  leaveOutOvertaken(statements, id);
  statements.run("DELETE FROM outbox WHERE id = ? AND is_refresh = 1", id);
}

export function rescheduleMessage(statements: Statements, id: string, nextAttemptAt: Date, detail: string): void {
  statements.run(
    `UPDATE outbox SET attempts = attempts + 1, next_attempt_at = ?, claimed_by = NULL, claimed_until = NULL,
     last_detail = ? WHERE id = ? AND state = 'pending'`,
    nextAttemptAt.getTime(),
    detail,
    id,
  );
}

/** Call it in a transaction. */
export function reviveMessage(statements: Statements, id: string, at: Date): boolean {
  const revived = statements.run(
    `UPDATE outbox SET state = 'pending', next_attempt_at = ?, claimed_by = NULL, claimed_until = NULL, ended_at = NULL
     WHERE id = ? AND state <> 'delivered' AND NOT ${IS_CLAIMED}`,
    at.getTime(),
    id,
    at.getTime(),
    at.getTime() + CLOCK_SLACK_MS,
  );
  if (revived > 0) statements.run("UPDATE told SET delivery = 'pending' WHERE notification_id = ?", id);
  return revived > 0;
}

/** Call it in a transaction. */
export function dropMessage(statements: Statements, id: string, at: Date): boolean {
  const dropped = statements.run(
    `DELETE FROM outbox WHERE id = ? AND state <> 'delivered' AND NOT ${IS_CLAIMED}`,
    id,
    at.getTime(),
    at.getTime() + CLOCK_SLACK_MS,
  );
  if (dropped > 0) statements.run("UPDATE told SET delivery = 'dropped' WHERE notification_id = ?", id);
  return dropped > 0;
}

/** Waiting messages that may have arrived; a claim that ran out was perhaps sent by whoever crashed. */
export function readBegun(statements: Statements): ReadonlySet<string> {
  const sql = "SELECT id FROM outbox WHERE state = 'pending' AND (attempts > 0 OR claimed_by IS NOT NULL)";
  return new Set(statements.all(sql).map(({ id }) => String(id)));
}

/** The newest untouched message of each channel. */
export function readWaiting(statements: Statements): readonly NewMessage[] {
  const sql = `SELECT * FROM outbox WHERE seq IN (SELECT max(seq) FROM outbox WHERE ${IS_UNTOUCHED} GROUP BY channel)`;
  const entries = statements.read("outbox", sql, parseOutboxEntry);
  return entries.map(({ notification, nextAttemptAt }) => ({ notification, notBefore: nextAttemptAt }));
}

export function readOutbox(statements: Statements): readonly OutboxEntry[] {
  return statements.read("outbox", "SELECT * FROM outbox ORDER BY seq", parseOutboxEntry);
}

export function readWaitingSinceBefore(statements: Statements, before: Date): readonly OutboxEntry[] {
  const sql = "SELECT * FROM outbox WHERE state = 'pending' AND created_at < ? ORDER BY seq";
  return statements.read("outbox", sql, parseOutboxEntry, before.getTime());
}

export function readStats(statements: Statements): readonly OutboxStats[] {
  const rows = statements.all(
    `SELECT channel, sum(state = 'pending') AS pending, sum(state = 'dead') AS dead,
     min(created_at) FILTER (WHERE state = 'pending') AS oldest FROM outbox GROUP BY channel ORDER BY channel`,
  );
  return rows.map((row) => ({
    channel: channelOf(row),
    pending: Number(row["pending"]),
    dead: Number(row["dead"]),
    oldestPendingAt: typeof row["oldest"] === "number" ? new Date(row["oldest"]) : null,
  }));
}

function channelOf(row: Readonly<Record<string, unknown>>): string {
  return String(row["channel"]);
}
