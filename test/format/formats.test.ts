import { describe, expect, test } from "vitest";
import { codeOf } from "../../src/exit-code.ts";
import { DEFAULT_QUESTION, findFindings, type CheckQuestion } from "../../src/findings.ts";
import type { CheckReport } from "../../src/format/format.ts";
import { renderJson, toJsonText } from "../../src/format/json.ts";
import { renderNagios } from "../../src/format/nagios.ts";
import { renderOpenclaw } from "../../src/format/openclaw.ts";
import { renderText } from "../../src/format/text.ts";
import type { ProfileReport, Snapshot } from "../../src/snapshot.ts";
import {
  buildAgent,
  buildInstallation,
  buildProfile,
  buildProvider,
  buildSnapshot,
  inHours,
  NOW,
  toEffective,
} from "../snapshot-builder.ts";
import { sampleSnapshot } from "./sample.ts";

function report(snapshot: Snapshot, asked: Partial<CheckQuestion> = {}): CheckReport {
  const question = { ...DEFAULT_QUESTION, ...asked };
  const findings = findFindings(snapshot, question);
  return { snapshot, question, findings, exitCode: codeOf(findings) };
}

describe("text", () => {
  test("one line per finding, gravest first, with what to do", () => {
    expect(renderText(report(sampleSnapshot())).split("\n")).toEqual([
      "expired: openclaw/main anthropic:peter.longname@subsidiary.example.com, 2d 3h ago, its refresh fails → openclaw models auth login --provider anthropic --profile-id anthropic:peter.longname@subsidiary.example.com --agent main",
      "missing: openclaw/ops groq:x, its expiry cannot be read",
      "no_usable_credential: openclaw/ops openrouter, 0 of 1 profile usable → # top up the account at openrouter, or wait until 2026-09-21 19:13 UTC",
      "bad_json: openclaw/dev /home/user/.openclaw/agents/dev/agent/auth-profiles.json, expected JSON, found something else; look at the file",
      "expiring: openclaw/main openai:default, in 3h 12m, refreshes itself when used",
      "",
    ]);
  });

  test("by verdict it names the agent", () => {
    expect(renderText(report(sampleSnapshot(), { judge: "verdict", agents: ["ops"] }))).toContain(
      "no_usable_credential: openclaw/ops, agent ops cannot answer: no usable openrouter credential (none is usable now) → ",
    );
  });

  test("nothing to do is one line", () => {
    expect(renderText(report(buildSnapshot()))).toBe("ok: 1 profile of 1 agent checked, nothing to do\n");
  });

  test("no installation: says where it looked", () => {
    expect(renderText(report(buildSnapshot({ installations: [] })))).toMatch(
      /^not_found: host, no OpenClaw.*searched \/home\/user\./,
    );
  });
});

describe("text in words a person can act on", () => {
  const lineOf = (snapshot: Snapshot, asked: Partial<CheckQuestion> = {}) => renderText(report(snapshot, asked)).trim();

  test("a provider says when its login refreshes itself", () => {
    const login = { type: "oauth", status: "expired", isRefreshable: true, verdictReason: "refreshable" } as const;
    const profile = buildProfile({ ...login, provider: "openai-codex", profileId: "openai-codex:default" });
    const provider = buildProvider({ provider: "openai-codex", status: "expired", order: [profile.profileId] });
    const agents = [buildAgent({ profiles: [toEffective(profile)], providers: [provider] })];
    const ofLogin = (overrides: Partial<ProfileReport> = {}) =>
      buildSnapshot({ installations: [buildInstallation({ profiles: [{ ...profile, ...overrides }], agents })] });
    const start = "expired: openclaw/main openai-codex, 1 of 1 profile usable";
    expect(lineOf(ofLogin(), { scope: "in-use" })).toBe(`${start}, refreshes itself when used`);
    expect(lineOf(ofLogin({ isRefreshable: false }), { scope: "in-use" })).toBe(start);
  });

  test("an end stored in seconds is no countdown", () => {
    const profile = { status: "expired", reasonCode: "expires_in_seconds", expiresAt: inHours(215) } as const;
    expect(lineOf(of(profile)).split("\n")[0]).toBe(
      "expired: openclaw/main anthropic:default, its end is stored in seconds, which OpenClaw takes for 1970; probably meant: in 8d 23h",
    );
  });

  test("a token of unknown end may be beyond its assumed one", () => {
    expect(
      lineOf(of({ status: "static", verdict: "warning", verdictReason: "token_age" }), { judge: "verdict" }),
    ).toContain("near or past the end of its assumed life");
  });
});

test("nowhere to look is said as such", () => {
  expect(renderText(report(buildSnapshot({ installations: [], searched: [] })))).toBe(
    "not_found: host, nothing is watched, because `discovery.local` is false and `remotes` names no host; name one there, or leave `discovery.local` out\n",
  );
});

