import type * as NodeSqlite from "node:sqlite";
import { UnavailableError } from "../errors.ts";

type Sqlite = typeof NodeSqlite;
export type Database = NodeSqlite.DatabaseSync;

let loaded: Sqlite | null = null;

/**
 * Node's SQLite, loaded when the first database is met. Node announces it as experimental on stderr; that one warning
 * is swallowed, for it says nothing to an operator. Throws `UnavailableError` on a Node built without it.
 */
export function loadSqlite(): Sqlite {
  loaded ??= withoutExperimentalWarning(() => process.getBuiltinModule("node:sqlite") as Sqlite | undefined) ?? null;
  if (loaded !== null) return loaded;
  throw new UnavailableError(
    `This Node (${process.version}) has no node:sqlite, which OpenClaw's stores need; install Node 22.13 or later.`,
  );
}

function withoutExperimentalWarning<T>(load: () => T): T {
  const original = Object.getOwnPropertyDescriptor(process, "emitWarning");
  const emit = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (...args: unknown[]): void => {
    if (args[1] !== "ExperimentalWarning") emit(...args);
  };
  try {
    return load();
  } finally {
    if (original !== undefined) Object.defineProperty(process, "emitWarning", original);
  }
}
