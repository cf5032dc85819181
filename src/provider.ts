/** Which rules a store or config follows: OpenClaw moved to SQLite and merged some provider ids in 2026.6. */
export type Era = "json" | "sqlite";

/** Spellings that every version since 2026.1 maps, or that its plugins declare as aliases. */
const ALIASES = new Map([
  ["z.ai", "zai"],
  ["z-ai", "zai"],
  ["opencode-zen", "opencode"],
  ["kimi-code", "kimi-coding"],
  ["bedrock", "amazon-bedrock"],
  ["aws-bedrock", "amazon-bedrock"],
  ["bytedance", "volcengine"],
  ["doubao", "volcengine"],
  ["x-ai", "xai"],
]);

/** Only with SQLite stores: before 2026.6 the two were providers of their own. */
const SQLITE_ALIASES = new Map([
  ["openai-codex", "openai"],
  ["minimax-cn", "minimax"],
]);

/** The id under which stores, models and environment keys of one provider meet. */
export function normaliseProvider(id: string, era: Era): string {
  const plain = id.trim().toLowerCase();
  return (era === "sqlite" ? SQLITE_ALIASES.get(plain) : undefined) ?? ALIASES.get(plain) ?? plain;
}
