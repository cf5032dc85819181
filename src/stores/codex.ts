import type { LoginFormat, ParseContext } from "./format.ts";
import { parseJwt } from "./jwt.ts";
import { NO_LOGIN, notALogin, readingOf } from "./login-entry.ts";
import { isRecord, nonBlank } from "../record.ts";

/**
 * Codex's login, `~/.codex/auth.json` or the same in `CODEX_HOME`.
 *
 * - `{auth_mode, OPENAI_API_KEY, tokens {id_token, access_token, refresh_token, account_id}, last_refresh}`.
 * - `auth_mode` decides (`chatgpt` or `apikey`); without it an `OPENAI_API_KEY` that is a string means the key is used.
 * - The expiry is `exp` of the access token, a JWT. Without one it is taken as an hour after `last_refresh`, or after
 *   the file was written, as upstream does.
 * - Codex refreshes when it runs and `last_refresh` is 8 days old, so an expired access token is normal when idle.
 * - The e-mail address is that of the identity token.
 * - A mode whose secret is missing is a login without a credential; `{}` is a login that is gone.
 */
export const codex: LoginFormat = {
  title: "Codex's auth.json",
  homePath: ".codex/auth.json",
  directoryVariable: "CODEX_HOME",
  provider: "openai",
  parse: ({ store }, context) => {
    if (!isRecord(store)) return notALogin("Codex", context);
    switch (modeOf(store)) {
      case "key": {
        const entry = { provider: "openai", type: "api_key", key: store["OPENAI_API_KEY"] };
        return readingOf(PROFILE, entry, context);
      }
      case "tokens":
        return readingOf(PROFILE, { provider: "openai", type: "oauth", ...tokensOf(store, context) }, context);
      case "unknown":
        return NO_LOGIN;
    }
  },
};

const PROFILE = "codex:default";
const FALLBACK_LIFETIME_MS = 3_600_000;

type Login = Readonly<Record<string, unknown>>;

function modeOf(login: Login): "key" | "tokens" | "unknown" {
  const mode = nonBlank(login["auth_mode"])?.toLowerCase();
  if (mode === "apikey" || mode === "api_key") return "key";
  if (mode === "chatgpt" || mode === "chatgptauthtokens") return "tokens";
  if (mode !== undefined) return "unknown";
  return typeof login["OPENAI_API_KEY"] === "string" ? "key" : "tokens";
}

function tokensOf(login: Login, context: ParseContext): Record<string, unknown> {
  const tokens = isRecord(login["tokens"]) ? login["tokens"] : {};
  const access = tokens["access_token"];
  const expires = parseJwt(access).expiresMs ?? guessExpiry(login, access, context);
  return {
    access,
    refresh: tokens["refresh_token"],
    email: parseJwt(tokens["id_token"]).email,
    ...(expires === null ? {} : { expires }),
  };
}

function guessExpiry(login: Login, access: unknown, { modifiedAt }: ParseContext): number | null {
  if (nonBlank(access) === null) return null;
  const refreshedMs = Date.parse(nonBlank(login["last_refresh"]) ?? "");
  const startMs = Number.isNaN(refreshedMs) ? modifiedAt?.getTime() : refreshedMs;
  return startMs === undefined ? null : startMs + FALLBACK_LIFETIME_MS;
}
