import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The four ways in which OpenClaw has stored the same thing. */
export const GENERATIONS = ["one JSON file", "JSON with split state", "SQLite per agent", "shared SQLite"] as const;
export type Generation = (typeof GENERATIONS)[number];

export interface ScenarioInput {
  readonly cfg?: unknown;
  readonly rawCfg?: string;
  readonly store?: { readonly profiles: Readonly<Record<string, unknown>> };
  readonly rawStore?: string;
  readonly state?: Readonly<Record<string, unknown>>;
  readonly ops?: { readonly profiles: Readonly<Record<string, unknown>> };
  readonly env?: Readonly<Record<string, string>>;
  readonly ag?: string;
  readonly forceJson?: boolean;
}

const DEFAULT_CONFIG = { agents: { defaults: { model: { primary: "anthropic/claude-opus-4-5" } } } };

/** Lays a scenario out below a home directory, as that generation would have. */
export function writeScenario(home: string, input: ScenarioInput, generation: Generation): void {
  const stateDir = join(home, ".openclaw");
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(join(stateDir, "openclaw.json"), input.rawCfg ?? JSON.stringify(input.cfg ?? DEFAULT_CONFIG));
  const store = input.rawStore ?? JSON.stringify({ version: 1, ...input.store });
  const chosen = input.forceJson === true ? "one JSON file" : generation;
  if (chosen === "shared SQLite") writeSharedDatabase(stateDir, store, input.state);
  else writeAgentStore(stateDir, "main", store, input.state, chosen);
  if (input.ops === undefined) return;
  const ops = JSON.stringify({ version: 1, ...input.ops });
  writeAgentStore(stateDir, "ops", ops, undefined, chosen === "shared SQLite" ? "SQLite per agent" : chosen);
}

function writeAgentStore(
  stateDir: string,
  agent: string,
  store: string,
  state: ScenarioInput["state"],
  generation: Exclude<Generation, "shared SQLite">,
): void {
  const directory = join(stateDir, "agents", agent, "agent");
  mkdirSync(directory, { recursive: true });
  switch (generation) {
    case "one JSON file": {
      const whole = state === undefined ? store : JSON.stringify({ ...(JSON.parse(store) as object), ...state });
      return writeFileSync(join(directory, "auth-profiles.json"), whole, { mode: 0o600 });
    }
    case "JSON with split state":
      writeFileSync(join(directory, "auth-profiles.json"), store, { mode: 0o600 });
      return writeFileSync(join(directory, "auth-state.json"), JSON.stringify({ version: 1, ...state }), {
        mode: 0o600,
      });
    case "SQLite per agent":
      return writeAgentDatabase(join(directory, "openclaw-agent.sqlite"), store, state);
  }
}

/** A per-agent database as 2026.6.5 and later write it. */
function writeAgentDatabase(path: string, store: string, state?: Readonly<Record<string, unknown>>): void {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA user_version = 23;
    CREATE TABLE auth_profile_store (store_key TEXT PRIMARY KEY, store_json TEXT, updated_at INTEGER);
    CREATE TABLE auth_profile_state (state_key TEXT PRIMARY KEY, state_json TEXT, updated_at INTEGER);`);
  database.prepare("INSERT INTO auth_profile_store VALUES ('primary', ?, ?)").run(store, Date.now());
  if (state !== undefined) {
    const json = JSON.stringify({ version: 1, ...state });
    database.prepare("INSERT INTO auth_profile_state VALUES ('primary', ?, ?)").run(json, Date.now());
  }
  database.close();
}

function writeSharedDatabase(stateDir: string, store: string, state: ScenarioInput["state"]): void {
  mkdirSync(join(stateDir, "state"), { recursive: true });
  const database = new DatabaseSync(join(stateDir, "state", "openclaw.sqlite"));
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA user_version = 18;
    CREATE TABLE config_machine_state (state_key TEXT PRIMARY KEY, value_json TEXT, updated_at_ms INTEGER) STRICT;
    CREATE TABLE agent_databases (agent_id TEXT, path TEXT, schema_version INTEGER, last_seen_at INTEGER, size_bytes INTEGER);`);
  const insert = database.prepare("INSERT INTO config_machine_state VALUES (?, ?, ?)");
  insert.run("auth.sharedStore", '{"location":"state-db"}', Date.now());
  insert.run("authProfiles.store", store, Date.now());
  if (state !== undefined) insert.run("authProfiles.state", JSON.stringify({ version: 1, ...state }), Date.now());
  database.close();
}
