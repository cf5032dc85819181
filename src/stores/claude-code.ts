import type { LoginFormat } from "./format.ts";
import { NO_LOGIN, notALogin, readingOf } from "./login-entry.ts";
import { isRecord, nonBlank } from "../record.ts";

/**
 * Claude Code's login, `~/.claude/.credentials.json` or the same in `CLAUDE_CONFIG_DIR`.
 *
 * - `claudeAiOauth {accessToken, refreshToken, expiresAt, scopes, subscriptionType, rateLimitTier}`; `expiresAt` in Unix
 *   milliseconds, about 8 hours ahead.
 * - With a refresh token it is `oauth`; without one (`claude setup-token`) it is `token`.
 * - A failed refresh blanks both tokens, sets `expiresAt` to 0 and may leave `refreshTokenExpiresAt` in the future: the
 *   login is gone, whatever that date says, so it is ignored.
 * - A failed refresh may also wipe the file down to `{}`, or empty it: a login that is gone.
 * - Other keys without `claudeAiOauth` (`mcpOAuth` alone) are no login and nothing to report.
 */
export const claudeCode: LoginFormat = {
  title: "Claude Code's .credentials.json",
  homePath: ".claude/.credentials.json",
  directoryVariable: "CLAUDE_CONFIG_DIR",
  provider: "anthropic",
  parse: ({ store }, context) => {
    if (!isRecord(store)) return notALogin("Claude Code", context);
    if (!("claudeAiOauth" in store) && Object.keys(store).length > 0) return NO_LOGIN;
    const login = isRecord(store["claudeAiOauth"]) ? store["claudeAiOauth"] : {};
    const access = login["accessToken"];
    const refresh = login["refreshToken"];
    const isStatic = nonBlank(refresh) === null && nonBlank(access) !== null;
    const tokens = isStatic ? { type: "token", token: access } : { type: "oauth", access, refresh };
    return readingOf("claude-code:default", { provider: "anthropic", ...tokens, ...expiresOf(login) }, context);
  },
};

function expiresOf(login: Readonly<Record<string, unknown>>): { expires?: unknown } {
  return "expiresAt" in login ? { expires: login["expiresAt"] } : {};
}
