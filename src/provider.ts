/** Which rules a store or config follows: OpenClaw moved to SQLite and merged some provider ids in 2026.6. */
export type Era = "json" | "sqlite";

/** Spellings that every version since 2026.1 maps, or that its plugins declare as aliases. */
const ALIASES = new Map([
  ["z.ai", "zai"],
  ["z-ai", "zai"],
  ["opencode-zen", "opencode"],
  ["opencode-go-auth", "opencode-go"],
  ["kimi-code", "kimi-coding"],
  ["bedrock", "amazon-bedrock"],
  ["aws-bedrock", "amazon-bedrock"],
  ["bytedance", "volcengine"],
  ["doubao", "volcengine"],
  ["volcengine-plan", "volcengine"],
  ["byteplus-plan", "byteplus"],
  ["x-ai", "xai"],
]);

/** Later `qwen` became a provider of its own. */
const JSON_ALIASES = new Map([["qwen", "qwen-portal"]]);

/** Only with SQLite stores: before 2026.6 the two were providers of their own. */
const SQLITE_ALIASES = new Map([
  ["openai-codex", "openai"],
  ["minimax-cn", "minimax"],
]);

/** The id under which stores, models and environment keys of one provider meet. */
export function normaliseProvider(id: string, era: Era): string {
  const plain = id.trim().toLowerCase();
  return (era === "sqlite" ? SQLITE_ALIASES : JSON_ALIASES).get(plain) ?? ALIASES.get(plain) ?? plain;
}
