import { oauthCreds } from "./oauth-creds.ts";

/**
 * MiniMax CLI's login, `~/.minimax/oauth_creds.json`.
 *
 * - `{access_token, refresh_token, expiry_date}`; `expiry_date` in Unix milliseconds.
 * - Access tokens last hours, so an expired one with a refresh token is normal when idle.
 * - `{}` or blank tokens are a login that is gone.
 * - OpenClaw since 2026.3.13 copies it into its own store as `minimax-portal:minimax-cli`, marked `external-cli`.
 * - The provider is `minimax`; OpenClaw's copy says `minimax-portal`.
 */
export const minimax = oauthCreds({
  title: "MiniMax CLI's oauth_creds.json",
  cli: "the MiniMax CLI",
  homePath: ".minimax/oauth_creds.json",
  profileId: "minimax:default",
  provider: "minimax",
});
