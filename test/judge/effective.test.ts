import { describe, expect, test } from "vitest";
import { mergeStores } from "../../src/judge/effective.ts";
import { credential, expiresIn, HOUR, NOW, state, store, usage } from "./reading-builder.ts";

const oauth = (profileId: string, ms: number, email: string | null = null) =>
  credential({ type: "oauth", profileId, expiry: expiresIn(ms), email });

describe("an agent's own store over its base", () => {
  test("own entries win, the rest is inherited", () => {
    const own = store({ owner: "ops", credentials: [credential({ profileId: "anthropic:a", expiry: expiresIn(-1) })] });
    const base = store({
      credentials: [credential({ profileId: "anthropic:a" }), credential({ profileId: "anthropic:b" })],
    });
    const { credentials } = mergeStores(own, base, NOW);
    expect([...credentials].map(([id, { owner }]) => [id, owner])).toEqual([
      ["anthropic:a", "ops"],
      ["anthropic:b", "main"],
    ]);
  });

  test("an empty own store inherits everything, records of use included", () => {
    const stored = state({ usage: new Map([["anthropic:a", usage({ errorCount: 4 })]]) });
    const base = store({ credentials: [credential({ profileId: "anthropic:a" })], state: stored });
    const merged = mergeStores(store({ owner: "ops" }), base, NOW);
    expect([...merged.credentials.keys()]).toEqual(["anthropic:a"]);
    expect(merged.usage.get("anthropic:a")?.errorCount).toBe(4);
  });

  test("own records of use win over the base's", () => {
    const own = store({ owner: "ops", state: state({ usage: new Map([["a", usage({ errorCount: 1 })]]) }) });
    const base = store({
      state: state({
        usage: new Map([
          ["a", usage({ errorCount: 4 })],
          ["b", usage({ errorCount: 5 })],
        ]),
      }),
    });
    const merged = mergeStores(own, base, NOW).usage;
    expect([merged.get("a")?.errorCount, merged.get("b")?.errorCount]).toEqual([1, 5]);
  });

  test.each([
    { name: "own order wins whole", own: ["anthropic:b"], expected: ["anthropic:b"] },
    {
      name: "without one, own ids come before the inherited order",
      own: null,
      expected: ["anthropic:own", "anthropic:a"],
    },
  ])("$name", ({ own, expected }) => {
    const ownState = own === null ? state() : state({ order: new Map([["anthropic", own]]) });
    const base = store({ state: state({ order: new Map([["anthropic", ["anthropic:a"]]]) }) });
    const mine = store({ owner: "ops", credentials: [credential({ profileId: "anthropic:own" })], state: ownState });
    expect(mergeStores(mine, base, NOW).order.get("anthropic")).toEqual(expected);
  });
});

describe("a default login that drifted from the base", () => {
  const stale = oauth("anthropic:default", -HOUR);
  const fresh = oauth("anthropic:a@x.io", 5 * HOUR, "a@x.io");

  test.each([
    {
      name: "gives way to the only fresh login of its provider",
      own: stale,
      base: [fresh],
      kept: ["anthropic:a@x.io"],
    },
    {
      name: "stays when two could follow",
      own: stale,
      base: [fresh, oauth("anthropic:b@x.io", 5 * HOUR, "b@x.io")],
      kept: ["anthropic:a@x.io", "anthropic:b@x.io", "anthropic:default"],
    },
    {
      name: "follows its own e-mail among several",
      own: oauth("anthropic:default", -HOUR, "a@x.io"),
      base: [fresh, oauth("anthropic:b@x.io", 9 * HOUR, "b@x.io")],
      kept: ["anthropic:a@x.io", "anthropic:b@x.io"],
    },
    {
      name: "stays when the base's login is somebody else's",
      own: oauth("anthropic:default", -HOUR, "z@x.io"),
      base: [fresh],
      kept: ["anthropic:a@x.io", "anthropic:default"],
    },
    {
      name: "stays while it is the fresher one",
      own: oauth("anthropic:default", 9 * HOUR),
      base: [fresh],
      kept: ["anthropic:a@x.io", "anthropic:default"],
    },
    {
      name: "stays when the base's login is about to end as well",
      own: stale,
      base: [oauth("anthropic:a@x.io", 5 * 60_000)],
      kept: ["anthropic:a@x.io", "anthropic:default"],
    },
  ])("$name", ({ own, base, kept }) => {
    const merged = mergeStores(store({ owner: "ops", credentials: [own] }), store({ credentials: base }), NOW);
    expect([...merged.credentials.keys()].toSorted()).toEqual(kept);
  });

  test("in the order too", () => {
    const order = new Map([["anthropic", ["anthropic:default"]]]);
    const own = store({ owner: "ops", credentials: [stale], state: state({ order }) });
    expect(mergeStores(own, store({ credentials: [fresh] }), NOW).order.get("anthropic")).toEqual(["anthropic:a@x.io"]);
  });
});
