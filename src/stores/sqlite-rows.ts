import { fileProblem, modificationTime } from "../files.ts";
import type { Problem } from "../problem.ts";
import { STORE_FORMATS } from "./registry.ts";
import { NOTHING_READ, type Sighting } from "./sighting.ts";
import { type Cell, parseCell } from "./sqlite-cells.ts";
import type { DatabaseFiles } from "./sqlite-files.ts";

export interface StoreRows {
  readonly format: "agent-sqlite" | "shared-sqlite";
  readonly path: string;
  readonly files: DatabaseFiles;
  /** `PRAGMA user_version`, and the newest one we know. */
  readonly version: number;
  readonly newestVersion: number;
  /** Null is an empty store. */
  readonly store: Cell | null;
  readonly state: Cell | null;
}

/** The store that the rows of a database amount to. */
export function sightRows(rows: StoreRows, digest: (secret: string) => string): Sighting {
  const { format, path, files, version, store } = rows;
  const modifiedAt = store?.updatedAt ?? modificationTime(files.database);
  const problems = [...describeVersion(rows)];
  const sighting = { format, path, stats: files.database, modifiedAt, schemaVersion: version };
  const document = readDocument(store, path, problems);
  if (document === null) return { ...sighting, reading: { ...NOTHING_READ, problems } };
  const state = readDocument(rows.state, path, problems);
  const reading = STORE_FORMATS[format].parse({ store: document, state }, { path, modifiedAt, digest });
  return { ...sighting, reading: { ...reading, problems: [...problems, ...reading.problems] } };
}

/** A database that is newer than we are may have moved something; until it has, its rows are as good as ever. */
export function describeVersion({
  path,
  version,
  newestVersion,
}: Pick<StoreRows, "path" | "version" | "newestVersion">): Problem[] {
  if (version <= newestVersion) return [];
  const message = `has schema version ${version}, newer than the ${newestVersion} known here; update agent-auth-exporter`;
  return [fileProblem("newer_schema", path, message)];
}

/** Null when there is nothing to parse; then `problems` says why, unless there is no row. */
function readDocument(cell: Cell | null, path: string, problems: Problem[]): unknown {
  if (cell === null) return null;
  const parsed = parseCell(cell, path);
  if (parsed.kind === "value") return parsed.value ?? [];
  problems.push(parsed.problem);
  return null;
}
