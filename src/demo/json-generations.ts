import { type DemoInstallation, key, type Moments, oauth, token } from "./installation.ts";

/** OpenClaw 2026.4 to 2026.6.1: two JSON files for each agent. */
export function describeSplit(at: Moments): DemoInstallation {
  return {
    directory: ".openclaw-phone",
    configName: "openclaw.json",
    config: {
      agents: {
        defaults: { model: { primary: "anthropic/claude-opus-4-5" } },
        list: [{ id: "main" }, { id: "night" }, { id: "cut", model: { primary: "openrouter/auto" } }],
      },
    },
    stores: [
      {
        kind: "file",
        path: "agents/main/agent/auth-profiles.json",
        content: {
          version: 1,
          profiles: {
            "anthropic:default": oauth("anthropic", "phone", at.in(3)),
            "anthropic:old": token("anthropic", "old", at.in(-24 * 12)),
          },
        },
      },
      {
        kind: "file",
        path: "agents/main/agent/auth-state.json",
        content: {
          version: 1,
          lastGood: { anthropic: "anthropic:default" },
          usageStats: { "anthropic:default": { lastUsed: at.in(-0.1) } },
        },
      },
      {
        // The same login copied to a second agent: whoever refreshes first locks the other out.
        kind: "file",
        path: "agents/night/agent/auth-profiles.json",
        content: { version: 1, profiles: { "anthropic:copy": oauth("anthropic", "phone", at.in(3)) } },
        mode: 0o644,
      },
      {
        kind: "file",
        path: "agents/cut/agent/auth-profiles.json",
        content: '{ "version": 1, "profiles": { "anthropic:de',
      },
    ],
  };
}

/** Clawdbot of January 2026: one JSON file for each agent, state and all; the config is JSON5. */
export function describeSingle(at: Moments): DemoInstallation {
  return {
    directory: ".clawdbot",
    configName: "clawdbot.json",
    config: `{
  // written by hand
  agents: {
    defaults: { model: { primary: "anthropic/claude-opus-4-5", fallbacks: ["openai/gpt-5.2"] } },
    list: [{ id: "main", default: true }, { id: "home" }],
  },
}
`,
    stores: [
      {
        kind: "file",
        path: "agents/main/agent/auth-profiles.json",
        content: {
          version: 1,
          profiles: {
            "anthropic:manual": token("anthropic", "clawdbot"),
            "openai:default": key("openai", "clawdbot-openai"),
          },
          usageStats: {
            "openai:default": {
              cooldownUntil: at.in(0.4),
              errorCount: 3,
              failureCounts: { timeout: 3 },
              lastFailureAt: at.in(-0.1),
            },
          },
        },
      },
      {
        kind: "file",
        path: "agents/home/agent/auth-profiles.json",
        content: {
          version: 1,
          profiles: {
            "anthropic:home": token("anthropic", "home", at.in(5)),
            "anthropic:soon": token("anthropic", "soon", at.in(0.7)),
          },
          order: { anthropic: ["anthropic:home", "anthropic:soon"] },
        },
      },
    ],
  };
}

/** The files of the very first versions, and a config that cannot be understood. */
export function describeFirst(at: Moments): DemoInstallation {
  const { type: _, provider: __, ...login } = oauth("anthropic", "first", at.in(40));
  return {
    directory: ".moltbot",
    configName: "moltbot.json",
    config: '{ agents: { defaults: { model: "anthropic/claude-opus-4-5" }\n',
    stores: [{ kind: "file", path: "credentials/oauth.json", content: { anthropic: login } }],
  };
}

/** Installed, never used. */
export const FRESH: DemoInstallation = {
  directory: ".openclaw-fresh",
  configName: "openclaw.json",
  config: {},
  stores: [],
};
