import { parseProfileStore } from "./auth-profiles-json.ts";
import type { StoreFormat } from "./format.ts";

/**
 * `<agentDir>/auth-profiles.json` beside `<agentDir>/auth-state.json`, OpenClaw 2026.4 to 2026.6.4.
 *
 * - Credentials as in auth-profiles.json with its state inside.
 * - `auth-state.json` is `{version: 1, order?, lastGood?, usageStats?}`; upstream removes it when all are empty.
 * - State left in the first file still counts. Both are merged key by key, and `auth-state.json` wins.
 * - An empty order list is dropped: only the config can declare that nothing may be used.
 * - A broken `auth-state.json` hides windows and failures, so it fails the look although the credentials are read.
 */
export const authProfilesSplit: StoreFormat = {
  title: "auth-profiles.json with auth-state.json",
  parse: (documents, context) => parseProfileStore(documents, "json", context),
};
