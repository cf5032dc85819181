import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface StateContent {
  /** `config_machine_state`; without it the table is missing, as in 2026.6 and 2026.7. Text is written as it is. */
  readonly machineState?: Readonly<Record<string, unknown>>;
  readonly agents?: readonly (readonly [unknown, unknown])[];
  readonly userVersion?: number;
}

/** A state database as OpenClaw leaves it after closing it; gives its path. */
export function writeStateDatabase(stateDir: string, { machineState, agents, userVersion = 18 }: StateContent): string {
  const path = join(stateDir, "state", "openclaw.sqlite");
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA user_version = ${userVersion}`);
  if (machineState !== undefined) {
    database.exec(
      "CREATE TABLE config_machine_state (state_key TEXT PRIMARY KEY, value_json TEXT, updated_at_ms INTEGER) STRICT",
    );
    const insert = database.prepare("INSERT INTO config_machine_state VALUES (?, ?, 1790000000000)");
    for (const [key, value] of Object.entries(machineState)) {
      insert.run(key, typeof value === "string" ? value : JSON.stringify(value));
    }
  }
  if (agents !== undefined) {
    database.exec("CREATE TABLE agent_databases (agent_id, path, schema_version, last_seen_at, size_bytes)");
    const insert = database.prepare("INSERT INTO agent_databases VALUES (?, ?, 1, 1, 1)");
    for (const [id, found] of agents) insert.run(id as string, found as string);
  }
  database.close();
  return path;
}
