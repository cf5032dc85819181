import { expect, test } from "vitest";
import { addCredential, mendProfile, repairCommand, type Mending, type Target } from "../../src/judge/action.ts";
import { HOUR, inMs } from "./reading-builder.ts";

const TARGET: Target = {
  cli: "openclaw",
  stateDir: "/home/pat/.openclaw",
  home: "/home/pat",
  agentId: "ops",
  agentDir: "/home/pat/.openclaw/agents/ops/agent",
  format: "agent-sqlite",
};
const JANUARY = {
  ...TARGET,
  cli: "clawdbot",
  stateDir: "/home/pat/.clawdbot",
  format: "auth-profiles-json",
  agentDir: "/home/pat/.clawdbot/agents/ops/agent",
} as const;

function mending(over: Partial<Mending> & Partial<Mending["credential"]> = {}): Mending {
  const { profileId = "anthropic:manual", provider = "anthropic", type = "token" } = over;
  return { credential: { profileId, provider, type }, owner: "ops", reason: "expired", unusable: null, ...over };
}

const UNNAMEABLE =
  "# mend it by hand: its id, provider or path looks like a secret or cannot be typed, so no command here can name it";

const ROWS: readonly {
  readonly name: string;
  readonly mending: Mending;
  readonly target?: Partial<Target>;
  readonly expected: string | null;
}[] = [
  { name: "nothing to do", mending: mending({ reason: "ok" }), expected: null },
  { name: "refreshes itself", mending: mending({ reason: "refreshable" }), expected: null },
  { name: "a cooldown passes by itself", mending: mending({ reason: "cooldown" }), expected: null },
  {
    name: "a login",
    mending: mending({ type: "oauth", provider: "openai" }),
    expected: "openclaw models auth login --provider openai --agent ops",
  },
  {
    name: "a token of Anthropic is made by Claude Code first",
    mending: mending(),
    expected:
      "claude setup-token; openclaw models auth paste-token --provider anthropic --profile-id anthropic:manual --agent ops",
  },
  {
    name: "an API key",
    mending: mending({ type: "api_key", provider: "groq", profileId: "groq:default" }),
    expected: "openclaw models auth paste-api-key --provider groq --profile-id groq:default --agent ops",
  },
  {
    name: "GitHub Copilot has a flow of its own",
    mending: mending({ provider: "github-copilot", profileId: "github-copilot:github" }),
    expected: "openclaw models auth login-github-copilot --agent ops",
  },
  {
    name: "January's CLI knows no --agent",
    mending: mending(),
    target: JANUARY,
    expected:
      "claude setup-token; CLAWDBOT_AGENT_DIR=/home/pat/.clawdbot/agents/ops/agent clawdbot models auth paste-token --provider anthropic --profile-id anthropic:manual",
  },
  {
    name: "January's main agent",
    mending: mending({ type: "oauth" }),
    target: { ...JANUARY, agentId: "main" },
    expected: "clawdbot models auth login --provider anthropic",
  },
  {
    name: "a profile of OpenClaw",
    mending: mending({ type: "oauth" }),
    target: { stateDir: "/home/pat/.openclaw-dev" },
    expected: "openclaw --profile dev models auth login --provider anthropic --agent ops",
  },
  {
    name: "somebody else's state directory, with a space",
    mending: mending({ type: "oauth" }),
    target: { stateDir: "/srv/my agents/.openclaw" },
    expected:
      "OPENCLAW_STATE_DIR='/srv/my agents/.openclaw' openclaw models auth login --provider anthropic --agent ops",
  },
  {
    name: "an id that a shell would take apart",
    mending: mending({ type: "api_key", profileId: "anthropic:$(reboot) it's" }),
    expected: String.raw`openclaw models auth paste-api-key --provider anthropic --profile-id 'anthropic:$(reboot) it'\''s' --agent ops`,
  },
  {
    name: "billing",
    mending: mending({
      reason: "disabled",
      unusable: { kind: "disabled", reason: "billing", until: inMs(HOUR), model: null },
    }),
    expected: "# top up the account at anthropic, or wait until 2026-09-21 15:13 UTC",
  },
  {
    name: "an account that will not come back by waiting",
    mending: mending({
      type: "oauth",
      reason: "disabled",
      unusable: { kind: "disabled", reason: "auth_permanent", until: inMs(HOUR), model: null },
    }),
    expected: "openclaw models auth login --provider anthropic --agent ops",
  },
  {
    name: "a subscription limit",
    mending: mending({
      reason: "blocked",
      unusable: { kind: "blocked", reason: "subscription_limit", until: inMs(HOUR), model: null },
    }),
    expected: "# wait until 2026-09-21 15:13 UTC, or switch to another provider",
  },
  {
    name: "Claude Code",
    mending: mending({ owner: "_cli" }),
    target: { format: "claude-code" },
    expected: "claude auth login",
  },
  ...[
    ["holds a secret", "[redacted]~939645bb"],
    ["was cut", `${"ab ".repeat(70).slice(0, 200)}~939645bb`],
    ["held a control character", "anthropic:a\uFFFD~939645bb"],
    ["holds what nobody sees", "anthropic:a\u200Bb"],
    ["holds what is redacted when shown", "anthropic:sk-ant-oat01-CANARYCANARY"],
  ].map(([why, profileId]) => ({
    name: `no command names an id that ${why}`,
    mending: mending({ type: "api_key", profileId: profileId ?? "" }),
    expected: UNNAMEABLE,
  })),
  {
    name: "no command names a provider that was altered",
    mending: mending({ type: "oauth", provider: "[redacted]" }),
    expected: UNNAMEABLE,
  },
  {
    name: "no command names a state directory that cannot be shown",
    mending: mending({ type: "oauth" }),
    target: { stateDir: "/srv/sk-ant-oat01-CANARYCANARY/.openclaw" },
    expected: UNNAMEABLE,
  },
  {
    name: "a login that is renewed without its id",
    mending: mending({ type: "oauth", profileId: "[redacted]~939645bb" }),
    expected: "openclaw models auth login --provider anthropic --agent ops",
  },
  { name: "Codex", mending: mending({ owner: "_cli" }), target: { format: "codex" }, expected: "codex login" },
];

test.each(ROWS)("$name: $expected", ({ mending: subject, target, expected }) => {
  expect(mendProfile(subject, () => ({ ...TARGET, ...target }))).toBe(expected);
});

test("an agent without any credential is given one", () => {
  expect(addCredential("openai", TARGET)).toBe("openclaw models auth login --provider openai --agent ops");
});

test("a repair concerns the installation, not an agent", () => {
  expect(repairCommand({ ...TARGET, stateDir: "/home/pat/.openclaw-dev" })).toBe("openclaw --profile dev doctor --fix");
});
