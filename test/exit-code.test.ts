import { describe, expect, test } from "vitest";
import { agentCheckCode, checkCode, nagiosCode } from "../src/exit-code.ts";
import { type CheckQuestion, DEFAULT_QUESTION, findFindings } from "../src/findings.ts";
import { problem } from "../src/problem.ts";
import type { AgentVerdictReason, CheckCode, InstallationReport, Snapshot } from "../src/snapshot.ts";
import {
  buildAgent,
  buildInstallation,
  buildProfile,
  buildProvider,
  buildSnapshot,
  buildStore,
  inHours,
  toEffective,
} from "./snapshot-builder.ts";

const expired = buildProfile({
  status: "expired",
  expiresAt: inHours(-1),
  verdict: "critical",
  verdictReason: "expired",
});
const expiring = buildProfile({
  status: "expiring",
  expiresAt: inHours(2),
  verdict: "warning",
  verdictReason: "expiring",
});
const refreshing = buildProfile({
  status: "expired",
  type: "oauth",
  isRefreshable: true,
  verdict: "ok",
  verdictReason: "refreshable",
});
const unreadable = buildStore({ isUp: false, problems: [problem("bad_json", "/x/auth-profiles.json", "not JSON")] });

function ofInstallation(overrides: Partial<InstallationReport>): Snapshot {
  return buildSnapshot({ installations: [buildInstallation(overrides)] });
}

/** One agent with these providers, and profiles of its own. */
function ofProvider(
  provider: Parameters<typeof buildProvider>[0],
  agent: Parameters<typeof buildAgent>[0] = {},
  profile = buildProfile(),
): Snapshot {
  const providers = [buildProvider(provider)];
  return ofInstallation({
    profiles: [profile],
    agents: [buildAgent({ providers, profiles: [toEffective(profile)], ...agent })],
  });
}

const cannotAnswer = { canAnswer: false, verdict: "critical", reason: "no_usable_credential" } as const;
const envKey = { provider: "anthropic", kind: "env", detail: "ANTHROPIC_API_KEY" } as const;

type Triple = readonly [byStatus: CheckCode, inUse: CheckCode, byVerdict: CheckCode];

