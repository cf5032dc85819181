import { fileProblem, identityOf, lookAt, pathIn } from "../files.ts";
import { AGENT_CELLS, AGENT_DATABASE, NEWEST_AGENT_SCHEMA } from "./agent-sqlite.ts";
import { holdsAnything, lookAtJsonStores, type LookTools } from "./json-store.ts";
import type { AgentStoreRequest } from "./reader.ts";
import { blindSighting, type Look, type Sighting } from "./sighting.ts";
import { readCells } from "./sqlite-cells.ts";
import { watchDatabase } from "./sqlite-files.ts";
import type { DatabaseQuery } from "./sqlite-query.ts";
import { sightRows } from "./sqlite-rows.ts";
import { readDatabase } from "./sqlite.ts";
import { gatherWatches, type Watch, watchAbsence } from "./watch.ts";

/**
 * The store of an agent, of whichever generation holds the truth: a row in its database if there is one, else JSON. JSON
 * where OpenClaw has gone over to databases is read by nobody: `migration_required`, and no credential is taken from
 * it. Null when the agent has nothing of its own and inherits.
 */
export function lookAtAgentStore(request: AgentStoreRequest, tools: LookTools): Look<Sighting | null> {
  const { agentDir } = request;
  const directory = lookAt(agentDir);
  if (directory.kind === "failed") {
    const format = request.hasStateDatabase ? "agent-sqlite" : "auth-profiles-json";
    return {
      found: blindSighting(format, agentDir, null, [directory.problem]),
      watches: [watchAbsence(agentDir, true)],
    };
  }
  const here: Watch = { path: agentDir, was: directory.kind === "found" ? identityOf(directory.stats) : null };
  const database = lookAtAgentDatabase(pathIn(agentDir, AGENT_DATABASE), tools);
  const own = database.found;
  if (typeof own !== "string" && !isEmptyStore(own))
    return { found: own, watches: gatherWatches(here, database.watches) };
  const json = lookAtJsonStores(request, tools);
  const watches = gatherWatches(here, [...database.watches, ...json.watches]);
  if (own === "absent" && !request.hasStateDatabase) return { found: json.found, watches };
  if (json.found !== null && holdsAnything(json.found)) return { found: strand(json.found, own), watches };
  return { found: typeof own === "string" ? null : own, watches };
}

/** `absent`: there is no database. `no_row`: there is one, and the agent inherits. */
type OwnDatabase = Sighting | "absent" | "no_row";

function lookAtAgentDatabase(path: string, { digest }: LookTools): Look<OwnDatabase> {
  const look = lookAt(path);
  if (look.kind === "absent") return { found: "absent", watches: [watchAbsence(path, look.isDangling)] };
  const reading = readDatabase(path, ROWS);
  const { files } = reading;
  const watches = files === null ? [watchAbsence(path, true)] : watchDatabase(files, path);
  if (reading.kind === "failed") {
    if (reading.problem.reason === "not_found") return { found: "absent", watches };
    return { found: blindSighting("agent-sqlite", path, files?.database ?? null, [reading.problem]), watches };
  }
  const { value: cells, version } = reading;
  if (cells === null) {
    const problem = fileProblem("sqlite_no_table", path, "has no table auth_profile_store; update agent-auth-exporter");
    return { found: blindSighting("agent-sqlite", path, reading.files.database, [problem]), watches };
  }
  const store = cells.get("store");
  if (store === undefined) return { found: "no_row", watches };
  const state = cells.get("state") ?? null;
  const rows = { path, version, store, state, files: reading.files, newestVersion: NEWEST_AGENT_SCHEMA };
  return { found: sightRows({ format: "agent-sqlite", ...rows }, digest), watches };
}

const ROWS = {
  tables: [AGENT_CELLS.store.table, AGENT_CELLS.state.table],
  run: (database) => (database.tables.has(AGENT_CELLS.store.table) ? readCells(database, AGENT_CELLS) : null),
} satisfies DatabaseQuery<unknown>;

/** OpenClaw refuses to start on such a store when older files lie beside it (AUTH_PROFILE_MIGRATION_REQUIRED). */
function isEmptyStore({ reading }: Sighting): boolean {
  if (reading.credentials.length > 0) return false;
  const reasons = reading.problems.map(({ reason }) => reason);
  return reasons.every(
    (reason) => reason === "empty_file" || reason === "sqlite_no_table" || reason === "newer_schema",
  );
}

function strand(json: Sighting, own: OwnDatabase): Sighting {
  const message = "is no longer read by OpenClaw, which keeps credentials in SQLite; import it with `doctor --fix`";
  const stranded = fileProblem("migration_required", json.path, message);
  const problems = [...(typeof own === "string" ? [] : own.reading.problems), stranded];
  return blindSighting(json.format, json.path, json.stats, problems);
}
