import { describe, expect, test } from "vitest";
import { conditionKey, parseConditionKey } from "../../src/alerts/condition-key.ts";
import { findConditions } from "../../src/alerts/conditions.ts";
import type { Condition } from "../../src/alerts/condition.ts";
import { problem } from "../../src/problem.ts";
import { PROFILE_VERDICT_REASONS, type Snapshot } from "../../src/snapshot.ts";
import {
  agent,
  credential,
  DAY,
  expiresIn,
  host,
  HOUR,
  inMs,
  installation,
  judged,
  single,
  state,
  store,
  usage,
} from "../judge/reading-builder.ts";
import {
  buildAgent,
  buildInstallation,
  buildProfile,
  buildSnapshot,
  buildStore,
  inHours,
} from "../snapshot-builder.ts";

function keysOf({ conditions }: { readonly conditions: readonly Condition[] }): readonly string[] {
  return conditions.map(({ key }) => key);
}

function profileSnapshot(over: Parameters<typeof buildProfile>[0]): Snapshot {
  return buildSnapshot({ installations: [buildInstallation({ profiles: [buildProfile(over)] })] });
}

describe("keys", () => {
  test.each([
    [
      "a profile",
      { installation: "openclaw", agent: "ops", family: "expiry", profile: "anthropic:a@x.io" },
      "openclaw/ops/expiry/anthropic:a@x.io",
    ],
    ["an agent", { installation: "openclaw", agent: "ops", family: "answer", profile: null }, "openclaw/ops/answer"],
    [
      "an installation",
      { installation: "openclaw", agent: "", family: "installation", profile: null },
      "openclaw//installation",
    ],
    [
      "slashes in an id",
      { installation: "a/b", agent: "ops", family: "expiry", profile: "x/100%2F" },
      "a%2Fb/ops/expiry/x%2F100%252F",
    ],
  ] as const)("%s", (_name, place, key) => {
    expect(conditionKey(place)).toBe(key);
    expect(parseConditionKey(key)).toEqual(place);
  });
});

describe("profiles", () => {
  test.each([
    ["ok", null],
    ["refreshable", null],
    ["refresh_failing", "refresh"],
    ["refresh_failed", "refresh"],
    ["refresh_stuck", "refresh"],
    ["expired", "expiry"],
    ["expiring", "expiry"],
    ["missing_credential", "expiry"],
    ["invalid_expires", "expiry"],
    ["malformed_api_key", "expiry"],
    ["unresolved_ref", "expiry"],
    ["setup_inactive", "expiry"],
    ["token_age", "expiry"],
    ["disabled", "unusable"],
    ["blocked", "unusable"],
    ["cooldown", "unusable"],
    ["implausible_window", "unusable"],
    ["shared_refresh_token", "sharing"],
  ] as const)("%s is of the family %s", (verdictReason, family) => {
    const verdict = family === null ? "ok" : "warning";
    const { conditions } = findConditions(profileSnapshot({ verdictReason, verdict }));
    expect(conditions.map((one) => [one.family, one.reason, one.severity])).toEqual(
      family === null ? [] : [[family, verdictReason, "warning"]],
    );
  });

  test("every reason there is was looked at", () => {
    expect(PROFILE_VERDICT_REASONS).toHaveLength(18);
  });

  test("one that goes from expiring to expired stays one condition", () => {
    const reading = single([credential({ expiry: expiresIn(HOUR) })]);
    const before = findConditions(judged(reading).snapshot).conditions;
    const after = findConditions(judged(reading, { now: inMs(2 * HOUR) }).snapshot).conditions;
    expect(before.map(({ key, reason }) => [key, reason])).toEqual([
      ["openclaw/main/expiry/anthropic:manual", "expiring"],
    ]);
    expect(after.map(({ key, reason }) => [key, reason])).toEqual([
      ["openclaw/main/answer", "no_usable_credential"],
      ["openclaw/main/expiry/anthropic:manual", "expired"],
    ]);
  });

  test("an end that OpenClaw misreads is not counted down", () => {
    const snapshot = profileSnapshot({ verdict: "critical", verdictReason: "expired", expiresAt: new Date(8e12) });
    expect(findConditions(snapshot).conditions[0]?.expiresAt).toBeNull();
  });
});

