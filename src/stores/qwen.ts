import { oauthCreds } from "./oauth-creds.ts";

/**
 * Qwen Code's login, `~/.qwen/oauth_creds.json`.
 *
 * - `{access_token, refresh_token, token_type, resource_url, expiry_date}`; `expiry_date` in Unix milliseconds.
 * - Access tokens last hours, so an expired one with a refresh token is normal when idle.
 * - `{}` or blank tokens are a login that is gone.
 * - OpenClaw before 2026.3.13 copied it into its own store as `qwen-portal:qwen-cli`.
 * - The provider is `qwen`; OpenClaw's copy says `qwen-portal`.
 */
export const qwen = oauthCreds({
  title: "Qwen Code's oauth_creds.json",
  cli: "Qwen Code",
  homePath: ".qwen/oauth_creds.json",
  profileId: "qwen:default",
  provider: "qwen",
});
