import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RunOpenclaw } from "./openclaw.ts";

export interface Scenario {
  readonly name: string;
  readonly agents: readonly string[];
  /** Makes the stores, with OpenClaw's own commands wherever it has one. */
  readonly prepare: (home: string, openclaw: RunOpenclaw, now: Date) => void;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MODEL = { primary: "anthropic/claude-opus-4-5", fallbacks: ["openrouter/auto"] };
const DEFAULTS = { model: MODEL };

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "pasted into a fresh installation",
    agents: ["main"],
    prepare(home, openclaw) {
      writeConfig(home, { agents: { defaults: DEFAULTS } });
      pasteToken(openclaw, "anthropic:manual", ["--expires-in", "365d"]);
      pasteToken(openclaw, "anthropic:short", ["--expires-in", "12h"]);
      pasteToken(openclaw, "anthropic:forever", []);
      pasteKey(openclaw, "openrouter", []);
    },
  },
  {
    name: "order set for one provider",
    agents: ["main"],
    prepare(home, openclaw) {
      writeConfig(home, { agents: { defaults: DEFAULTS } });
      pasteToken(openclaw, "anthropic:first", ["--expires-in", "90d"]);
      pasteToken(openclaw, "anthropic:second", ["--expires-in", "60d"]);
      pasteToken(openclaw, "anthropic:third", ["--expires-in", "30d"]);
      openclaw(["models", "auth", "order", "set", "--provider", "anthropic", "anthropic:third", "anthropic:first"]);
    },
  },
  {
    name: "three agents, one with its own profiles",
    agents: ["main", "ops", "idle"],
    prepare(home, openclaw) {
      writeConfig(home, { agents: { defaults: DEFAULTS } });
      pasteToken(openclaw, "anthropic:manual", ["--expires-in", "200d"]);
      pasteKey(openclaw, "openrouter", []);
      for (const agent of ["ops", "idle"]) {
        openclaw(["agents", "add", agent, "--workspace", join(home, agent), "--non-interactive", "--json"]);
      }
      pasteToken(openclaw, "anthropic:ops", ["--agent", "ops", "--expires-in", "10h"]);
      pasteToken(openclaw, "anthropic:manual", ["--agent", "ops", "--expires-in", "20h"]);
      pasteKey(openclaw, "google", ["--agent", "ops"]);
    },
  },
  {
    name: "JSON stores that doctor migrated",
    agents: ["main", "ops"],
    prepare(home, openclaw, now) {
      const list = [{ id: "main", default: true }, { id: "ops" }];
      writeConfig(home, { agents: { defaults: DEFAULTS, list } });
      writeAgentFile(home, "main", "auth-profiles.json", { version: 1, profiles: oddProfiles(now.getTime()) });
      writeAgentFile(home, "main", "auth-state.json", { version: 1, ...oddState(now.getTime()) });
      const own = { "anthropic:ops": token("anthropic", now.getTime() + 10 * HOUR) };
      writeAgentFile(home, "ops", "auth-profiles.json", { version: 1, profiles: own });
      openclaw(["doctor", "--fix", "--non-interactive"]);
    },
  },
];

function oddProfiles(now: number): Record<string, unknown> {
  return {
    "anthropic:default": {
      type: "oauth",
      provider: "anthropic",
      access: "CANARY-a",
      refresh: "CANARY-r",
      expires: now + 90 * DAY,
    },
    "anthropic:good": token("anthropic", now + 300 * DAY),
    "anthropic:expired": token("anthropic", now - HOUR),
    "anthropic:no-refresh": { type: "oauth", provider: "anthropic", access: "CANARY-b", expires: now + 6 * HOUR },
    "anthropic:refreshing": { ...fence(""), provider: "anthropic" },
    "anthropic:refused": { ...fence("failed:"), provider: "anthropic" },
    "google:default": { type: "api_key", provider: "google", key: "CANARY-google" },
    "groq:empty": { type: "api_key", provider: "groq", key: "" },
    "mistral:text": token("mistral", "tomorrow"),
    "openrouter:default": { type: "api_key", provider: "openrouter", key: "CANARY-openrouter" },
    "xai:seconds": token("xai", Math.floor((now + 30 * DAY) / 1_000)),
    "zai:ref": { type: "api_key", provider: "zai", keyRef: { source: "env", provider: "default", id: "ZAI_KEY" } },
  };
}

function oddState(now: number): Record<string, unknown> {
  return {
    order: { anthropic: ["anthropic:good", "anthropic:refused", "anthropic:default", "anthropic:no-refresh"] },
    usageStats: {
      "anthropic:default": { lastUsed: now - HOUR },
      "anthropic:good": {
        cooldownUntil: now + 3 * HOUR,
        cooldownReason: "rate_limit",
        failureCounts: { rate_limit: 2 },
      },
      "anthropic:gone": { disabledUntil: now + HOUR, disabledReason: "billing" },
      "google:default": { disabledUntil: now + 5 * HOUR, disabledReason: "billing", errorCount: 1 },
      "openrouter:default": { cooldownUntil: now + HOUR, cooldownReason: "rate_limit" },
      "xai:seconds": { blockedUntil: now + 2 * HOUR, blockedReason: "subscription_limit", blockedSource: "wham" },
    },
  };
}

/** What OpenClaw 2026.9 leaves in the place of a login while it refreshes it, and after that failed. */
function fence(outcome: "" | "failed:"): Record<string, unknown> {
  const marker = (part: string): string =>
    `openclaw-oauth-refresh-fence:v1:${"ab".repeat(16)}:${outcome}${part}:${"cd".repeat(32)}`;
  return { type: "oauth", access: marker("access"), refresh: marker("refresh"), expires: 1 };
}

function token(provider: string, expires: number | string): Record<string, unknown> {
  return { type: "token", provider, token: SETUP_TOKEN, expires };
}

/** As long as Anthropic's set-up tokens have to be. */
const SETUP_TOKEN = `sk-ant-oat01-CANARY${"a".repeat(80)}`;

function pasteToken(openclaw: RunOpenclaw, profileId: string, options: readonly string[]): void {
  const [provider = ""] = profileId.split(":");
  const args = ["models", "auth", "paste-token", "--provider", provider, "--profile-id", profileId, ...options];
  openclaw(args, `${SETUP_TOKEN}\n`);
}

function pasteKey(openclaw: RunOpenclaw, provider: string, options: readonly string[]): void {
  openclaw(
    ["models", "auth", "paste-api-key", "--provider", provider, ...options],
    `CANARY-${provider}-key-0123456789\n`,
  );
}

function writeConfig(home: string, config: unknown): void {
  writeJson(join(home, ".openclaw/openclaw.json"), config);
}

function writeAgentFile(home: string, agent: string, name: string, content: unknown): void {
  writeJson(join(home, ".openclaw/agents", agent, "agent", name), content);
}

function writeJson(path: string, content: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(content, null, 2), { mode: 0o600 });
}
