import { parseProfileStore } from "./auth-profiles-json.ts";
import type { StoreFormat } from "./format.ts";
import type { CellPlace } from "./sqlite-cells.ts";

/**
 * `<agentDir>/openclaw-agent.sqlite`, an agent's own store since OpenClaw 2026.6.5.
 *
 * - Table `auth_profile_store (store_key, store_json, updated_at)`, one row `primary`: the object of auth-profiles.json.
 * - Table `auth_profile_state (state_key, state_json, updated_at)`, one row `primary`: the object of auth-state.json.
 * - `updated_at` is in Unix milliseconds; a write replaces the whole object.
 * - The table and its row decide, not `PRAGMA user_version`: 1 in 2026.6 and 2026.7, 23 in 2026.9.6. A higher one is
 *   reported as `newer_schema` and read all the same.
 * - Without a row the agent has nothing of its own and inherits. 2026.6.1 made the tables but still used JSON.
 */
export const agentSqlite: StoreFormat = {
  title: "openclaw-agent.sqlite",
  parse: (documents, context) => parseProfileStore(documents, "sqlite", context),
};

export const AGENT_DATABASE = "openclaw-agent.sqlite";
export const NEWEST_AGENT_SCHEMA = 23;

export const AGENT_CELLS = {
  store: {
    table: "auth_profile_store",
    keyColumn: "store_key",
    key: "primary",
    jsonColumn: "store_json",
    timeColumn: "updated_at",
  },
  state: {
    table: "auth_profile_state",
    keyColumn: "state_key",
    key: "primary",
    jsonColumn: "state_json",
    timeColumn: "updated_at",
  },
} satisfies Record<string, CellPlace>;
