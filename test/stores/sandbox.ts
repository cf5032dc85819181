import { createHash } from "node:crypto";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { onTestFinished } from "vitest";
import type { StoreReader } from "../../src/stores/reader.ts";
import { createStoreReader } from "../../src/stores/read.ts";
import type { Store } from "../../src/stores/store.ts";

export const NOW = new Date("2026-09-21T14:13:20Z");

/** Stands in for the keyed digest; it shows whether a secret was seen and is not one itself. */
export function fakeDigest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex").slice(0, 16);
}

/** A directory that any user may look into, removed when the test ends. */
export function makeSandbox(): string {
  const directory = mkdtempSync(join(tmpdir(), "agent-auth-test-"));
  chmodSync(directory, 0o755);
  onTestFinished(() => {
    for (const { name, parentPath } of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      const path = join(parentPath, name);
      if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) chmodSync(path, 0o755);
    }
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

export function makeReader(): StoreReader {
  return createStoreReader({ digest: fakeDigest });
}

export interface Asking {
  readonly agentDir: string;
  readonly hasStateDatabase?: boolean;
  readonly legacyOAuthPath?: string | null;
  readonly reader?: StoreReader;
  readonly now?: Date;
}

/** One look at an agent's store, as `main`. */
export function readAgent(asking: Asking): Store | null {
  const { agentDir, hasStateDatabase = false, legacyOAuthPath = null, reader = makeReader(), now = NOW } = asking;
  return reader.readAgentStore({ owner: "main", agentDir, hasStateDatabase, legacyOAuthPath }, now);
}

/** The reasons of a store's problems, for comparison. */
export function reasonsOf(store: Store | null): readonly string[] {
  return store === null ? [] : store.problems.map(({ reason }) => reason);
}

export function idsOf(store: Store | null): readonly string[] {
  return store === null ? [] : store.credentials.map(({ profileId }) => profileId);
}

export function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(value), { mode: 0o600 });
}

/** A store object with one token profile per id. */
export function storeOf(...ids: readonly string[]): Record<string, unknown> {
  const profiles = Object.fromEntries(ids.map((id) => [id, tokenEntry(id)]));
  return { version: 1, profiles };
}

export function tokenEntry(id: string): Record<string, unknown> {
  return { type: "token", provider: id.split(":")[0], token: `CANARY-token-of-${id}`, expires: NOW.getTime() + 1_000 };
}

export interface DatabaseContent {
  readonly store?: unknown;
  readonly state?: unknown;
  readonly userVersion?: number;
  readonly updatedAt?: number;
}

/** An agent database as OpenClaw 2026.6.5 and later leave it after closing it. */
export function writeAgentDatabase(
  path: string,
  { store, state, userVersion = 23, updatedAt = 1 }: DatabaseContent,
): void {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  database.exec(AGENT_SCHEMA);
  database.exec(`PRAGMA user_version = ${userVersion}`);
  const insert = (table: string, value: unknown): void => {
    if (value === undefined) return;
    const text = typeof value === "string" ? value : JSON.stringify(value);
    database.prepare(`INSERT INTO ${table} VALUES ('primary', ?, ?)`).run(text, updatedAt);
  };
  insert("auth_profile_store", store);
  insert("auth_profile_state", state);
  database.close();
}

export const AGENT_SCHEMA = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE auth_profile_store (store_key TEXT PRIMARY KEY, store_json TEXT, updated_at INTEGER);
  CREATE TABLE auth_profile_state (state_key TEXT PRIMARY KEY, state_json TEXT, updated_at INTEGER);
`;

/** Everything that a reader could change about a directory: names, contents, times, modes, owners. Not access times. */
export function describeTree(directory: string): Record<string, string> {
  const seen: Record<string, string> = { ".": describe(directory) };
  for (const entry of readdirSync(directory, { recursive: true, encoding: "utf8" }).toSorted()) {
    seen[entry] = describe(join(directory, entry));
  }
  return seen;
}

function describe(path: string): string {
  const { mode, uid, gid, size, mtimeNs, ctimeNs, ino } = lstatSync(path, { bigint: true });
  const isReadableFile = (Number(mode) & 0o170400) === 0o100400;
  const content = isReadableFile ? fakeDigest(readFileSync(path, "latin1")) : "";
  return [mode.toString(8), uid, gid, ino, size, mtimeNs, ctimeNs, content].join(" ");
}
