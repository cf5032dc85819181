import { agentSqlite } from "./agent-sqlite.ts";
import { authProfilesFlat } from "./auth-profiles-flat.ts";
import { authProfilesJson } from "./auth-profiles-json.ts";
import { authProfilesSplit } from "./auth-profiles-split.ts";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import type { LoginFormat, StoreFormat } from "./format.ts";
import { gemini } from "./gemini.ts";
import { legacyAuthJson } from "./legacy-auth-json.ts";
import { legacyOauthJson } from "./legacy-oauth-json.ts";
import { minimax } from "./minimax.ts";
import { qwen } from "./qwen.ts";
import { sharedSqlite } from "./shared-sqlite.ts";

/** The generations of OpenClaw's own stores, newest first. */
export const STORE_FORMATS = {
  "shared-sqlite": sharedSqlite,
  "agent-sqlite": agentSqlite,
  "auth-profiles-split": authProfilesSplit,
  "auth-profiles-json": authProfilesJson,
  "auth-profiles-flat": authProfilesFlat,
  "legacy-auth-json": legacyAuthJson,
  "legacy-oauth-json": legacyOauthJson,
} satisfies Record<string, StoreFormat>;

/** Credential files of other CLIs; the key is also the id of the installation. */
export const LOGIN_FORMATS = {
  "claude-code": claudeCode,
  codex,
  gemini,
  qwen,
  minimax,
} satisfies Record<string, LoginFormat>;

export type StoreFormatId = keyof typeof STORE_FORMATS;
export type LoginFormatId = keyof typeof LOGIN_FORMATS;

export function isLoginFormat(id: string): id is LoginFormatId {
  return Object.hasOwn(LOGIN_FORMATS, id);
}
