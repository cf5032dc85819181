import { MAX_FILE_BYTES, parseJson, fileProblem } from "../files.ts";
import type { Problem } from "../problem.ts";
import { parseInstant } from "../record.ts";
import type { OpenDatabase } from "./sqlite-query.ts";

/** One JSON document in one row. */
export interface Cell {
  /** Null when it is larger than any store should be. */
  readonly text: string | null;
  readonly updatedAt: Date | null;
}

/** Where a cell is. All five are our own words, never input. */
export interface CellPlace {
  readonly table: string;
  readonly keyColumn: string;
  readonly key: string;
  readonly jsonColumn: string;
  /** Unix milliseconds. */
  readonly timeColumn: string;
}

export type CellValue =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "failed"; readonly problem: Problem };

/** The cells that exist, by key of `places`; one whose table is missing is not looked for. */
export function readCells<K extends string>(
  database: OpenDatabase,
  places: Readonly<Record<K, CellPlace>>,
): ReadonlyMap<K, Cell> {
  const wanted = (Object.entries(places) as [K, CellPlace][]).filter(([, { table }]) => database.tables.has(table));
  const found = new Map<K, Cell>();
  if (wanted.length === 0) return found;
  for (const row of database.rows(wanted.map(([name, place]) => selectCell(name, place)).join(" UNION ALL "))) {
    const text = typeof row["text"] === "string" ? row["text"] : null;
    found.set(row["name"] as K, { text, updatedAt: parseInstant(row["updated"]) });
  }
  return found;
}

/** Parses a cell of the database at `path`. */
export function parseCell(cell: Cell, path: string): CellValue {
  if (cell.text === null) {
    const message = `holds a row of more than ${MAX_FILE_BYTES} bytes, too large for a store`;
    return { kind: "failed", problem: fileProblem("too_large", path, message) };
  }
  const parsed = parseJson(cell.text, path);
  if (parsed.kind === "value") return parsed;
  const { reason } = parsed.problem;
  const finding = reason === "empty_file" ? "holds a row that is blank" : "holds a row that is not JSON";
  return {
    kind: "failed",
    problem: fileProblem(reason, path, `${finding}; restore the database from a backup or log in again`),
  };
}

function selectCell(name: string, { table, keyColumn, key, jsonColumn, timeColumn }: CellPlace): string {
  // The length of the column itself, which SQLite knows without loading it. A table of another make may repeat the key.
  const isSmall = `coalesce(octet_length(${jsonColumn}), 0) <= ${MAX_FILE_BYTES}`;
  return (
    `SELECT * FROM (SELECT '${name}' AS name, CAST(${timeColumn} AS REAL) AS updated, ` +
    `iif(${isSmall}, coalesce(CAST(${jsonColumn} AS TEXT), ''), NULL) AS text ` +
    `FROM ${table} WHERE ${keyColumn} = '${key}' LIMIT 1)`
  );
}
