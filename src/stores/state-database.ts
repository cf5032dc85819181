import { join, resolve } from "node:path";
import { fileProblem } from "../files.ts";
import type { Problem } from "../problem.ts";
import type { LookTools } from "./json-store.ts";
import type { StateDatabase } from "./reader.ts";
import { nonBlank } from "../record.ts";
import { AGENT_REGISTRY, NEWEST_STATE_SCHEMA, parseLocation, SELECT_AGENTS, STATE_CELLS } from "./shared-sqlite.ts";
import { blindSighting, type Look, type Sighting } from "./sighting.ts";
import { type Cell, parseCell, readCells } from "./sqlite-cells.ts";
import { watchDatabase } from "./sqlite-files.ts";
import type { DatabaseQuery } from "./sqlite-query.ts";
import { describeVersion, sightRows, type StoreRows } from "./sqlite-rows.ts";
import { readDatabase } from "./sqlite.ts";
import { watchAbsence } from "./watch.ts";

/** As `StateDatabase`, with the shared store as this look found it. */
export type StateSighting = Omit<StateDatabase, "sharedStore"> & { readonly sharedStore: Sighting | null };

/**
 * `<stateDir>/state/openclaw.sqlite`; null when there is none. While it or its location cannot be read, what it said `before` stands; if
 * nothing did, its place is `invalid` and the shared store one that cannot be read, for the credentials may be there.
 */
export function lookAtStateDatabase(
  stateDir: string,
  before: StateDatabase | null,
  { digest }: LookTools,
): Look<StateSighting | null> {
  const path = join(stateDir, "state", "openclaw.sqlite");
  const reading = readDatabase(path, ROWS);
  const { files } = reading;
  if (reading.kind === "failed") {
    const watches = files === null ? [watchAbsence(path, true)] : watchDatabase(files, path);
    if (reading.problem.reason === "not_found") return { found: null, watches };
    return { found: sightBlindly(path, reading.problem, before), watches };
  }
  const { cells, agents } = reading.value;
  const rows = { path, files: reading.files, version: reading.version, newestVersion: NEWEST_STATE_SCHEMA };
  const { location, problems } = locate(cells.get("location"), path);
  const agentDatabases = agents.map(({ agentId, path: found }) => ({ agentId, path: resolve(stateDir, found) }));
  const found = { path, sharedStoreLocation: location, agentDatabases };
  const watches = watchDatabase(reading.files, path);
  const [problem] = problems;
  if (problem !== undefined && before !== null && before.sharedStoreLocation !== "invalid") {
    return { found: { ...sightBlindly(path, problem, before), agentDatabases }, watches };
  }
  if (location !== "state-db") {
    return { found: { ...found, sharedStore: null, problems: [...describeVersion(rows), ...problems] }, watches };
  }
  const store = cells.get("store") ?? null;
  const shared: StoreRows = { ...rows, format: "shared-sqlite", store, state: cells.get("state") ?? null };
  return { found: { ...found, sharedStore: sightRows(shared, digest), problems }, watches };
}

const ROWS = {
  tables: [STATE_CELLS.store.table, AGENT_REGISTRY],
  run: (database) => ({
    cells: readCells(database, STATE_CELLS),
    agents: database.tables.has(AGENT_REGISTRY) ? database.rows(SELECT_AGENTS).flatMap(parseAgent) : [],
  }),
} satisfies DatabaseQuery<unknown>;

function parseAgent(row: Readonly<Record<string, unknown>>): { agentId: string; path: string }[] {
  const agentId = nonBlank(row["agent_id"]);
  const path = nonBlank(row["path"]);
  return agentId === null || path === null ? [] : [{ agentId, path }];
}

function sightBlindly(path: string, problem: Problem, before: StateDatabase | null): StateSighting {
  const sharedStoreLocation = before?.sharedStoreLocation ?? "invalid";
  const agentDatabases = before?.agentDatabases ?? [];
  if (sharedStoreLocation === "legacy-main") {
    return { path, sharedStoreLocation, sharedStore: null, agentDatabases, problems: [problem] };
  }
  const sharedStore = blindSighting("shared-sqlite", path, null, [problem]);
  return { path, sharedStoreLocation, sharedStore, agentDatabases, problems: [] };
}

function locate(
  cell: Cell | undefined,
  path: string,
): Pick<StateDatabase, "problems"> & { location: StateDatabase["sharedStoreLocation"] } {
  if (cell === undefined) return { location: "legacy-main", problems: [] };
  const parsed = parseCell(cell, path);
  const location = parsed.kind === "value" ? parseLocation(parsed.value) : "invalid";
  if (location !== "invalid") return { location, problems: [] };
  const message = "does not say where the shared credentials are (auth.sharedStore); repair it with `doctor --fix`";
  return { location, problems: [fileProblem("wrong_shape", path, message)] };
}
