import type { ProfileReport } from "../snapshot.ts";

/** Where a provider shows its API keys, and where an account is topped up; addresses as in the providers' own documentation. */
const PAGES: Readonly<Record<string, { readonly keys: string; readonly billing?: string }>> = {
  anthropic: {
    keys: "https://console.anthropic.com/settings/keys",
    billing: "https://console.anthropic.com/settings/billing",
  },
  deepseek: { keys: "https://platform.deepseek.com/api_keys", billing: "https://platform.deepseek.com/top_up" },
  google: { keys: "https://aistudio.google.com/apikey" },
  groq: { keys: "https://console.groq.com/keys", billing: "https://console.groq.com/settings/billing" },
  mistral: { keys: "https://console.mistral.ai/api-keys" },
  openai: {
    keys: "https://platform.openai.com/api-keys",
    billing: "https://platform.openai.com/settings/organization/billing/overview",
  },
  openrouter: { keys: "https://openrouter.ai/settings/keys", billing: "https://openrouter.ai/settings/credits" },
};

/**
 * The page that helps with a profile, or null. A token or a login never comes from the page of API keys: the command that
 * mends it opens its own.
 */
export function findPage({ provider, type, unusable, verdictReason }: ProfileReport): string | null {
  const pages = PAGES[provider];
  if (pages === undefined) return null;
  const isWindow = ["disabled", "blocked", "cooldown", "implausible_window"].includes(verdictReason);
  if (isWindow && unusable?.reason !== "auth_permanent") {
    return unusable?.reason === "billing" ? (pages.billing ?? null) : null;
  }
  return type === "api_key" ? pages.keys : null;
}
