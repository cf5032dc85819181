import { parseProfileStore } from "./auth-profiles-json.ts";
import type { StoreFormat } from "./format.ts";
import { isRecord } from "../record.ts";
import type { StateDatabase } from "./reader.ts";
import type { CellPlace } from "./sqlite-cells.ts";

/**
 * `<state>/state/openclaw.sqlite`, which holds the store shared by all agents since OpenClaw 2026.8.1.
 *
 * - Table `config_machine_state (state_key, value_json, updated_at_ms)`; 2026.6 and 2026.7 do not have it.
 * - `auth.sharedStore` is `{"location": "state-db"}` or `{"location": "legacy-main"}` and nothing else; absent means
 *   legacy-main, the database of the agent `main`. Anything else stops OpenClaw (INVALID_SHARED_AUTH_STORE_OWNERSHIP).
 * - `authProfiles.store` and `authProfiles.state` hold the objects of auth-profiles.json and auth-state.json, and count
 *   only with location state-db. No store row there is an empty store.
 * - `PRAGMA user_version` is 1 in 2026.6 and 2026.7, 15 in 2026.8.1, 18 in 2026.9.6; a higher one is `newer_schema`.
 * - Table `agent_databases (agent_id, path, …)` registers the agents' own databases; `path` is absolute up to 2026.7,
 *   relative to the state directory later.
 * - `auth_profile_stores` and `auth_profile_state` in this database were never used.
 */
export const sharedSqlite: StoreFormat = {
  title: "state/openclaw.sqlite",
  parse: (documents, context) => parseProfileStore(documents, "sqlite", context),
};

export const NEWEST_STATE_SCHEMA = 18;

export const STATE_CELLS = {
  location: machineState("auth.sharedStore"),
  store: machineState("authProfiles.store"),
  state: machineState("authProfiles.state"),
} satisfies Record<string, CellPlace>;

export const AGENT_REGISTRY = "agent_databases";

/** More agents than any installation has, and longer names than any file system takes: beyond that it is no registry. */
export const SELECT_AGENTS =
  `SELECT agent_id, path FROM ${AGENT_REGISTRY} ` +
  `WHERE octet_length(agent_id) <= 256 AND octet_length(path) <= 4096 LIMIT 10000`;

/** Where the value of `auth.sharedStore` says that the base of all agents lives. */
export function parseLocation(value: unknown): StateDatabase["sharedStoreLocation"] {
  if (!isRecord(value) || Object.keys(value).length !== 1) return "invalid";
  const { location } = value as { location?: unknown };
  return location === "state-db" || location === "legacy-main" ? location : "invalid";
}

function machineState(key: string): CellPlace {
  return {
    table: "config_machine_state",
    keyColumn: "state_key",
    key,
    jsonColumn: "value_json",
    timeColumn: "updated_at_ms",
  };
}