const rows: readonly (readonly [name: string, snapshot: Snapshot, codes: Triple])[] = [
  ["healthy", buildSnapshot(), [0, 0, 0]],
  ["the only token expired", ofInstallation({ profiles: [expired] }), [1, 1, 1]],
  ["the only token expires soon", ofInstallation({ profiles: [expiring] }), [2, 2, 2]],
  ["an expired login that refreshes itself", ofProvider({ status: "expired", usable: 1 }, {}, refreshing), [1, 1, 0]],
  [
    "an expired token of a provider nobody uses",
    ofProvider({ isInUse: false, status: "expired", usable: 0 }, {}, { ...expired, verdict: "info" }),
    [1, 0, 0],
  ],
  ["a healthy profile in a cooldown, and no other", ofProvider({ usable: 0 }, cannotAnswer), [1, 1, 1]],
  [
    "one expired, one good of the same provider",
    ofProvider({ status: "ok", usable: 1, total: 2 }, {}, { ...expired, verdict: "warning" }),
    [1, 0, 2],
  ],
  [
    "nothing stored, a key in the environment",
    ofInstallation({
      profiles: [],
      agents: [
        buildAgent({
          profiles: [],
          providers: [buildProvider({ usable: 0, total: 0, status: "missing", otherCredentials: [envKey] })],
        }),
      ],
    }),
    [0, 0, 0],
  ],
  [
    "nothing stored and nothing else",
    ofInstallation({
      profiles: [],
      agents: [
        buildAgent({
          ...cannotAnswer,
          profiles: [],
          providers: [buildProvider({ usable: 0, total: 0, status: "missing" })],
        }),
      ],
    }),
    [1, 1, 1],
  ],
  [
    "unreadable store: unknown is not missing",
    ofInstallation({
      stores: [unreadable],
      profiles: [],
      agents: [
        buildAgent({
          canAnswer: null,
          verdict: "warning",
          reason: "bad_json",
          profiles: [],
          providers: [buildProvider({ usable: 0, total: 0, status: "missing" })],
        }),
      ],
    }),
    [3, 3, 3],
  ],
  [
    "unreadable store, but a fallback answers from the environment",
    ofInstallation({
      stores: [{ ...unreadable, readAt: null }],
      profiles: [],
      agents: [
        buildAgent({
          verdict: "warning",
          reason: "bad_json",
          profiles: [],
          providers: [
            buildProvider({ usable: 0, total: 0, status: "missing" }),
            buildProvider({ provider: "openai", role: "fallback", usable: 0, otherCredentials: [envKey] }),
          ],
        }),
      ],
    }),
    [3, 3, 3],
  ],
  [
    "a store that awaits its migration is empty for its agent",
    ofInstallation({
      stores: [{ ...unreadable, readAt: null, problems: [problem("migration_required", "/x", "run doctor")] }],
      profiles: [],
      agents: [
        buildAgent({
          canAnswer: false,
          verdict: "critical",
          reason: "migration_required",
          profiles: [],
          providers: [buildProvider({ usable: 0, total: 0, status: "missing" })],
        }),
      ],
    }),
    [1, 1, 1],
  ],
  [
    "broken config",
    ofInstallation({
      problems: [problem("config_invalid", "/x/openclaw.json", "bad")],
      profiles: [],
      agents: [buildAgent({ canAnswer: null, providers: [], profiles: [] })],
    }),
    [3, 3, 3],
  ],
  ["expired and unreadable: 1 over 3", ofInstallation({ profiles: [expired], stores: [unreadable] }), [1, 1, 1]],
  ["expiring and unreadable: 3 over 2", ofInstallation({ profiles: [expiring], stores: [unreadable] }), [3, 3, 3]],
  [
    "an odd entry blinds nobody",
    ofInstallation({ stores: [buildStore({ problems: [problem("invalid_entry", "/x", "1 entry")] })] }),
    [0, 0, 0],
  ],
  ["a problem of the host", buildSnapshot({ problems: [problem("permission_denied", "/home/x", "no")] }), [3, 3, 3]],
  ["an oddity of the host", buildSnapshot({ problems: [problem("newer_schema", "/home/x", "new")] }), [0, 0, 0]],
  ["no installation", buildSnapshot({ installations: [] }), [3, 3, 3]],
  [
    "an agent left on disk that nobody lists",
    ofProvider({ usable: 0, status: "missing" }, { ...cannotAnswer, isListed: false }),
    [0, 0, 0],
  ],
  [
    "an expired login of another CLI",
    buildSnapshot({
      installations: [
        buildInstallation(),
        buildInstallation({ id: "codex", kind: "login", agents: [], profiles: [{ ...expired, owner: "_cli" }] }),
      ],
    }),
    [0, 0, 0],
  ],
  [
    "a fallback without credential",
    ofInstallation({
      agents: [
        buildAgent({
          verdict: "warning",
          reason: "fallback_without_credential",
          providers: [
            buildProvider(),
            buildProvider({ provider: "openai", role: "fallback", usable: 0, status: "missing" }),
          ],
        }),
      ],
    }),
    [1, 1, 2],
  ],
];

describe("exit code of check", () => {
  test.each(rows)("%s", (_name, snapshot, codes) => {
    const ask = (question: Partial<CheckQuestion>) => checkCode(snapshot, { ...DEFAULT_QUESTION, ...question });
    expect([ask({}), ask({ scope: "in-use" }), ask({ judge: "verdict" })]).toEqual(codes);
  });
});

describe("in use", () => {
  const leftover = buildAgent({ ...cannotAnswer, id: "old", isListed: false, storeOwners: ["old"], providers: [] });
  const oldPath = "/home/user/.openclaw/agents/old/agent/auth-profiles.json";
  const unreadableOld = buildStore({ owner: "old", isUp: false, problems: [problem("bad_json", oldPath, "not JSON")] });
  const ask = (installation: Partial<InstallationReport>, asked: Partial<CheckQuestion> = {}) =>
    checkCode(ofInstallation({ agents: [buildAgent(), leftover], ...installation }), {
      ...DEFAULT_QUESTION,
      scope: "in-use",
      ...asked,
    });

  test.each<readonly [string, CheckCode, Partial<InstallationReport>]>([
    ["a store that only an agent reads which the config does not list", 0, { stores: [buildStore(), unreadableOld] }],
    ["the same, told by the installation too", 0, { stores: [unreadableOld], problems: unreadableOld.problems }],
    [
      "the directory of such an agent",
      0,
      { problems: [problem("permission_denied", "/home/user/.openclaw/agents/old", "no")] },
    ],
    [
      "a directory with a longer name",
      3,
      { problems: [problem("permission_denied", `${"/home/user/.openclaw/agents/old"}er`, "no")] },
    ],
    ["a store that a listed agent reads", 3, { stores: [unreadable] }],
    ["the config", 3, { problems: [problem("config_invalid", "/home/user/.openclaw/openclaw.json", "bad")] }],
    ["a store while no agent is known at all", 3, { agents: [], stores: [unreadable] }],
  ])("%s: %i", (_name, code, installation) => {
    expect(ask(installation)).toBe(code);
  });

  test("an agent asked for by name counts", () => {
    expect(ask({ stores: [buildStore(), unreadableOld] }, { agents: ["old"] })).toBe(3);
  });
});