describe("nagios", () => {
  test("one line, performance data after the bar", () => {
    expect(renderNagios(report(sampleSnapshot()))).toBe(
      "AGENT AUTH CRITICAL - expired: openclaw/main anthropic:peter.longname@subsidiary.example.com, 2d 3h ago, its refresh fails (and 4 more) | 'ok'=1;;;0 'expiring'=1;;;0 'expired'=2;;;0 'missing'=1;;;0 'static'=1;;;0 'stale'=0;;;0 'unusable'=1;;;0 'problems'=1;;;0\n",
    );
  });

  test.each([
    ["OK", buildSnapshot()],
    ["WARNING", of({ status: "expiring", expiresAt: inHours(1) })],
    ["CRITICAL", of({ status: "missing" })],
    ["UNKNOWN", buildSnapshot({ installations: [] })],
  ])("%s", (state, snapshot) => {
    expect(renderNagios(report(snapshot))).toContain(`AGENT AUTH ${state} - `);
  });

  test("a bar in an id does not start the numbers", () => {
    const line = renderNagios(report(of({ profileId: "a|b", status: "missing" })));
    expect(line.match(/\|/g)).toHaveLength(1);
  });
});

function of(profile: Parameters<typeof buildProfile>[0]): Snapshot {
  return buildSnapshot({ installations: [buildInstallation({ profiles: [buildProfile(profile)] })] });
}

describe("json", () => {
  const parse = (snapshot: Snapshot, asked: Partial<CheckQuestion> = {}) =>
    JSON.parse(renderJson(report(snapshot, asked)));

  test("carries the contract's names at every level", () => {
    const document = parse(sampleSnapshot());
    const [installation] = document.installations;
    expect(Object.keys(document)).toEqual(
      expect.arrayContaining(["schemaVersion", "generatedAt", "at", "exitCode", "summary", "installations"]),
    );
    expect(Object.keys(installation)).toEqual(
      expect.arrayContaining(["id", "stateDir", "configPath", "problems", "agents", "profiles"]),
    );
    expect(Object.keys(installation.agents[0])).toEqual(
      expect.arrayContaining(["id", "canAnswer", "verdict", "reason", "stores", "providers"]),
    );
    expect(Object.keys(installation.agents[0].stores[0])).toEqual(
      expect.arrayContaining(["owner", "format", "path", "up", "stale", "modifiedAt", "problems"]),
    );
    expect(Object.keys(installation.agents[0].providers[0])).toEqual(
      expect.arrayContaining([
        "provider",
        "inUse",
        "status",
        "expiresAt",
        "usable",
        "total",
        "order",
        "otherCredentials",
      ]),
    );
    expect(installation.profiles[1]).toEqual({
      owner: "main",
      profileId: "anthropic:peter.longname@subsidiary.example.com",
      provider: "anthropic",
      type: "oauth",
      email: "peter.longname@subsidiary.example.com",
      status: "expired",
      reasonCode: "expired",
      expiresAt: "2026-09-19T11:13:20.000Z",
      remainingSeconds: -51 * 3_600,
      refreshable: false,
      verdict: "critical",
      verdictReason: "refresh_failing",
      unusable: null,
      lastUsedAt: null,
      lastFailureAt: null,
      errorCount: 0,
      usedBy: ["main"],
      action:
        "openclaw models auth login --provider anthropic --profile-id anthropic:peter.longname@subsidiary.example.com --agent main",
    });
  });

  test("sums up, with every word present", () => {
    expect(parse(sampleSnapshot())).toMatchObject({
      schemaVersion: 1,
      generatedAt: "2026-09-21T14:13:20.000Z",
      exitCode: 1,
      summary: {
        profiles: 6,
        byStatus: { ok: 1, expiring: 1, expired: 2, missing: 1, static: 1 },
        byVerdict: { ok: 3, info: 1, warning: 1, critical: 1 },
        unusable: 1,
      },
    });
  });

  test("no command of OpenClaw belongs to a login of another CLI", () => {
    const { installations } = parse(sampleSnapshot());
    expect(installations.map(({ kind, cli }: Record<string, unknown>) => [kind, cli])).toEqual([
      ["openclaw", "openclaw"],
      ["login", null],
    ]);
  });

  test("an agent's stores are those it reads, its own first", () => {
    const [, ops] = parse(sampleSnapshot()).installations[0].agents;
    expect(ops.stores.map(({ owner }: { owner: string }) => owner).toSorted()).toEqual(["_shared", "ops"]);
  });

  test("holds what was asked about and no more", () => {
    const document = parse(sampleSnapshot(), { agents: ["ops"], providers: ["groq"] });
    expect(document.exitCode).toBe(1);
    expect(document.installations.map(({ id }: { id: string }) => id)).toEqual(["openclaw"]);
    expect(document.installations[0].profiles.map(({ profileId }: { profileId: string }) => profileId)).toEqual([
      "groq:x",
    ]);
  });

  test("is the same text for the same snapshot", () => {
    expect(renderJson(report(sampleSnapshot()))).toBe(renderJson(report(sampleSnapshot())));
  });

  test("hostile ids cannot act on a terminal, and stay the same value", () => {
    const profileId = "a\u001b[2J\u009b31m\u202eb\u200b";
    const text = renderJson(report(of({ profileId })));
    // oxlint-disable-next-line no-control-regex -- none may be left
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u200b]/);
    expect(JSON.parse(text).installations[0].profiles[0].profileId).toBe(profileId);
  });

  test("what looks like a secret is not shown", () => {
    for (const profileId of ["sk-ant-oat01-CANARYCANARY", "\nsk-ant-oat01-CANARYCANARY"]) {
      expect(renderJson(report(of({ profileId })))).not.toContain("CANARY");
    }
    expect(toJsonText({ "sk-ant-oat01-CANARYCANARY": 1 })).not.toContain("CANARY");
  });

  test("an escape is no part of a word, or what is left would be no JSON", () => {
    const profileId = `\n${"a1b".repeat(13)}`;
    expect(JSON.parse(renderJson(report(of({ profileId })))).installations[0].profiles[0].profileId).toBe(profileId);
  });
});

