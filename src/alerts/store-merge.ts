import type { SQLInputValue } from "node:sqlite";
import type { StoreRow, StoreRows } from "./alert-store.ts";
import type { Statements } from "./store-statements.ts";
import { TABLES } from "./store-schema.ts";

/** Tables whose rows are known by these columns, wherever they are. */
const KEYED = {
  told: ["channel", "key"],
  episodes: ["key"],
  silences: ["id"],
  evenings: ["channel"],
  seen: ["place", "scope"],
  boot: ["one"],
} as const;

/** Every row of a store as it is. */
export function dumpRows({ db, all }: Statements): StoreRows {
  db.exec("BEGIN");
  try {
    return new Map(TABLES.map((table) => [table, all(`SELECT * FROM ${table}`)]));
  } finally {
    db.exec("ROLLBACK");
  }
}

/**
 * Brings over what happened in a store since it was filled with `base`; everything in it for null. What others changed
 * here meanwhile stays where it is newer. Call it in a transaction.
 */
export function mergeRows(statements: Statements, base: StoreRows | null, ours: StoreRows): void {
  for (const [table, columns] of Object.entries(KEYED)) mergeKeyed(statements, table, columns, base, ours);
  mergeMessages(statements, base, ours);
  const last = Math.max(0, ...rowsOf(base, "history").map(seqOf));
  for (const { seq, ...row } of rowsOf(ours, "history")) if (Number(seq) > last) insert(statements, "history", row);
  for (const sql of SETTLE) statements.run(sql);
}

/** Another process may have ended a message whose memory was brought over as it was. */
const SETTLE = [
  `UPDATE told SET delivery = 'dead' WHERE delivery = 'pending'
   AND EXISTS (SELECT 1 FROM outbox WHERE id = notification_id AND state = 'dead')`,
  `UPDATE told SET delivery = 'delivered', is_believed = (state = 'firing') WHERE delivery = 'pending'
   AND NOT EXISTS (SELECT 1 FROM outbox WHERE id = notification_id AND state = 'pending')`,
];

function mergeKeyed(
  statements: Statements,
  table: string,
  columns: readonly string[],
  base: StoreRows | null,
  ours: StoreRows,
): void {
  const idOf = (row: StoreRow): string => encode(columns.map((column) => row[column]));
  const byId = (rows: readonly StoreRow[]) => new Map(rows.map((row) => [idOf(row), row]));
  const [before, after] = [byId(rowsOf(base, table)), byId(rowsOf(ours, table))];
  const theirs = byId(statements.all(`SELECT * FROM ${table}`));
  for (const [id, row] of after) {
    if (isSame(row, before.get(id))) continue;
    if (latestOf(theirs.get(id)) > latestOf(row)) continue;
    insert(statements, table, row);
  }
  const where = columns.map((column) => `${column} = ?`).join(" AND ");
  for (const [id, row] of before) {
    if (after.has(id) || !isSame(row, theirs.get(id))) continue;
    statements.run(`DELETE FROM ${table} WHERE ${where}`, ...columns.map((column) => valueOf(row, column)));
  }
}

function mergeMessages(statements: Statements, base: StoreRows | null, ours: StoreRows): void {
  const byId = (rows: readonly StoreRow[]) => new Map(rows.map((row) => [row["id"], row]));
  const [before, after] = [byId(rowsOf(base, "outbox")), byId(rowsOf(ours, "outbox"))];
  const theirs = byId(statements.all("SELECT * FROM outbox"));
  const items = Map.groupBy(rowsOf(ours, "outbox_items"), seqOf);
  for (const [id, given] of [...after].toSorted(([, a], [, b]) => seqOf(a) - seqOf(b))) {
    const known = theirs.get(id);
    if (isSame(given, before.get(id))) continue;
    const { seq, ...row } = given;
    // It was here and is gone: somebody dropped it.
    if (before.has(id) && known === undefined) continue;
    if (known !== undefined && isFurther(known, row)) continue;
    statements.run("DELETE FROM outbox WHERE id = ?", valueOf(row, "id"));
    const kept = known === undefined ? row : { ...row, seq: known["seq"] };
    insert(statements, "outbox", kept);
    const [stored] = statements.all("SELECT seq FROM outbox WHERE id = ?", valueOf(row, "id"));
    for (const item of items.get(Number(seq)) ?? [])
      insert(statements, "outbox_items", { ...item, seq: stored?.["seq"] });
  }
  for (const [id, row] of before) {
    // The number of a message is each store's own.
    if (!after.has(id) && isSame({ ...row, seq: theirs.get(id)?.["seq"] }, theirs.get(id)))
      statements.run("DELETE FROM outbox WHERE id = ?", valueOf(row, "id"));
  }
}

/** True for a message that others brought further than we did. */
function isFurther(theirs: StoreRow, ours: StoreRow): boolean {
  return theirs["state"] === "delivered" || Number(theirs["attempts"]) > Number(ours["attempts"]);
}

/** When a row was written, where it says so. */
function latestOf(row: StoreRow | undefined): number {
  return Number(row?.["told_at"] ?? row?.["at"] ?? 0);
}

function insert({ run }: Statements, table: string, row: StoreRow): void {
  const columns = Object.keys(row);
  const places = columns.map(() => "?").join(", ");
  run(
    `INSERT OR REPLACE INTO ${table} (${columns.join(", ")}) VALUES (${places})`,
    ...columns.map((column) => valueOf(row, column)),
  );
}

function rowsOf(rows: StoreRows | null, table: string): readonly StoreRow[] {
  return rows?.get(table) ?? [];
}

function seqOf({ seq }: StoreRow): number {
  return Number(seq);
}

/** What was read from a column can be written to one. */
function valueOf(row: StoreRow, column: string): SQLInputValue {
  return row[column] as SQLInputValue;
}

function isSame(a: StoreRow, b: StoreRow | undefined): boolean {
  return b !== undefined && encode(a) === encode(b);
}

function encode(value: unknown): string {
  return JSON.stringify(value);
}
