import { oauthCreds } from "./oauth-creds.ts";

/**
 * Gemini CLI's login, `~/.gemini/oauth_creds.json`.
 *
 * - `{access_token, refresh_token, id_token, scope, token_type, expiry_date}`; `expiry_date` in Unix milliseconds.
 * - Access tokens last an hour, so an expired one with a refresh token is normal when idle.
 * - The e-mail address is that of the identity token.
 * - `{}` or blank tokens are a login that is gone.
 * - The provider is `google`, whose models it serves; OpenClaw's own profile of it says `google-gemini-cli`.
 */
export const gemini = oauthCreds({
  title: "Gemini CLI's oauth_creds.json",
  cli: "Gemini CLI",
  homePath: ".gemini/oauth_creds.json",
  profileId: "gemini:default",
  provider: "google",
});