describe("openclaw", () => {
  const parse = (snapshot: Snapshot, asked: Partial<CheckQuestion> = {}) =>
    JSON.parse(renderOpenclaw(report(snapshot, asked)));

  test("answers the filters of scripts made for `models status --json`", () => {
    const { auth, agentId } = parse(sampleSnapshot());
    expect(agentId).toBe("main");
    expect(auth.oauth.profiles.map((p: Record<string, unknown>) => [p["profileId"], p["type"], p["status"]])).toEqual([
      ["anthropic:manual", "token", "ok"],
      ["anthropic:peter.longname@subsidiary.example.com", "oauth", "expired"],
      ["openai:default", "oauth", "expiring"],
      ["openrouter:default", "api_key", "static"],
    ]);
    expect(auth.oauth.profiles[2]).toMatchObject({
      expiresAt: NOW.getTime() + 11_520_000,
      remainingMs: 11_520_000,
      source: "store",
    });
    expect(auth.oauth.warnAfterMs).toBe(86_400_000);
    expect(auth.oauth.providers[0]).toMatchObject({
      provider: "anthropic",
      status: "expired",
      remainingMs: -183_600_000,
    });
    expect(auth.unusableProfiles).toEqual([
      {
        profileId: "openrouter:default",
        provider: "openrouter",
        kind: "disabled",
        reason: "billing",
        until: inHours(5).getTime(),
        remainingMs: 18_000_000,
        recoveryHint: "# top up the account at openrouter, or wait until 2026-09-21 19:13 UTC",
      },
    ]);
    expect(auth.providersWithOAuth).toEqual(["anthropic (2)", "openai (1)"]);
    expect(auth.providers[0].profiles).toMatchObject({ count: 2, oauth: 1, token: 1, apiKey: 0 });
  });

  test("speaks of the agent that was asked for, and of what it lacks", () => {
    const { agentId, auth } = parse(sampleSnapshot(), { agents: ["ops"] });
    expect(agentId).toBe("ops");
    expect(auth.missingProvidersInUse).toEqual(["openrouter"]);
    expect(auth.providers[1]).toMatchObject({
      provider: "mistral",
      effective: { kind: "env", detail: "MISTRAL_API_KEY" },
      env: { value: "(set)", source: "env: MISTRAL_API_KEY" },
    });
  });

  test("holds only the provider that was asked about", () => {
    const { auth } = parse(sampleSnapshot(), { providers: ["openai"] });
    expect(auth.oauth.profiles.map((p: Record<string, unknown>) => p["profileId"])).toEqual(["openai:default"]);
    expect(auth.providers.map((p: Record<string, unknown>) => p["provider"])).toEqual(["openai"]);
  });

  test("knows no reason code of ours", () => {
    const { auth } = parse(of({ status: "expired", reasonCode: "expires_in_seconds", expiresAt: inHours(9) }));
    expect(auth.oauth.profiles[0]).toEqual({
      profileId: "anthropic:default",
      provider: "anthropic",
      type: "token",
      status: "expired",
      reasonCode: "expired",
      source: "store",
      label: "anthropic:default",
    });
  });

  test("no agent: upstream's shape of an error", () => {
    expect(parse(buildSnapshot({ installations: [] }))).toMatchObject({ ok: false, error: { type: "cli_error" } });
  });
});