describe("an end that is not near yet", () => {
  const far = { expiresAt: new Date(buildSnapshot().at.getTime() + 20 * DAY) };

  test.each([
    ["within the longest reminder", far, [30 * DAY, DAY], ["warning"]],
    ["beyond it", far, [10 * DAY], []],
    ["without reminders", far, [], []],
    ["that passed since its host looked", { expiresAt: inHours(-1) }, [DAY], ["warning"]],
    ["of a login that renews itself", { ...far, isRefreshable: true }, [30 * DAY], []],
    ["of a profile that no agent uses", { ...far, usedBy: [] }, [30 * DAY], ["info"]],
  ] as const)("%s", (_name, over, remindAtMs, severities) => {
    const { conditions } = findConditions(profileSnapshot(over), remindAtMs);
    expect(conditions.map(({ severity }) => severity)).toEqual(severities);
  });

  test("of a profile that only a leftover directory uses is information", () => {
    const installations = [
      buildInstallation({ profiles: [buildProfile(far)], agents: [buildAgent({ isListed: false })] }),
    ];
    const { conditions } = findConditions(buildSnapshot({ installations }), [30 * DAY]);
    expect(conditions.map(({ severity }) => severity)).toEqual(["info"]);
  });

  test("is told besides a lock, and once only when it is near", () => {
    const near = { ...far, status: "expiring", verdict: "warning", verdictReason: "expiring" } as const;
    const locked = { ...far, verdict: "warning", verdictReason: "disabled" } as const;
    const families = (over: Parameters<typeof buildProfile>[0]) =>
      findConditions(profileSnapshot(over), [30 * DAY]).conditions.map(({ family }) => family);
    expect(families(near)).toEqual(["expiry"]);
    expect(families(locked)).toEqual(["unusable", "expiry"]);
  });
});

describe("agents", () => {
  const cooling = { until: inMs(HOUR), reason: "rate_limit", model: null };

  test.each([
    [
      "expired",
      [credential({ expiry: expiresIn(-HOUR) })],
      new Map(),
      "its only anthropic credential expired",
      undefined,
    ],
    [
      "two expired",
      [credential({ expiry: expiresIn(-HOUR) }), credential({ profileId: "anthropic:b", expiry: expiresIn(-DAY) })],
      new Map(),
      "all 2 anthropic credentials expired",
      undefined,
    ],
    [
      "in a cooldown only",
      [credential()],
      new Map([["anthropic:manual", usage({ cooldown: cooling })]]),
      "its only anthropic credential is in a cooldown",
      "cooldown",
    ],
    [
      "locked",
      [credential()],
      new Map([["anthropic:manual", usage({ disabled: { ...cooling, reason: "billing" } })]]),
      "its only anthropic credential is disabled (billing)",
      undefined,
    ],
    [
      "one expired, one in a cooldown",
      [credential({ expiry: expiresIn(-HOUR) }), credential({ profileId: "anthropic:b" })],
      new Map([["anthropic:b", usage({ cooldown: cooling })]]),
      "no anthropic credential of 2 is usable",
      "cooldown",
    ],
    ["nothing stored", [], new Map(), "no anthropic credential is stored", undefined],
  ])("cannot answer: %s", (_name, credentials, usages, why, heldLike) => {
    const { snapshot } = judged(single(credentials, {}, state({ usage: usages })));
    const found = findConditions(snapshot).conditions.find(({ family }) => family === "answer");
    expect(found).toMatchObject({ severity: "critical", reason: "no_usable_credential", provider: "anthropic" });
    expect(found?.summary).toBe(`agent main cannot answer: ${why}`);
    expect(found?.heldLike).toBe(heldLike);
  });

  test("a fallback that is missing as well keeps its own condition", () => {
    const uses = [
      { provider: "anthropic", role: "primary", models: ["a"] },
      { provider: "openai", role: "fallback", models: ["b"] },
    ] as const;
    const { snapshot } = judged(single([credential({ expiry: expiresIn(-HOUR) })], { providersConfigured: uses }));
    const found = findConditions(snapshot).conditions.filter(({ profile }) => profile === null);
    expect(found.map(({ key, severity, provider }) => [key, severity, provider])).toEqual([
      ["openclaw/main/answer", "critical", "anthropic"],
      ["openclaw/main/fallback", "warning", "openai"],
    ]);
  });
});

