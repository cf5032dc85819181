import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openMemoryStore } from "../../src/alerts/store-file.ts";
import { buildChanges, buildCondition, buildNotification, buildTold, later, NOW, tell } from "./sample-alerts.ts";
import { claim, useStores, write } from "./stores.ts";

const stores = useStores();

describe("the memory", () => {
  const told = buildTold({
    condition: buildCondition({ heldLike: "cooldown", knownAt: later(-9_000) }),
    leftMs: 7_200_000,
    because: "reminder",
    delivery: "pending",
  });
  const episode = {
    key: told.key,
    since: later(-5_000),
    endedAt: later(1),
    isUnwatched: false,
    changes: [later(-5_000), later(1)],
    condition: told.condition,
  };
  const silence = {
    id: "s1",
    matchers: { provider: "openai", agent: "op*" },
    startsAt: NOW,
    endsAt: later(1_000),
    comment: "on it",
  };

  it("comes back as it was written, from another process's point of view too", () => {
    const store = stores.openStore();
    store.addSilence(silence);
    const evenings = new Map([["ops", later(7)]]);
    const gone = { ...episode, key: "gone", gone: { forMs: 3_600_000, at: later(6) } };
    const seen = [{ place: "/home/ada/.openclaw", scope: "a", at: later(8) }];
    const boot = { id: "boot", uptimeMs: null, noticedAt: later(9) };
    write(store, buildChanges({ told: [told], episodes: [episode, gone], evenings, seen, boot }));
    const expected = {
      told: [told],
      episodes: [gone, episode],
      silences: [silence],
      evenings,
      seen,
      boot,
      waiting: [],
      begun: new Set(),
    };
    expect(stores.openStore().decide((memory) => ({ changes: buildChanges(), result: memory }))).toEqual(expected);
    expect(stores.openStore().memory()).toEqual(expected);
  });

  it("knows what does not hold any more, and since when", () => {
    const store = stores.openStore();
    const holding = { ...episode, key: "holding", endedAt: null };
    const left = { ...episode, key: "left", isUnwatched: true };
    const forMs = 7 * 86_400_000;
    const gone = { ...left, key: "gone", gone: { forMs, at: later(1) } };
    const dropped = { ...left, key: "dropped", gone: { forMs: forMs - 1, at: later(1) } };
    const over = { ...gone, key: "over", isUnwatched: false };
    write(store, buildChanges({ episodes: [episode, holding, left, gone, dropped, over] }));
    expect([...store.endings(["holding", episode.key, "left", "gone", "dropped", "over", "forgotten"])]).toEqual([
      [episode.key, { at: episode.endedAt, isUnwatched: false }],
      ["left", { at: episode.endedAt, isUnwatched: true }],
      ["gone", { at: episode.endedAt, isUnwatched: true, isGone: true }],
      ["dropped", { at: episode.endedAt, isUnwatched: true }],
      ["over", { at: episode.endedAt, isUnwatched: false }],
      ["forgotten", { at: null, isUnwatched: false }],
    ]);
  });

  it("forgets what is over", () => {
    const store = stores.openStore();
    write(store, buildChanges({ told: [told], episodes: [episode] }));
    write(store, buildChanges({ forgotten: [{ channel: "ops", key: told.key }], endedEpisodes: [told.key] }));
    expect(store.memory()).toMatchObject({ told: [], episodes: [] });
  });

  it("keeps nothing of a decision that breaks off", () => {
    const store = stores.openStore();
    expect(() =>
      store.decide(() => {
        throw new Error("a bug");
      }),
    ).toThrow("a bug");
    write(store, buildChanges({ told: [told] }));
    expect(() =>
      write(store, buildChanges({ forgotten: [told], evenings: new Map([["ops", new Date(NaN)]]) })),
    ).toThrow("NOT NULL");
    expect(store.memory().told).toEqual([told]);
  });

  it("takes any text", () => {
    const store = openMemoryStore();
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const summary = text.toWellFormed().replaceAll("\0", "");
        const condition = buildCondition({ summary, action: summary, profile: summary });
        write(store, buildChanges({ told: [buildTold({ condition })] }));
        expect(store.memory().told).toEqual([buildTold({ condition })]);
      }),
    );
    store.close();
  });

  it("has a history of who was told what, bounded", () => {
    const store = stores.openStore();
    for (let round = 0; round < 60; round += 1) {
      const conditions = Array.from({ length: 100 }, (_, i) => buildCondition({ key: `k${i}` }));
      write(store, tell([buildNotification({ id: `n${round}` }, conditions)]));
      store.markDelivered(`n${round}`, later(round), "");
    }
    expect(store.history(10_000)).toHaveLength(5_000);
    expect(store.history(1)).toEqual([
      { at: later(59), channel: "ops", key: "k99", because: "first", severity: "critical", notificationId: "n59" },
    ]);
  });

  it("has nothing in the history that did not arrive, and all that did once", () => {
    const store = stores.openStore();
    const of = (key: string) => [buildCondition({ key })];
    const end = buildNotification({ id: "end", status: "resolved" }, [...of("refused"), ...of("other")]);
    write(store, tell(["refused", "dropped", "taken back", "waiting"].map((id) => buildNotification({ id }, of(id)))));
    store.markDead("refused", NOW, "404");
    store.drop("dropped", NOW);
    write(store, buildChanges({ dropped: ["taken back"] }));
    const changes = tell([end]);
    const told = changes.told.map((row) => ({ ...row, isBelieved: row.key === "other" }));
    write(store, { ...changes, told });
    expect(store.history(9)).toEqual([]);
    expect(claim(store)).toEqual(["waiting", "end"]);
    for (const at of [later(1), later(2)]) store.markDelivered("end", at, "");
    expect(store.history(9)).toEqual([
      { at: later(1), channel: "ops", key: "other", because: "resolved", severity: "critical", notificationId: "end" },
    ]);
  });

  it("ends a silence at once, and only one that runs", () => {
    const store = stores.openStore();
    store.addSilence(silence);
    expect(store.expireSilence("s1", later(10))).toBe(true);
    expect(store.expireSilence("s1", later(11))).toBe(false);
    expect(store.expireSilence("none", later(11))).toBe(false);
    expect(store.silences()).toEqual([{ ...silence, endsAt: later(10) }]);
  });
});
