import type { OutboxEntry } from "./alert-store.ts";
import { parseConditionKey } from "./condition-key.ts";
import { SEVERITIES } from "./condition.ts";
import { groupItems } from "./grouping.ts";
import type { Notification } from "./notification.ts";
import { encodeJson, parseOutboxEntry } from "./store-rows.ts";
import type { Statements } from "./store-statements.ts";

/*
 * What waits in the outbox may be overtaken by what happens meanwhile:
 * - an end that waited for its beginning, when that was refused: nobody there knows of anything that could end;
 * - a beginning, when something graver about the same condition passed it and arrived: it would read as if it got better;
 * - what was given up, when the next message about the same was given up too;
 * - the label of an installation.
 * Call all of this in a transaction.
 */

const IDLE_ENDS = `
  SELECT item.key FROM outbox message
  JOIN outbox_items item ON item.seq = message.seq AND item.is_resolved = 1
  JOIN told ON told.channel = message.channel AND told.key = item.key AND told.is_believed = 0
  WHERE message.id = ? AND message.attempts = 0`;

/** A message that nobody tried to send yet, without the ends of what never arrived there; null when nothing is left. */
export function leaveOutIdleEnds(statements: Statements, entry: OutboxEntry): OutboxEntry | null {
  const { id } = entry.notification;
  const keys = keysOf(statements, IDLE_ENDS, id);
  if (keys.size === 0) return entry;
  for (const key of keys) statements.run("DELETE FROM told WHERE notification_id = ? AND key = ?", id, key);
  const notification = leaveOut(statements, entry.notification, keys);
  return notification === null ? null : { ...entry, notification };
}

const OVERTAKEN = `
  SELECT DISTINCT before.* FROM outbox message
  JOIN outbox_items item ON item.seq = message.seq
  JOIN outbox_items older ON older.key = item.key AND older.seq < item.seq
  JOIN outbox before ON before.seq = older.seq AND before.channel = message.channel
  WHERE message.id = ? AND before.state = 'pending' AND before.claimed_until IS NULL`;

/** Takes what arrived out of older messages that still wait, unless somebody is sending them. */
export function leaveOutOvertaken(statements: Statements, id: string): void {
  const waiting = statements.read("outbox", OVERTAKEN, parseOutboxEntry, id);
  if (waiting.length === 0) return;
  const sql = "SELECT key FROM outbox_items JOIN outbox USING (seq) WHERE id = ?";
  const keys = keysOf(statements, sql, id);
  for (const { notification } of waiting) leaveOut(statements, notification, keys);
}

const DEAD_BEFORE = `
  SELECT DISTINCT older.* FROM outbox message
  JOIN outbox_items item ON item.seq = message.seq
  JOIN outbox_items same ON same.key = item.key AND same.seq <> item.seq
  JOIN outbox older ON older.seq = same.seq AND older.channel = message.channel
  WHERE message.id = ? AND older.state = 'dead'`;

const SAME_ITEMS = `
  SELECT same.key FROM outbox message
  JOIN outbox_items item ON item.seq = message.seq
  JOIN outbox_items same ON same.key = item.key AND same.is_resolved = item.is_resolved
  JOIN outbox older ON older.seq = same.seq
  WHERE message.id = ? AND older.id = ?`;

/** One dead message tells of a condition, however often it was given up; it counts the attempts of all that it replaces. */
export function replaceDead(statements: Statements, id: string): void {
  for (const { notification, attempts } of statements.read("outbox", DEAD_BEFORE, parseOutboxEntry, id)) {
    const keys = keysOf(statements, SAME_ITEMS, id, notification.id);
    const left = leaveOut(statements, notification, keys);
    if (left === null) statements.run("UPDATE outbox SET attempts = attempts + ? WHERE id = ?", attempts, id);
  }
}

/** Gives conditions their new keys in everything that may still leave. */
export function renameItems(statements: Statements, renamed: ReadonlyMap<string, string>): void {
  if (renamed.size === 0) return;
  const sql = "SELECT * FROM outbox WHERE state <> 'delivered'";
  for (const { notification } of statements.read("outbox", sql, parseOutboxEntry)) {
    if (!notification.items.some(({ condition }) => renamed.has(condition.key))) continue;
    const items = notification.items.map((item) => {
      const key = renamed.get(item.condition.key);
      if (key === undefined) return item;
      return { ...item, condition: { ...item.condition, key, installation: parseConditionKey(key).installation } };
    });
    rewrite(statements, { ...notification, items });
  }
  // By way of a key that nothing has, because two may change places.
  const rename = "UPDATE OR REPLACE outbox_items SET key = ? WHERE key = ?";
  for (const [from, to] of renamed) statements.run(rename, `\n${to}`, from);
  for (const to of renamed.values()) statements.run(rename, to, `\n${to}`);
}

/** What is left of the message; null, and no message any more, when nothing is. */
function leaveOut(statements: Statements, given: Notification, keys: ReadonlySet<string>): Notification | null {
  const { id, channel, createdAt } = given;
  const items = given.items.filter(({ condition }) => !keys.has(condition.key));
  if (items.length === 0) {
    statements.run("DELETE FROM outbox WHERE id = ?", id);
    return null;
  }
  const left = groupItems(id, channel, items, createdAt);
  rewrite(statements, left);
  for (const key of keys)
    statements.run("DELETE FROM outbox_items WHERE key = ? AND seq = (SELECT seq FROM outbox WHERE id = ?)", key, id);
  return left;
}

function rewrite({ run }: Statements, notification: Notification): void {
  const severity = SEVERITIES.indexOf(notification.severity);
  run(
    "UPDATE outbox SET notification = ?, severity = ? WHERE id = ?",
    encodeJson(notification),
    severity,
    notification.id,
  );
}

function keysOf(statements: Statements, sql: string, ...ids: readonly string[]): ReadonlySet<string> {
  return new Set(statements.all(sql, ...ids).map(({ key }) => String(key)));
}
