import { describe, expect, test } from "vitest";
import { EMPTY_STATE, type Usage } from "../../src/credential.ts";
import { mergeStates, parseState } from "../../src/stores/state.ts";
import { fakeDigest } from "./sandbox.ts";

const CONTEXT = { era: "json", digest: fakeDigest, renamed: new Map<string, string>() } as const;

function parseUsage(stats: Record<string, unknown>): Usage | undefined {
  return parseState({ usageStats: { id: stats } }, CONTEXT).usage.get("id");
}

describe("order", () => {
  test.each([
    ["ids trimmed", { anthropic: [" a:1 ", "a:2"] }, [["anthropic", ["a:1", "a:2"]]]],
    ["provider normalised", { " Z.AI ": ["z:1"] }, [["zai", ["z:1"]]]],
    ["the present name wins over an alias", { zai: ["z:1"], "z.ai": ["z:2"] }, [["zai", ["z:1"]]]],
    ["the present name wins whichever comes first", { "z.ai": ["z:2"], zai: ["z:1"] }, [["zai", ["z:1"]]]],
    ["blank ids and other values left out", { a: ["", 1, null, "x"] }, [["a", ["x"]]]],
    ["empty lists left out", { a: [], b: ["", " "] }, []],
    ["lists that are none left out", { a: "x", b: { 0: "x" }, c: null }, []],
    ["a blank provider left out", { " ": ["x"] }, []],
    ["no object", ["a"], []],
  ])("%s", (_name, order, expected) => {
    expect([...parseState({ order }, CONTEXT).order]).toEqual(expected);
  });

  test("since SQLite openai-codex is openai", () => {
    const { order } = parseState({ order: { "openai-codex": ["x"] } }, { ...CONTEXT, era: "sqlite" });
    expect([...order.keys()]).toEqual(["openai"]);
  });
});

describe("lastGood", () => {
  test.each([
    ["an id", { Anthropic: " a:1 " }, [["anthropic", "a:1"]]],
    ["anything else", { a: "", b: 1, c: ["x"], d: null }, []],
    ["no object", 3, []],
  ])("%s", (_name, lastGood, expected) => {
    expect([...parseState({ lastGood }, CONTEXT).lastGood]).toEqual(expected);
  });
});

describe("usage windows", () => {
  const until = 1_790_000_000_000;
  test.each([
    ["cooldown", { cooldownUntil: until, cooldownReason: "timeout" }, "cooldown", ["timeout", null]],
    [
      "cooldown of one model",
      { cooldownUntil: until, cooldownReason: "rate_limit", cooldownModel: "m" },
      "cooldown",
      ["rate_limit", "m"],
    ],
    [
      "cooldown that holds for all models",
      { cooldownUntil: until, cooldownReason: "overloaded", cooldownModel: "m" },
      "cooldown",
      ["overloaded", null],
    ],
    ["cooldown without a reason", { cooldownUntil: until }, "cooldown", [null, null]],
    [
      "a reason nobody knows yet",
      { cooldownUntil: until, cooldownReason: "solar_flare" },
      "cooldown",
      ["solar_flare", null],
    ],
    ["a reason that is no text", { cooldownUntil: until, cooldownReason: { a: 1 } }, "cooldown", [null, null]],
    ["disabled", { disabledUntil: until, disabledReason: "billing" }, "disabled", ["billing", null]],
    [
      "blocked",
      { blockedUntil: until, blockedReason: "subscription_limit", blockedModel: "m" },
      "blocked",
      ["subscription_limit", null],
    ],
    [
      "blocked for one model",
      { blockedUntil: until, blockedScope: "model", blockedModel: "m" },
      "blocked",
      [null, "m"],
    ],
  ] as const)("%s", (_name, stats, kind, [reason, model]) => {
    expect(parseUsage(stats)?.[kind]).toEqual({ until: new Date(until), reason, model });
  });

  test.each([
    ["zero", 0],
    ["negative", -1],
    ["beyond what a date can hold", 8.64e15 + 2],
    ["a string", "1790000000000"],
    ["null", null],
  ])("no window until %s", (_name, value) => {
    const usage = parseUsage({ cooldownUntil: value, disabledUntil: value, blockedUntil: value });
    expect(usage).toMatchObject({ cooldown: null, disabled: null, blocked: null });
  });
});

