import type { Episode, Gone, HistoryEntry, Look, OutboxEntry, Silence, Told } from "./alert-store.ts";
import type { Boot } from "./boot.ts";
import { type Condition, FAMILIES, SEVERITIES } from "./condition.ts";
import { type Notification, type NotificationItem, TOLD_BECAUSE } from "./notification.ts";

type Fields = Readonly<Record<string, unknown>>;

class MalformedRow extends Error {}

/** What a row means; null when it is not what this program writes, whoever changed it. */
export function readRow<T>(parse: (row: Fields) => T, row: Fields): T | null {
  try {
    return parse(row);
  } catch (error) {
    if (error instanceof MalformedRow || error instanceof SyntaxError) return null;
    throw error;
  }
}

export function parseTold(row: Fields): Told {
  return {
    channel: text(row["channel"]),
    key: text(row["key"]),
    state: oneOf(["firing", "resolved"], row["state"]),
    because: oneOf(TOLD_BECAUSE, row["because"]),
    severity: oneOf(SEVERITIES, row["severity"]),
    leftMs: orNull(whole, row["left_ms"]),
    toldAt: instant(row["told_at"]),
    startsAt: instant(row["starts_at"]),
    notificationId: text(row["notification_id"]),
    delivery: oneOf(["pending", "delivered", "dead", "dropped"], row["delivery"]),
    isBelieved: row["is_believed"] === 1,
    condition: parseCondition(json(row["condition"])),
  };
}

export function parseEpisode(row: Fields): Episode {
  const condition = fields(json(row["condition"]));
  return {
    key: text(row["key"]),
    since: instant(row["since"]),
    endedAt: orNull(instant, row["ended_at"]),
    isUnwatched: row["is_unwatched"] === 1,
    changes: list(json(row["changes"])).map(instant),
    condition: parseCondition(condition),
    ...(condition["gone"] === undefined ? {} : { gone: parseGone(fields(condition["gone"])) }),
  };
}

function parseGone(row: Fields): Gone {
  return { forMs: whole(row["forMs"]), at: instant(row["at"]) };
}

export function parseSilence(row: Fields): Silence {
  const matchers = Object.entries(fields(json(row["matchers"]))).map(([label, glob]) => [label, text(glob)] as const);
  return {
    id: text(row["id"]),
    matchers: Object.fromEntries(matchers),
    startsAt: instant(row["starts_at"]),
    endsAt: instant(row["ends_at"]),
    comment: text(row["comment"]),
  };
}

export function parseEvening(row: Fields): readonly [channel: string, madeAt: Date] {
  return [text(row["channel"]), instant(row["made_at"])];
}

export function parseSeen(row: Fields): Look {
  return { place: text(row["place"]), scope: text(row["scope"]), at: instant(row["at"]) };
}

export function parseBoot(row: Fields): Boot {
  return { id: orNull(text, row["id"]), uptimeMs: orNull(whole, row["uptime_ms"]), noticedAt: instant(row["at"]) };
}

export function parseOutboxEntry(row: Fields): OutboxEntry {
  return {
    notification: parseNotification(fields(json(row["notification"]))),
    state: oneOf(["pending", "delivered", "dead"], row["state"]),
    attempts: whole(row["attempts"]),
    nextAttemptAt: instant(row["next_attempt_at"]),
    lastDetail: orNull(text, row["last_detail"]),
    ...(row["claimed_until"] === null ? {} : { claimedUntil: instant(row["claimed_until"]) }),
  };
}

export function parseHistoryEntry(row: Fields): HistoryEntry {
  return {
    at: instant(row["at"]),
    channel: text(row["channel"]),
    key: text(row["key"]),
    because: oneOf(TOLD_BECAUSE, row["because"]),
    severity: oneOf(SEVERITIES, row["severity"]),
    notificationId: text(row["notification_id"]),
  };
}

/** JSON with every date as Unix milliseconds. */
export function encodeJson(value: unknown): string {
  // `JSON.stringify` turns dates into text before a replacer sees them, so the replacer looks at the holder.
  return JSON.stringify(value, function (this: Fields, name, given: unknown) {
    const original = this[name];
    return original instanceof Date ? original.getTime() : given;
  });
}

function parseNotification(row: Fields): Notification {
  return {
    id: text(row["id"]),
    channel: text(row["channel"]),
    createdAt: instant(row["createdAt"]),
    status: oneOf(["firing", "resolved"], row["status"]),
    severity: oneOf(SEVERITIES, row["severity"]),
    items: list(row["items"]).map(parseItem),
  };
}

function parseItem(value: unknown): NotificationItem {
  const row = fields(value);
  return {
    because: oneOf(TOLD_BECAUSE, row["because"]),
    condition: parseCondition(row["condition"]),
    ...(row["severityBefore"] === undefined ? {} : { severityBefore: oneOf(SEVERITIES, row["severityBefore"]) }),
    startsAt: instant(row["startsAt"]),
    endsAt: orNull(instant, row["endsAt"]),
    ...(row["isGone"] === true ? { isGone: true } : {}),
    ...(row["left"] === undefined ? {} : { left: parseLeft(fields(row["left"])) }),
  };
}

function parseLeft(row: Fields): NonNullable<NotificationItem["left"]> {
  return { severity: oneOf(SEVERITIES, row["severity"]), reason: text(row["reason"]) };
}

function parseCondition(value: unknown): Condition {
  const row = fields(value);
  return {
    key: text(row["key"]),
    installation: text(row["installation"]),
    ...(row["place"] === undefined ? {} : { place: text(row["place"]) }),
    agent: text(row["agent"]),
    provider: orNull(text, row["provider"]),
    profile: orNull(text, row["profile"]),
    ...(row["apart"] === undefined ? {} : { apart: text(row["apart"]) }),
    family: oneOf(FAMILIES, row["family"]),
    reason: text(row["reason"]),
    ...(row["heldLike"] === undefined ? {} : { heldLike: text(row["heldLike"]) }),
    severity: oneOf(SEVERITIES, row["severity"]),
    expiresAt: orNull(instant, row["expiresAt"]),
    ...(row["knownAt"] === undefined ? {} : { knownAt: instant(row["knownAt"]) }),
    summary: text(row["summary"]),
    action: orNull(text, row["action"]),
    ...(row["login"] === undefined ? {} : { login: text(row["login"]) }),
  };
}

function json(value: unknown): unknown {
  return JSON.parse(text(value));
}

function fields(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new MalformedRow();
  return value as Fields;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new MalformedRow();
  return value;
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new MalformedRow();
  return value;
}

function whole(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new MalformedRow();
  return value;
}

function instant(value: unknown): Date {
  const date = new Date(whole(value));
  if (Number.isNaN(date.getTime())) throw new MalformedRow();
  return date;
}

function oneOf<W extends string>(words: readonly W[], value: unknown): W {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new MalformedRow();
  return found;
}

function orNull<T>(parse: (value: unknown) => T, value: unknown): T | null {
  return value === null || value === undefined ? null : parse(value);
}
