import type { SQLInputValue, StatementSync } from "node:sqlite";
import type { Database } from "../stores/sqlite-module.ts";
import { readRow } from "./store-rows.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The statements of one open database, each prepared once. */
export interface Statements {
  readonly db: Database;
  /** How many rows it changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number;
  all(sql: string, ...values: readonly SQLInputValue[]): readonly Fields[];
  /** With values for `:name`. */
  named(sql: string, values: Readonly<Record<string, SQLInputValue>>): readonly Fields[];
  /** The rows that can be understood; others are left out, and said once. */
  read<T>(table: string, sql: string, parse: (row: Fields) => T, ...values: readonly SQLInputValue[]): readonly T[];
}

export function createStatements(db: Database, warn: (text: string) => void): Statements {
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
  return {
    db,
    run: (sql, ...values) => Number(prepare(sql).run(...values).changes),
    all: (sql, ...values) => prepare(sql).all(...values),
    named: (sql, values) => prepare(sql).all(values),
    read(table, sql, parse, ...values) {
      return prepare(sql)
        .all(...values)
        .flatMap((row) => {
          const meaning = readRow(parse, row);
          if (meaning === null) warn(`a row of the table ${table} makes no sense and is left out`);
          return meaning === null ? [] : [meaning];
        });
    },
  };
}