describe("usage counters", () => {
  test.each([
    ["all there", { lastUsed: 1, lastFailureAt: 2.5, errorCount: 3 }, [1, 2, 3]],
    ["none there", { lastProbeAt: 1 }, [null, null, 0]],
    ["none a number", { lastUsed: "1", lastFailureAt: [], errorCount: "3" }, [null, null, 0]],
    ["none possible", { lastUsed: 0, lastFailureAt: 9e15, errorCount: -3 }, [null, null, 0]],
    ["a fraction of an error", { lastUsed: 1, errorCount: 1.9 }, [1, null, 1]],
  ])("%s", (_name, stats, [lastUsed, lastFailure, errorCount]) => {
    const usage = parseUsage(stats);
    expect([usage?.lastUsedAt?.getTime() ?? null, usage?.lastFailureAt?.getTime() ?? null, usage?.errorCount]).toEqual([
      lastUsed,
      lastFailure,
      errorCount,
    ]);
  });

  test("failure counts in the order stored, unknown reasons kept, what is no count left out", () => {
    const failureCounts = { timeout: 2, solar_flare: 1.5, auth: 0, billing: "3", format: -1, unknown: 0.2 };
    expect([...(parseUsage({ failureCounts })?.failureCounts ?? [])]).toEqual([
      ["timeout", 2],
      ["solar_flare", 1],
    ]);
  });
});

describe("usage keys", () => {
  test("orphans and inline keys are kept, empty and broken records are not", () => {
    const usageStats = {
      "gone:1": { errorCount: 1 },
      "inline-api-key:openai": { errorCount: 2 },
      a: {},
      b: [],
      c: "x",
      " ": { errorCount: 1 },
    };
    expect([...parseState({ usageStats }, CONTEXT).usage.keys()]).toEqual(["gone:1", "inline-api-key:openai"]);
  });

  test("a secret pasted as an id is redacted alike wherever it stands", () => {
    const id = "anthropic:sk-ant-oat01-CANARYCANARYCANARYCANARY";
    const raw = { order: { anthropic: [id] }, lastGood: { anthropic: id }, usageStats: { [id]: { errorCount: 1 } } };
    const { order, lastGood, usage } = parseState(raw, CONTEXT);
    const [shown] = usage.keys();
    expect(shown).toMatch(/^anthropic:\[redacted\]~[0-9a-f]{8}$/);
    expect([order.get("anthropic"), lastGood.get("anthropic")]).toEqual([[shown], shown]);
  });

  test("__proto__ is a key like any other", () => {
    const raw: unknown = JSON.parse('{"usageStats":{"__proto__":{"errorCount":4}},"order":{"__proto__":["x"]}}');
    const { usage, order } = parseState(raw, CONTEXT);
    expect([usage.get("__proto__")?.errorCount, order.get("__proto__")]).toEqual([4, ["x"]]);
  });
});

describe("mergeStates", () => {
  const older = parseState(
    { order: { a: ["1"], b: ["2"] }, lastGood: { a: "1" }, usageStats: { x: { errorCount: 1 } } },
    CONTEXT,
  );
  const newer = parseState(
    { order: { b: ["3"] }, usageStats: { x: { errorCount: 2 }, y: { errorCount: 3 } } },
    CONTEXT,
  );

  test("key by key, the newer one wins", () => {
    const { order, lastGood, usage } = mergeStates(older, newer);
    expect(Object.fromEntries(order)).toEqual({ a: ["1"], b: ["3"] });
    expect(Object.fromEntries(lastGood)).toEqual({ a: "1" });
    expect([...usage].map(([id, { errorCount }]) => [id, errorCount])).toEqual([
      ["x", 2],
      ["y", 3],
    ]);
  });

  test("with nothing newer the older one stays", () => {
    expect(mergeStates(older, EMPTY_STATE)).toEqual(older);
  });
});
