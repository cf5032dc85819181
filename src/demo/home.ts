import { chmodSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { makeDirectory } from "../make-directory.ts";
import { type DemoInstallation, type DemoStore, Moments } from "./installation.ts";
import { describeFirst, describeSingle, describeSplit, FRESH } from "./json-generations.ts";
import { describeLogins } from "./logins.ts";
import { describePerAgent, describeShared } from "./sqlite-generations.ts";

/**
 * Writes a home with installations of every generation and a credential in every state, ends counted from `now`. The
 * directory must be empty or missing. Every secret in it is invented and contains the word CANARY.
 */
export function writeDemoHome(directory: string, now: Date): void {
  const at = new Moments(now);
  const generations = [describeShared, describePerAgent, describeSplit, describeSingle, describeFirst];
  for (const describe of generations) writeInstallation(directory, describe(at));
  writeInstallation(directory, FRESH);
  for (const { path, content } of describeLogins(now)) writeJson(join(directory, path), content);
}

function writeInstallation(home: string, { directory, configName, config, stores }: DemoInstallation): void {
  const stateDir = join(home, directory);
  const configPath = join(stateDir, configName);
  if (typeof config === "string") writeText(configPath, config);
  else writeJson(configPath, config);
  for (const store of stores) writeStore(stateDir, store);
}

function writeStore(stateDir: string, store: DemoStore): void {
  switch (store.kind) {
    case "file":
      if (typeof store.content === "string") writeText(join(stateDir, store.path), store.content, store.mode);
      else writeJson(join(stateDir, store.path), store.content, store.mode);
      break;
    case "agent-sqlite":
      writeAgentDatabase(join(stateDir, "agents", store.agent, "agent", "openclaw-agent.sqlite"), store);
      break;
    case "state-sqlite":
      writeStateDatabase(join(stateDir, "state", "openclaw.sqlite"), store);
      break;
  }
}

function writeJson(path: string, content: unknown, mode?: number): void {
  writeText(path, `${JSON.stringify(content, null, 2)}\n`, mode);
}

function writeText(path: string, text: string, mode = 0o600): void {
  makeDirectory(dirname(path));
  writeFileSync(path, text, { mode, flag: "wx" });
}

function writeAgentDatabase(path: string, store: Extract<DemoStore, { kind: "agent-sqlite" }>): void {
  writeDatabase(path, store.schemaVersion, (database) => {
    database.exec(`
      CREATE TABLE auth_profile_store (store_key TEXT PRIMARY KEY, store_json TEXT NOT NULL, updated_at INTEGER NOT NULL);
      CREATE TABLE auth_profile_state (state_key TEXT PRIMARY KEY, state_json TEXT NOT NULL, updated_at INTEGER NOT NULL);
    `);
    if (store.profiles === null) return;
    const updatedAt = store.updatedAt.getTime();
    const insertStore = database.prepare("INSERT INTO auth_profile_store VALUES ('primary', ?, ?)");
    insertStore.run(JSON.stringify({ version: 1, profiles: store.profiles }), updatedAt);
    const insertState = database.prepare("INSERT INTO auth_profile_state VALUES ('primary', ?, ?)");
    insertState.run(JSON.stringify({ version: 1, ...store.state }), updatedAt);
  });
}

function writeStateDatabase(path: string, store: Extract<DemoStore, { kind: "state-sqlite" }>): void {
  writeDatabase(path, store.schemaVersion, (database) => {
    database.exec(`
      CREATE TABLE config_machine_state (state_key TEXT PRIMARY KEY, value_json TEXT NOT NULL, updated_at_ms INTEGER NOT NULL) STRICT;
      CREATE TABLE agent_databases (agent_id TEXT PRIMARY KEY, path TEXT NOT NULL, schema_version INTEGER, last_seen_at INTEGER, size_bytes INTEGER);
    `);
    if (store.profiles === null) return;
    const insert = database.prepare("INSERT INTO config_machine_state VALUES (?, ?, ?)");
    const values = {
      "auth.sharedStore": { location: "state-db" },
      "authProfiles.store": { version: 1, profiles: store.profiles },
      "authProfiles.state": { version: 1, ...store.state },
    };
    for (const [key, value] of Object.entries(values))
      insert.run(key, JSON.stringify(value), store.updatedAt.getTime());
  });
}

function writeDatabase(path: string, schemaVersion: number, fill: (database: DatabaseSync) => void): void {
  makeDirectory(dirname(path));
  // Loaded here, because it costs every start some milliseconds.
  const sqlite = process.getBuiltinModule("node:sqlite");
  const database = new sqlite.DatabaseSync(path);
  try {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA user_version = ${schemaVersion};`);
    fill(database);
  } finally {
    database.close();
    chmodSync(path, 0o600);
  }
}
