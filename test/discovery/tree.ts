import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { onTestFinished } from "vitest";
import { createHostReader, type DiscoveryOptions, type HostReader } from "../../src/discovery/host.ts";
import type { InstallationReading } from "../../src/discovery/installation.ts";
import { createStoreReader } from "../../src/stores/read.ts";

export const NOW = new Date("2026-09-21T12:00:00Z");

/** A directory of its own for one test. */
export function makeRoot(): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "discovery-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

/** Text as it is, objects as JSON, null a directory, `{linkTo}` a symbolic link. Keys are paths below `root`. */
export type Tree = Readonly<Record<string, string | null | Readonly<Record<string, unknown>>>>;

export function writeTree(root: string, tree: Tree): void {
  for (const [path, content] of Object.entries(tree)) {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    if (content === null) mkdirSync(full, { recursive: true });
    else if (typeof content === "string") writeFileSync(full, content, { mode: 0o600 });
    else if (typeof content["linkTo"] === "string") symlinkSync(content["linkTo"], full);
    else writeFileSync(full, JSON.stringify(content), { mode: 0o600 });
  }
}

/** `auth-profiles.json` with one key of the provider. */
export function keyStore(provider: string, name = "default"): Readonly<Record<string, unknown>> {
  return {
    version: 1,
    profiles: { [`${provider}:${name}`]: { type: "api_key", provider, key: `sk-CANARY-${provider}-${name}` } },
  };
}

/** `state/openclaw.sqlite` with a registry of agent databases and, when given, a shared store. */
export function writeStateDatabase(
  stateDir: string,
  registry: Readonly<Record<string, string>>,
  sharedStore?: Readonly<Record<string, unknown>>,
): void {
  mkdirSync(join(stateDir, "state"), { recursive: true });
  const database = new DatabaseSync(join(stateDir, "state", "openclaw.sqlite"));
  database.exec(`CREATE TABLE agent_databases (agent_id TEXT, path TEXT, schema_version INTEGER, last_seen_at INTEGER, size_bytes INTEGER);
    CREATE TABLE config_machine_state (state_key TEXT PRIMARY KEY, value_json TEXT, updated_at_ms INTEGER) STRICT;`);
  const register = database.prepare("INSERT INTO agent_databases VALUES (?, ?, 23, 0, 0)");
  for (const [id, path] of Object.entries(registry)) register.run(id, path);
  if (sharedStore !== undefined) {
    const set = database.prepare("INSERT INTO config_machine_state VALUES (?, ?, 0)");
    set.run("auth.sharedStore", '{"location":"state-db"}');
    set.run("authProfiles.store", JSON.stringify(sharedStore));
  }
  database.close();
}

/** `openclaw-agent.sqlite` with one store. */
export function writeAgentDatabase(agentDir: string, store: Readonly<Record<string, unknown>>): void {
  mkdirSync(agentDir, { recursive: true });
  const database = new DatabaseSync(join(agentDir, "openclaw-agent.sqlite"));
  database.exec(`CREATE TABLE auth_profile_store (store_key TEXT PRIMARY KEY, store_json TEXT, updated_at INTEGER);
    CREATE TABLE auth_profile_state (state_key TEXT PRIMARY KEY, state_json TEXT, updated_at INTEGER);`);
  database.prepare("INSERT INTO auth_profile_store VALUES ('primary', ?, 0)").run(JSON.stringify(store));
  database.close();
}

export function openHost(options: Partial<DiscoveryOptions>): HostReader {
  const stores = createStoreReader({ digest: (secret) => `digest-${secret.length}` });
  return createHostReader({ homes: [], stateDirs: [], logins: false, keychain: false, env: {}, ...options }, stores);
}

/** Runs as a user without privileges, who may do what the modes of files allow to anyone. */
export function asNobody<T>(run: () => T): T {
  if (process.getuid?.() !== 0) return run();
  process.seteuid?.(NOBODY);
  try {
    return run();
  } finally {
    process.seteuid?.(0);
  }
}

const NOBODY = 65_534;

/** The only installation of a home that is also the one of our environment. */
export function readOnly(home: string, env: DiscoveryOptions["env"] = {}): InstallationReading {
  const { installations } = openHost({ homes: [home], env: { HOME: home, ...env } }).read(NOW);
  if (installations[0] === undefined || installations.length > 1) {
    throw new Error(`expected one installation, found ${installations.map(({ id }) => id).join(", ") || "none"}`);
  }
  return installations[0];
}

export function agentOf(reading: InstallationReading, id: string): InstallationReading["agents"][number] {
  const agent = reading.agents.find((candidate) => candidate.id === id);
  if (agent === undefined) throw new Error(`expected agent ${id} among ${reading.agents.map((a) => a.id).join(", ")}`);
  return agent;
}
