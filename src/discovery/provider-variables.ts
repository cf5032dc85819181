import { type Era, normaliseProvider } from "../provider.ts";

interface ProviderVariables {
  readonly provider: string;
  readonly variables: readonly string[];
  /** Only up to the last version with JSON stores. */
  readonly formerly?: readonly string[];
  /** Says nothing by itself: the variable serves other programs too, or the provider answers no one. */
  readonly isOnlyWhenNamed?: true;
}

/**
 * Variables that OpenClaw takes a provider's key from: the list of January 2026 and what the plugins of 2026.9 declare.
 * Of two providers that share a variable, the one more likely meant stands first.
 */
const PROVIDER_VARIABLES: readonly ProviderVariables[] = [
  { provider: "anthropic", variables: ["ANTHROPIC_OAUTH_TOKEN", "ANTHROPIC_API_KEY"] },
  { provider: "openai", variables: ["OPENAI_API_KEY"] },
  { provider: "google", variables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"] },
  { provider: "groq", variables: ["GROQ_API_KEY"] },
  { provider: "cerebras", variables: ["CEREBRAS_API_KEY"] },
  { provider: "xai", variables: ["XAI_API_KEY"] },
  { provider: "openrouter", variables: ["OPENROUTER_API_KEY"] },
  { provider: "zai", variables: ["ZAI_API_KEY", "Z_AI_API_KEY"] },
  { provider: "mistral", variables: ["MISTRAL_API_KEY"] },
  { provider: "synthetic", variables: ["SYNTHETIC_API_KEY"] },
  { provider: "moonshot", variables: ["MOONSHOT_API_KEY"] },
  { provider: "minimax", variables: ["MINIMAX_API_KEY"] },
  { provider: "minimax-portal", variables: ["MINIMAX_OAUTH_TOKEN", "MINIMAX_API_KEY"] },
  { provider: "venice", variables: ["VENICE_API_KEY"] },
  { provider: "chutes", variables: ["CHUTES_OAUTH_TOKEN", "CHUTES_API_KEY"] },
  { provider: "qwen-portal", variables: ["QWEN_OAUTH_TOKEN", "QWEN_PORTAL_API_KEY"] },
  { provider: "alibaba", variables: ["MODELSTUDIO_API_KEY", "DASHSCOPE_API_KEY", "QWEN_API_KEY"] },
  { provider: "opencode", variables: ["OPENCODE_API_KEY", "OPENCODE_ZEN_API_KEY"] },
  { provider: "opencode-go", variables: ["OPENCODE_API_KEY"], isOnlyWhenNamed: true },
  { provider: "vercel-ai-gateway", variables: ["AI_GATEWAY_API_KEY"] },
  { provider: "kimi-coding", variables: ["KIMICODE_API_KEY", "KIMI_API_KEY"] },
  { provider: "kimi", variables: ["KIMI_API_KEY", "KIMICODE_API_KEY"] },
  { provider: "amazon-bedrock", variables: ["AWS_BEARER_TOKEN_BEDROCK"] },
  { provider: "claude-cli", variables: ["CLAUDE_CODE_OAUTH_TOKEN"], isOnlyWhenNamed: true },
  {
    provider: "github-copilot",
    variables: ["COPILOT_GITHUB_TOKEN"],
    formerly: ["GH_TOKEN", "GITHUB_TOKEN"],
    isOnlyWhenNamed: true,
  },
  { provider: "huggingface", variables: ["HUGGINGFACE_HUB_TOKEN", "HF_TOKEN"], isOnlyWhenNamed: true },
  { provider: "fal", variables: ["FAL_KEY", "FAL_API_KEY"], isOnlyWhenNamed: true },
];

/**
 * Finds the variables that hold a key, by provider. `named` are the providers in use or configured: any of them is
 * served by `<PROVIDER>_API_KEY`, its numbered and listed forms and OpenClaw's override of them. A provider that nobody
 * names counts only with a variable of its own.
 */
export function findKeyVariables(
  names: readonly string[],
  named: ReadonlySet<string>,
  era: Era,
): ReadonlyMap<string, readonly string[]> {
  const available = new Set(names);
  const claimed = new Set<string>();
  const found = new Map<string, readonly string[]>();
  const claim = (provider: string, wanted: readonly string[]): void => {
    if (wanted.length === 0) return;
    found.set(provider, wanted);
    for (const name of wanted) claimed.add(name);
  };
  for (const provider of named) claim(provider, variablesOf(provider, names, available, era));
  for (const { provider: id, isOnlyWhenNamed } of PROVIDER_VARIABLES) {
    const provider = normaliseProvider(id, era);
    if (isOnlyWhenNamed || named.has(provider)) continue;
    claim(
      provider,
      variablesOf(provider, names, available, era).filter((name) => !claimed.has(name)),
    );
  }
  return found;
}

function variablesOf(
  provider: string,
  names: readonly string[],
  available: ReadonlySet<string>,
  era: Era,
): readonly string[] {
  const entry = PROVIDER_VARIABLES.find(({ provider: id }) => normaliseProvider(id, era) === provider);
  const listed = [...(entry?.variables ?? []), ...(era === "json" ? (entry?.formerly ?? []) : [])];
  const stems = new Set([provider.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_"), ...listed.flatMap(stemOf)]);
  const derived = [...stems].flatMap((stem) => [
    `OPENCLAW_LIVE_${stem}_KEY`,
    `${stem}_API_KEYS`,
    `${stem}_API_KEY`,
    ...names.filter((name) => name.startsWith(`${stem}_API_KEY_`)),
  ]);
  return [...new Set([...listed, ...derived])].filter((name) => available.has(name));
}

function stemOf(name: string): readonly string[] {
  return name.endsWith("_API_KEY") ? [name.slice(0, -"_API_KEY".length)] : [];
}