describe("stores and installations", () => {
  const broken = store({
    isUp: false,
    readAt: null,
    owner: "_shared",
    problems: [problem("bad_json", "/x", "is no JSON")],
  });

  test("a store is one condition however many agents read it", () => {
    const agents = ["main", "ops", "home"].map((id) => agent({ id, baseStore: broken }));
    const { conditions } = findConditions(judged(host(installation({ agents }))).snapshot);
    expect(conditions.map(({ key, severity, reason }) => [key, severity, reason])).toEqual([
      ["openclaw/_shared/store", "warning", "bad_json"],
    ]);
  });

  test("it is critical once nothing good was read for an hour", () => {
    const reading = host(installation({ agents: [agent({ baseStore: broken })] }));
    const since = Object.fromEntries([...judged(reading).observed].map((key) => [key, inMs(-2 * HOUR)]));
    const { snapshot } = judged(reading, { since });
    expect(findConditions(snapshot).conditions.map(({ severity }) => severity)).toEqual(["critical"]);
  });

  test("harmless problems are information", () => {
    const odd = store({ problems: [problem("invalid_entry", "/x", "1 entry is not valid")] });
    const { conditions } = findConditions(
      judged(host(installation({ agents: [agent({ ownStore: odd, providersConfigured: [] })] }))).snapshot,
    );
    expect(conditions.filter(({ family }) => family === "store").map(({ severity }) => severity)).toEqual(["info"]);
  });

  test("a config that cannot be understood is told of its installation, not of each agent", () => {
    const agents = ["main", "ops"].map((id) =>
      agent({ id, ownStore: store({ owner: id, credentials: [credential()] }) }),
    );
    const problems = [problem("config_invalid", "/x", "is no JSON5")];
    const { conditions } = findConditions(
      judged(host(installation({ agents, problems, isConfigBroken: true }))).snapshot,
    );
    expect(keysOf({ conditions })).toEqual(["openclaw//installation"]);
    expect(conditions[0]?.action).toMatch(/doctor --fix/);
  });
});