describe("asked about one agent", () => {
  const ofMain = buildProfile({ ...expired, profileId: "anthropic:a@x.io" });
  const ofOps = buildProfile({ owner: "ops", profileId: "anthropic:a@x.io", usedBy: ["ops"] });
  const ops = buildAgent({ id: "ops", storeOwners: ["ops", "main"], profiles: [toEffective(ofOps)] });
  const main = buildAgent({
    ...cannotAnswer,
    profiles: [toEffective(ofMain)],
    providers: [buildProvider({ usable: 0 })],
  });
  const installation = buildInstallation({ profiles: [ofMain, ofOps], agents: [main, ops] });
  const snapshot = buildSnapshot({ installations: [installation] });
  const ask = (...agents: string[]) => checkCode(snapshot, { ...DEFAULT_QUESTION, agents });

  test("its own fresh login hides the expired one of main", () => {
    expect([ask("ops"), ask("main"), ask("ops", "main"), ask()]).toEqual([0, 1, 1, 1]);
    expect([agentCheckCode(installation, ops), agentCheckCode(installation, main)]).toEqual([0, 1]);
  });

  test("of two credentials under one id the worse one counts, whichever comes last", () => {
    const fine = { ...ofMain, status: "ok" as const };
    for (const profiles of [
      [ofMain, fine],
      [fine, ofMain],
    ]) {
      const twice = buildInstallation({ profiles, agents: [buildAgent({ profiles: [toEffective(ofMain)] })] });
      const [agent] = twice.agents;
      expect(agent === undefined ? null : agentCheckCode(twice, agent)).toBe(1);
      const asked = checkCode(buildSnapshot({ installations: [twice] }), { ...DEFAULT_QUESTION, agents: ["main"] });
      expect(asked).toBe(1);
    }
  });

  test("a store it does not read does not blind it", () => {
    const blinded = { ...installation, stores: [{ ...unreadable, owner: "dev" }] };
    expect(checkCode({ ...snapshot, installations: [blinded] }, { ...DEFAULT_QUESTION, agents: ["ops"] })).toBe(0);
    expect(agentCheckCode(blinded, ops)).toBe(0);
  });

  test("a base it reads blinds it", () => {
    const blinded = { ...installation, stores: [unreadable] };
    expect(checkCode({ ...snapshot, installations: [blinded] }, { ...DEFAULT_QUESTION, agents: ["ops"] })).toBe(3);
    expect(agentCheckCode(blinded, ops)).toBe(3);
  });

  test("an unlisted agent counts when asked by name", () => {
    const old = buildAgent({ ...cannotAnswer, id: "old", isListed: false, providers: [buildProvider({ usable: 0 })] });
    const unlisted = ofInstallation({ agents: [old] });
    expect(checkCode(unlisted)).toBe(0);
    expect(checkCode(unlisted, { ...DEFAULT_QUESTION, agents: ["old"] })).toBe(1);
  });

  test("a problem of its installation blinds it", () => {
    const blinded = { ...installation, problems: [problem("config_invalid", "/x/openclaw.json", "bad")] };
    expect(checkCode({ ...snapshot, installations: [blinded] }, { ...DEFAULT_QUESTION, agents: ["ops"] })).toBe(3);
    expect(agentCheckCode(blinded, ops)).toBe(3);
  });

  test("_cli asks about the logins of other CLIs", () => {
    const login = buildInstallation({
      id: "codex",
      kind: "login",
      agents: [],
      profiles: [{ ...expired, owner: "_cli" }],
    });
    const both = buildSnapshot({ installations: [buildInstallation(), login] });
    expect(checkCode(both, { ...DEFAULT_QUESTION, agents: ["_cli"] })).toBe(1);
  });
});

