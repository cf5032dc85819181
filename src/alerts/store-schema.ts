import type { Database } from "../stores/sqlite-module.ts";

/** Step n brings a file of version n to version n + 1. Instants are Unix milliseconds, severities rank from 0. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE told (
    channel TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL,
    because TEXT NOT NULL,
    severity TEXT NOT NULL,
    step INTEGER NOT NULL,
    told_at INTEGER NOT NULL,
    starts_at INTEGER NOT NULL,
    notification_id TEXT NOT NULL,
    delivery TEXT NOT NULL,
    condition TEXT NOT NULL,
    PRIMARY KEY (channel, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX told_by_notification ON told (notification_id);
  CREATE TABLE episodes (
    key TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    ended_at INTEGER,
    changes TEXT NOT NULL,
    condition TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE silences (
    id TEXT PRIMARY KEY,
    matchers TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    comment TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE evenings (channel TEXT PRIMARY KEY, made_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    severity INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    notification TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending',
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL,
    claimed_by TEXT,
    claimed_at INTEGER,
    claimed_until INTEGER,
    last_detail TEXT,
    ended_at INTEGER
  ) STRICT;
  CREATE INDEX outbox_by_state ON outbox (state, channel, next_attempt_at);
  CREATE TABLE outbox_items (
    seq INTEGER NOT NULL REFERENCES outbox (seq) ON DELETE CASCADE,
    key TEXT NOT NULL,
    severity INTEGER NOT NULL,
    is_resolved INTEGER NOT NULL,
    PRIMARY KEY (key, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX outbox_items_by_seq ON outbox_items (seq);
  CREATE TABLE history (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    channel TEXT NOT NULL,
    key TEXT NOT NULL,
    because TEXT NOT NULL,
    severity TEXT NOT NULL,
    notification_id TEXT NOT NULL
  ) STRICT;
  `,
  // What was said before the last message is not recorded: it arrived, unless the last one was the first.
  `
  ALTER TABLE told ADD COLUMN is_believed INTEGER NOT NULL DEFAULT 0;
  UPDATE told SET is_believed = 1
  WHERE state = 'firing' AND (delivery = 'delivered' OR starts_at <> told_at) OR state = 'resolved' AND delivery <> 'delivered';
  `,
  "ALTER TABLE outbox ADD COLUMN is_refresh INTEGER NOT NULL DEFAULT 0",
  "CREATE TABLE seen (place TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
  // A count of steps means something else once `alerts.remindAt` is changed; the time that was left does not.
  `
  ALTER TABLE told DROP COLUMN step;
  ALTER TABLE told ADD COLUMN left_ms INTEGER;
  UPDATE told SET left_ms = json_extract(condition, '$.expiresAt') - told_at
  WHERE CASE WHEN json_valid(condition) THEN
    json_extract(condition, '$.family') = 'expiry' AND json_type(condition, '$.expiresAt') = 'integer' END;
  `,
  // By which config nobody wrote down: that of another process, for all we know.
  `
  ALTER TABLE seen RENAME TO seen_by_any;
  CREATE TABLE seen (
    place TEXT NOT NULL,
    scope TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (place, scope)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO seen SELECT place, '', at FROM seen_by_any;
  DROP TABLE seen_by_any;
  ALTER TABLE episodes ADD COLUMN is_unwatched INTEGER NOT NULL DEFAULT 0;
  `,
  "CREATE TABLE boot (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT, uptime_ms INTEGER, at INTEGER NOT NULL) STRICT",
  // Of another host they had the family of an installation, under which nobody would end them any more.
  `
  UPDATE OR REPLACE outbox_items SET key = ${asRemote("key")}
  WHERE key LIKE '%//installation' AND EXISTS (
    SELECT 1 FROM outbox message, ${eachItem("message.notification")} item
    WHERE message.seq = outbox_items.seq AND item.value ->> '$.condition.key' = outbox_items.key
      AND ${isOfRemote("item.value -> '$.condition'")}
  );
  UPDATE outbox SET notification = json_set(notification, '$.items', json((
    SELECT json_group_array(json(CASE WHEN ${isOfRemote("item.value -> '$.condition'")}
      THEN json_set(item.value, '$.condition.family', 'remote', '$.condition.key', ${asRemote("item.value ->> '$.condition.key'")})
      ELSE item.value END)) FROM json_each(notification, '$.items') item
  )))
  WHERE EXISTS (SELECT 1 FROM ${eachItem("notification")} item WHERE ${isOfRemote("item.value -> '$.condition'")});
  ${["told", "episodes"]
    .map(
      (table) => `
  UPDATE OR REPLACE ${table} SET key = ${asRemote("key")},
    condition = json_set(condition, '$.family', 'remote', '$.key', ${asRemote("key")})
  WHERE CASE WHEN json_valid(condition) THEN ${isOfRemote("condition")} END;`,
    )
    .join("")}
  `,
];

function isOfRemote(condition: string): string {
  return `${condition} ->> '$.family' = 'installation' AND ${condition} ->> '$.reason' IN ('unreachable', 'outdated')`;
}

/** The key with another family, which is its last word. */
function asRemote(key: string): string {
  return `substr(${key}, 1, length(${key}) - length('installation')) || 'remote'`;
}

/** None of what is no JSON, which breaks off whatever looks into it. */
function eachItem(notification: string): string {
  return `json_each(CASE WHEN json_valid(${notification}) THEN ${notification} ELSE '{}' END, '$.items')`;
}

/** All tables, those before that others refer to. */
export const TABLES = [
  "told",
  "episodes",
  "silences",
  "evenings",
  "seen",
  "boot",
  "outbox",
  "outbox_items",
  "history",
] as const;

/** What this version writes; a file with a higher one was written by a newer version. */
export const SCHEMA_VERSION = MIGRATIONS.length;

export function readSchemaVersion(db: Database): number {
  return Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
}

/** Brings the file to this version, in one transaction; two processes may try at the same time. */
export function migrate(db: Database): void {
  if (readSchemaVersion(db) >= SCHEMA_VERSION) return;
  inTransaction(db, () => {
    // Asked again under the lock: another process may have been faster.
    for (const step of MIGRATIONS.slice(readSchemaVersion(db))) db.exec(step);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
}

/** Runs `work` with the right to write from its beginning; all of it stays or, when it throws, nothing. */
export function inTransaction<T>(db: Database, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    try {
      db.exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself, as it does on a full disk.
    }
    throw error;
  }
}