describe("what is unknown, and what is over", () => {
  const down = buildStore({ isUp: false, isStale: true, owner: "ops" });
  const seen = (over: Parameters<typeof buildInstallation>[0], problems: Snapshot["problems"] = []) =>
    buildSnapshot({ installations: [buildInstallation(over)], problems });
  const blind = problem("permission_denied", "/home/pat", "may not be read");
  const readsDown = buildAgent({ id: "ops", storeOwners: ["ops", "_shared"] });

  test.each([
    ["a profile of a store that is not up", seen({ stores: [down] }), "openclaw/ops/expiry/a", true],
    ["an agent that reads such a store", seen({ stores: [down], agents: [readsDown] }), "openclaw/ops/answer", true],
    [
      "an agent whose base is such a store",
      seen({ stores: [{ ...down, owner: "_shared" }], agents: [readsDown] }),
      "openclaw/ops/fallback",
      true,
    ],
    ["another agent", seen({ stores: [down], agents: [readsDown, buildAgent()] }), "openclaw/main/answer", false],
    ["the store's own trouble, now that it is up", seen({}), "openclaw/main/store", false],
    ["a profile that was deleted", seen({}), "openclaw/main/expiry/gone", false],
    ["an agent that was deleted", seen({}), "openclaw/gone/answer", false],
    ["an installation in a home that cannot be read", seen({}, [blind]), "clawdbot/main/answer", true],
    [
      "anything in an installation whose config cannot be read",
      seen({ problems: [blind] }),
      "openclaw/gone/expiry/a",
      true,
    ],
    ["its stores", seen({ problems: [blind] }), "openclaw/main/store", true],
    ["its own trouble, now that it can be read", seen({}), "openclaw//installation", false],
  ])("%s: %s", (_name, snapshot, key, expected) => {
    expect(findConditions(snapshot).isUnknown(key)).toBe(expected);
  });

  const names = [".openclaw", ".clawdbot", ".moltbot", ".moldbot"];
  const home = names.map((name) => `/home/ada/${name}`);

  test.each([
    ["the last one", home, [problem("not_found", "", "no installation found")], false],
    ["the last one, in a home that could not be read", home, [blind], true],
  ])("an installation that is gone, %s", (_name, searched, problems, expected) => {
    const { isUnknown } = findConditions(buildSnapshot({ installations: [], searched, problems }));
    expect(isUnknown("openclaw/main/answer", "/home/ada/.openclaw")).toBe(expected);
  });

  test.each([
    ["in a home that was listed", home, "/home/ada/.openclaw", false],
    ["with a profile's name in a home that was listed", home, "/home/ada/.openclaw-work", false],
    ["with a name of its own below a home that was listed", home, "/home/ada/elsewhere", true],
    ["in a home that is not searched any more", [], "/home/ada/.openclaw", true],
    ["in a home of which only another directory is named", ["/home/ada/.openclaw"], "/home/ada/.openclaw-work", true],
    ["in a place that was named", ["/srv/claw"], "/srv/claw", false],
    ["that is a login which was looked for", ["/home/ada/.codex/auth.json"], "/home/ada/.codex/auth.json", false],
    ["that is a login, of which only its neighbour was", home, "/home/ada/.codex/auth.json", true],
    ["from a directory that is there and empty", [...home.slice(1), `${home[0]}/`], "/home/ada/.openclaw", true],
    ["with a profile's name, the same", [...home, "/home/ada/.openclaw-work/"], "/home/ada/.openclaw-work", true],
    ["beside one that is empty", [...home.slice(1), `${home[0]}/`], "/home/ada/.openclaw-work", false],
    ["from a home that is empty", home.map((path) => `${path}/`), "/home/ada/.openclaw-work", true],
    ["whose place nobody wrote down", home, undefined, true],
  ])("an installation that is gone, %s", (_name, searched, place, expected) => {
    const { isUnknown } = findConditions(buildSnapshot({ searched }));
    expect(isUnknown("clawdbot/main/answer", place)).toBe(expected);
  });

  test("a condition says where its installation lies", () => {
    const broken = { stores: [buildStore({ owner: "_cli", problems: [blind], path: "/home/ada/.codex/auth.json" })] };
    const placeOf = (kind: "openclaw" | "login"): string | undefined =>
      findConditions(seen({ ...broken, kind, stateDir: "/home/ada/.codex" })).conditions[0]?.place;
    expect([placeOf("openclaw"), placeOf("login")]).toEqual(["/home/ada/.codex", "/home/ada/.codex/auth.json"]);
  });

  const window = { kind: "disabled", reason: "billing", until: new Date(8e12), model: null } as const;

  test.each([
    [
      "a lock while the token is about to expire",
      { verdictReason: "expiring", verdict: "critical", status: "expiring", unusable: window },
      "unusable",
      true,
    ],
    [
      "a lock that ended while the token is about to expire",
      { verdictReason: "expiring", verdict: "critical", status: "expiring" },
      "unusable",
      false,
    ],
    [
      "the expiry while a lock weighs as much",
      { verdictReason: "disabled", verdict: "warning", status: "expiring", unusable: window },
      "expiry",
      true,
    ],
    [
      "the expiry of a token that was renewed and is locked",
      { verdictReason: "disabled", verdict: "warning", unusable: window },
      "expiry",
      false,
    ],
    [
      "a shared token while its refresh fails",
      { verdictReason: "refresh_failed", verdict: "critical" },
      "sharing",
      true,
    ],
    ["a shared token that is fine", {}, "sharing", false],
  ] as const)("a lesser trouble behind a graver one: %s", (_name, over, family, expected) => {
    const { isUnknown } = findConditions(profileSnapshot(over));
    expect(isUnknown(`openclaw/main/${family}/anthropic:default`)).toBe(expected);
  });
});

test("an owner with several stores makes one condition, the gravest", () => {
  const blind = problem("bad_json", "/home/ada/a.json", "is no JSON");
  const harmless = problem("invalid_entry", "/home/ada/b.json", "has an entry without a provider");
  const stores = [[harmless], [blind], [harmless]].map((problems) => buildStore({ owner: "ops", problems }));
  const { conditions } = findConditions(buildSnapshot({ installations: [buildInstallation({ stores })] }));
  expect(conditions.map(({ key, reason }) => [key, reason])).toEqual([["openclaw/ops/store", "bad_json"]]);
});
