import { inventJwt, inventSecret } from "./secrets.ts";

const HOUR = 3_600_000;

/** Files that other CLIs keep in a home, by path below it. */
export function describeLogins(now: Date): readonly { readonly path: string; readonly content: unknown }[] {
  const inHours = (hours: number) => now.getTime() + hours * HOUR;
  return [
    {
      path: ".claude/.credentials.json",
      content: {
        claudeAiOauth: {
          accessToken: inventSecret("sk-ant-oat01-", "claude-access"),
          refreshToken: inventSecret("sk-ant-ort01-", "claude-refresh"),
          expiresAt: inHours(6),
          scopes: ["user:inference"],
          subscriptionType: "max",
        },
      },
    },
    {
      path: ".codex/auth.json",
      content: {
        auth_mode: "chatgpt",
        OPENAI_API_KEY: null,
        tokens: {
          id_token: inventJwt({ email: "demo@example.com" }),
          access_token: inventJwt({ exp: Math.floor(inHours(-30) / 1_000) }),
          refresh_token: inventSecret("rt-", "codex-refresh"),
          account_id: "demo",
        },
        last_refresh: new Date(inHours(-54)).toISOString(),
      },
    },
    {
      path: ".gemini/oauth_creds.json",
      content: {
        access_token: inventSecret("ya29.", "gemini-access"),
        refresh_token: inventSecret("1//", "gemini-refresh"),
        expiry_date: inHours(0.6),
      },
    },
  ];
}