describe("asked about one provider", () => {
  const old = buildProfile({ ...expired, profileId: "openai-codex:x", provider: "openai" });
  const agent = buildAgent({
    ...cannotAnswer,
    providers: [
      buildProvider(),
      buildProvider({ provider: "openai", usable: 0, status: "expired", order: [old.profileId] }),
    ],
    profiles: [toEffective(buildProfile()), toEffective(old)],
  });
  const snapshot = ofInstallation({ profiles: [buildProfile(), old], agents: [agent] });

  test("others do not count", () => {
    expect(checkCode(snapshot, { ...DEFAULT_QUESTION, providers: ["anthropic"] })).toBe(0);
    expect(checkCode(snapshot, { ...DEFAULT_QUESTION, providers: ["anthropic"], judge: "verdict" })).toBe(0);
  });

  test("an alias means the same provider", () => {
    expect(checkCode(snapshot, { ...DEFAULT_QUESTION, providers: ["openai-codex"] })).toBe(1);
    expect(checkCode(snapshot, { ...DEFAULT_QUESTION, providers: ["openai"], judge: "verdict" })).toBe(1);
  });
});

test("findings come gravest first: 1, 3, 2", () => {
  const snapshot = ofInstallation({
    profiles: [expiring, { ...expired, profileId: "anthropic:old" }],
    stores: [unreadable],
    agents: [buildAgent()],
  });
  expect(findFindings(snapshot, DEFAULT_QUESTION).map(({ code }) => code)).toEqual([1, 3, 2]);
});

test("a problem told by store and installation is one finding", () => {
  const snapshot = ofInstallation({ stores: [unreadable], problems: unreadable.problems });
  expect(findFindings(snapshot, DEFAULT_QUESTION)).toHaveLength(1);
});

test("nagios reads 1 as a warning and 2 as critical", () => {
  expect(([0, 1, 2, 3] as const).map(nagiosCode)).toEqual([0, 2, 1, 3]);
});

test("each profile is looked at a few times, not once for each agent", () => {
  let looks = 0;
  const names = Array.from({ length: 50 }, (_, index) => `agent-${index}`);
  const profiles = names.map((owner) => {
    const profile = { ...expired, owner };
    return Object.defineProperty(profile, "owner", {
      enumerable: true,
      get() {
        looks += 1;
        return owner;
      },
    });
  });
  const agents = names.map((id, index) =>
    buildAgent({
      ...cannotAnswer,
      id,
      storeOwners: [id],
      providers: [buildProvider({ usable: 0, status: "expired" })],
      profiles: [{ owner: id, profileId: profiles[index]!.profileId, provider: "anthropic", unusable: null }],
    }),
  );
  expect(findFindings(ofInstallation({ profiles, agents }), DEFAULT_QUESTION)).toHaveLength(100);
  expect(looks / names.length).toBeLessThanOrEqual(3);
});

describe("what mends a provider", () => {
  const actionOf = (action: string, reason: AgentVerdictReason = "no_usable_credential") => {
    const providers = [
      buildProvider({ usable: 0, status: "missing" }),
      buildProvider({ provider: "openai", status: "missing", usable: 0, total: 0, order: [] }),
    ];
    const agents = [buildAgent({ ...cannotAnswer, reason, action, providers })];
    const question = { ...DEFAULT_QUESTION, providers: ["openai"] };
    const [finding] = findFindings(ofInstallation({ agents }), question);
    return finding?.kind === "provider" ? finding.action : undefined;
  };

  test.each<readonly [string, string, AgentVerdictReason | undefined, boolean]>([
    ["the command of its agent", "openclaw models auth login --provider openai --agent main", undefined, true],
    ["not what that says of another provider", "openclaw models auth login --provider anthropic", undefined, false],
    [
      "not what that says of one with a longer name",
      "openclaw models auth login --provider openai-x",
      undefined,
      false,
    ],
    ["the repair of everything", "openclaw doctor --fix", "migration_required", true],
  ])("%s", (_name, action, reason, isGiven) => {
    expect(actionOf(action, reason)).toBe(isGiven ? action : null);
  });
});
