import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export type Layout = "json" | "sqlite";

export interface Home {
  readonly path: string;
  /** The store of each agent: a JSON file or a database. */
  readonly stores: readonly string[];
  readonly agentDirs: readonly string[];
}

const HOUR = 3_600_000;
const PROVIDERS = ["anthropic", "openai", "openrouter", "google", "mistral"] as const;

/** Writes a home with `agents` agents of five profiles each, as OpenClaw 2026.4 (JSON) or 2026.7 (SQLite) left them. */
export function writeHome(path: string, agents: number, layout: Layout): Home {
  const stateDir = join(path, ".openclaw");
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  // As in every home that somebody has used; without it nothing that was compiled is kept.
  mkdirSync(join(path, ".cache"), { mode: 0o700 });
  const config = {
    agents: { defaults: { model: { primary: "anthropic/claude-opus-4-5", fallbacks: ["openai/gpt-5"] } } },
  };
  writeFileSync(join(stateDir, "openclaw.json"), JSON.stringify(config), { mode: 0o600 });
  const ids = Array.from({ length: agents }, (_, index) => (index === 0 ? "main" : `agent-${index}`));
  const agentDirs = ids.map((id) => join(stateDir, "agents", id, "agent"));
  const now = Date.now();
  const stores = agentDirs.map((directory, index) => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return layout === "json" ? writeJsonStore(directory, index, now) : writeSqliteStore(directory, index, now);
  });
  if (layout === "sqlite") writeStateDatabase(stateDir);
  return { path, stores, agentDirs };
}

function writeJsonStore(directory: string, index: number, now: number): string {
  const path = join(directory, "auth-profiles.json");
  writeFileSync(path, JSON.stringify({ version: 1, profiles: profiles(index, now) }, null, 2), { mode: 0o600 });
  writeFileSync(join(directory, "auth-state.json"), JSON.stringify(state(now), null, 2), { mode: 0o600 });
  return path;
}

function writeSqliteStore(directory: string, index: number, now: number): string {
  const path = join(directory, "openclaw-agent.sqlite");
  const database = openWal(path);
  database.exec(`
    CREATE TABLE auth_profile_store (store_key TEXT PRIMARY KEY, store_json TEXT NOT NULL, updated_at INTEGER NOT NULL);
    CREATE TABLE auth_profile_state (state_key TEXT PRIMARY KEY, state_json TEXT NOT NULL, updated_at INTEGER NOT NULL);
    PRAGMA user_version = 1;
  `);
  const store = JSON.stringify({ version: 1, profiles: profiles(index, now) });
  database.prepare("INSERT INTO auth_profile_store VALUES ('primary', ?, ?)").run(store, now);
  database.prepare("INSERT INTO auth_profile_state VALUES ('primary', ?, ?)").run(JSON.stringify(state(now)), now);
  database.close();
  return path;
}

function writeStateDatabase(stateDir: string): void {
  mkdirSync(join(stateDir, "state"), { mode: 0o700 });
  const database = openWal(join(stateDir, "state/openclaw.sqlite"));
  database.exec(`
    CREATE TABLE agent_databases
      (agent_id TEXT, path TEXT, schema_version INTEGER, last_seen_at INTEGER, size_bytes INTEGER);
    PRAGMA user_version = 1;
  `);
  database.close();
}

/** Upstream's journal mode; closed cleanly, so that no `-wal` is left. */
function openWal(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
  return database;
}

function profiles(index: number, now: number): Record<string, unknown> {
  const entries = PROVIDERS.map((provider, place) => {
    const secret = `CANARY-${provider}-${index}-${"x".repeat(80)}`;
    const expires = now + (48 + place) * HOUR;
    if (place === 0) return { type: "oauth", provider, access: secret, refresh: `${secret}-refresh`, expires };
    return place % 2 === 0
      ? { type: "api_key", provider, key: secret }
      : { type: "token", provider, token: secret, expires };
  });
  return Object.fromEntries(entries.map((entry) => [`${entry.provider}:default`, entry]));
}

function state(now: number): Record<string, unknown> {
  return { version: 1, usageStats: { "anthropic:default": { lastUsed: now - HOUR, errorCount: 0 } } };
}
