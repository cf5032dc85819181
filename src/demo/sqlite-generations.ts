import { type DemoInstallation, key, type Moments, oauth, token } from "./installation.ts";
import { inventFence } from "./secrets.ts";

/** OpenClaw 2026.8.1 and newer: one database shared by all agents, their own where they differ. */
export function describeShared(at: Moments): DemoInstallation {
  const usageStats = {
    "openai:default": { lastUsed: at.in(-3) },
    "google:default": {
      cooldownUntil: at.in(0.1),
      cooldownReason: "rate_limit",
      errorCount: 2,
      failureCounts: { rate_limit: 2 },
      lastFailureAt: at.in(-0.02),
    },
    "groq:default": {
      disabledUntil: at.in(5),
      disabledReason: "billing",
      errorCount: 1,
      failureCounts: { billing: 1 },
      lastFailureAt: at.in(-0.5),
    },
    "mistral:default": {
      blockedUntil: at.in(30),
      blockedReason: "subscription_limit",
      blockedSource: "wham",
      errorCount: 1,
    },
    "xai:default": {
      disabledUntil: at.in(24 * 40),
      disabledReason: "billing",
      errorCount: 9,
      failureCounts: { billing: 9 },
    },
  };
  return {
    directory: ".openclaw",
    configName: "openclaw.json",
    config: {
      agents: {
        defaults: {
          model: { primary: "anthropic/claude-opus-4-5", fallbacks: ["openai/gpt-5.2", "google/gemini-3-pro"] },
        },
        entries: {
          main: {},
          ops: {},
          research: {
            model: { primary: "groq/kimi-k2", fallbacks: ["mistral/large", "xai/grok-4", "anthropic/claude-opus-4-5"] },
          },
          writer: { model: { primary: "openai/gpt-5.2", fallbacks: ["deepseek/chat"] } },
        },
      },
    },
    stores: [
      {
        kind: "state-sqlite",
        schemaVersion: 18,
        updatedAt: new Date(at.in(-1)),
        profiles: {
          "anthropic:manual": token("anthropic", "manual", at.in(24 * 300)),
          "anthropic:backup": key("anthropic", "backup"),
          "openai:default": oauth("openai", "openai", at.in(-2), "robin@example.com"),
          "google:default": key("google", "google"),
          "groq:default": key("groq", "groq"),
          "mistral:default": key("mistral", "mistral"),
          "xai:default": key("xai", "xai"),
        },
        state: { usageStats },
      },
      {
        kind: "agent-sqlite",
        agent: "ops",
        schemaVersion: 23,
        updatedAt: new Date(at.in(-50)),
        profiles: {
          "anthropic:ops": token("anthropic", "ops", at.in(-49)),
          "openai:ops": oauth("openai", "ops", at.in(9)),
        },
        state: { order: { anthropic: ["anthropic:ops"], openai: ["openai:ops"] } },
      },
      {
        kind: "agent-sqlite",
        agent: "writer",
        schemaVersion: 23,
        updatedAt: new Date(at.in(-0.2)),
        profiles: { "openai:writer": { ...oauth("openai", "writer", 1), ...inventFence("failed") } },
        state: { order: { openai: ["openai:writer"] } },
      },
    ],
  };
}

/** OpenClaw 2026.6.5 to 2026.7: a database for each agent, main's as the base of the others. */
export function describePerAgent(at: Moments): DemoInstallation {
  const failing = { lastUsed: at.in(-1), lastFailureAt: at.in(-1), errorCount: 7, failureCounts: { auth: 7 } };
  return {
    directory: ".openclaw-dev",
    configName: "openclaw.json",
    config: {
      agents: {
        defaults: {
          model: { primary: "anthropic/claude-opus-4-5", fallbacks: ["zai/glm-5", "moonshot/kimi-k2", "venice/large"] },
        },
        list: [{ id: "main", default: true }, { id: "courier" }],
      },
    },
    stores: [
      { kind: "state-sqlite", schemaVersion: 1, updatedAt: new Date(at.in(-20)), profiles: null, state: {} },
      {
        kind: "agent-sqlite",
        agent: "main",
        schemaVersion: 1,
        updatedAt: new Date(at.in(-1)),
        profiles: {
          "anthropic:robin@example.com": oauth("anthropic", "failing", at.in(-26), "robin@example.com"),
          "anthropic:claim": { ...oauth("anthropic", "claim", 1), ...inventFence("pending") },
          "zai:default": { type: "api_key", provider: "zai", key: "" },
          "zai:pasted": { type: "api_key", provider: "zai", key: "openclaw onboard --auth-choice zai CANARY" },
          "zai:waiting": {
            ...key("zai", "waiting"),
            setup: { replacement: true, modelRef: "zai/glm-5", configJson: "{}" },
          },
          "moonshot:default": token("moonshot", "moonshot", "next year"),
          "venice:default": token("venice", "venice", Math.floor(at.in(24 * 20) / 1_000)),
          "openai:moved": {
            type: "oauth",
            provider: "openai-codex",
            expires: at.in(100),
            oauthRef: { source: "openclaw-credentials", provider: "openai-codex", id: "ef".repeat(16) },
          },
        },
        state: { usageStats: { "anthropic:robin@example.com": failing } },
      },
      {
        kind: "file",
        path: "agents/courier/agent/auth-profiles.json",
        content: { version: 1, profiles: { "anthropic:default": key("anthropic", "unmigrated") } },
      },
      {
        kind: "agent-sqlite",
        agent: "courier",
        schemaVersion: 1,
        updatedAt: new Date(at.in(-20)),
        profiles: null,
        state: {},
      },
    ],
  };
}
