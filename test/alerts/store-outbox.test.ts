import { describe, expect, it } from "vitest";
import type { AlertStore } from "../../src/alerts/alert-store.ts";
import { buildChanges, buildCondition, buildNotification, later, NOW, tell } from "./sample-alerts.ts";
import { claim, LEASE_MS, useStores, write } from "./stores.ts";

const stores = useStores();

describe("the outbox", () => {
  const warning = buildCondition({ severity: "warning", reason: "expiring" });
  const critical = buildCondition();
  const other = buildCondition({ agent: "other", severity: "info" });

  it("gives the gravest first, then the oldest", () => {
    const store = stores.openStore();
    const conditions = [
      buildCondition({ key: "a", severity: "info" }),
      buildCondition({ key: "b", severity: "warning" }),
      buildCondition({ key: "c", severity: "critical" }),
      buildCondition({ key: "d", severity: "critical" }),
    ];
    write(store, tell(conditions.map((condition) => buildNotification({ id: condition.key }, [condition]))));
    expect(claim(store)).toEqual(["c", "d", "b", "a"]);
  });

  it.each([
    ["an end waits for its beginning", [warning], "firing", [warning], "resolved", ["old"]],
    ["a new beginning waits for the end before it", [warning], "resolved", [critical], "firing", ["old"]],
    ["the same again waits", [warning], "firing", [warning], "firing", ["old"]],
    ["something graver waits while both are due", [warning], "firing", [critical], "firing", ["old"]],
    ["another condition does not wait", [warning], "firing", [other], "firing", ["old", "new"]],
  ] as const)("keeps the order within a condition: %s", (_, old, oldStatus, fresh, freshStatus, expected) => {
    const store = stores.openStore();
    write(store, tell([buildNotification({ id: "old", status: oldStatus }, old)]));
    const changes = tell([buildNotification({ id: "new", status: freshStatus }, fresh)]);
    const isBelieved = oldStatus === "resolved";
    write(store, { ...changes, told: changes.told.map((row) => ({ ...row, isBelieved })) });
    expect(claim(store)).toEqual(expected);
    store.markDelivered("old", NOW, "ok");
    expect([...claim(store), ...expected.slice(1)]).toEqual(["new"]);
  });

  it.each([
    [
      "something graver passes a warning that is between two attempts",
      [warning],
      "firing",
      [critical],
      "firing",
      ["new"],
    ],
    ["an end never passes its beginning", [warning], "firing", [critical], "resolved", []],
    ["a beginning never passes an end", [warning], "resolved", [critical], "firing", []],
    ["a repeat passes nothing", [warning], "firing", [warning], "firing", []],
  ] as const)("while the older one is retried: %s", (_, old, oldStatus, fresh, freshStatus, expected) => {
    const store = stores.openStore();
    write(store, tell([buildNotification({ id: "old", status: oldStatus }, old)]));
    claim(store);
    store.markRetry("old", later(900_000), "503");
    write(store, tell([buildNotification({ id: "new", status: freshStatus }, fresh)]));
    expect(claim(store)).toEqual(expected);
    expect(store.nextDueAt()).toEqual(expected.length > 0 ? later(LEASE_MS) : later(900_000));
  });

  it("does not let a condition of one channel wait for another channel", () => {
    const store = stores.openStore();
    write(store, tell([buildNotification({ id: "a" }), buildNotification({ id: "b", channel: "mail" })]));
    expect(claim(store, { channels: ["mail"] })).toEqual(["b"]);
    expect(claim(store, { channels: ["ops", "mail"] })).toEqual(["a"]);
  });

  it("lets one process have a message, until its lease ends", () => {
    const [serve, check] = [stores.openStore(), stores.openStore()];
    write(serve, tell([buildNotification({ id: "a" })]));
    expect(claim(serve)).toEqual(["a"]);
    expect(claim(check, { now: later(LEASE_MS - 1) })).toEqual([]);
    expect(check.nextDueAt()).toEqual(later(LEASE_MS));
    expect(claim(check, { now: later(LEASE_MS) })).toEqual(["a"]);
  });

  it("gives nothing before its time", () => {
    const store = stores.openStore();
    write(store, tell([buildNotification({ id: "a" })], later(10_000)));
    expect(claim(store, { now: later(9_999) })).toEqual([]);
    expect(store.nextDueAt()).toEqual(later(10_000));
    expect(store.nextDueAt(["mail"])).toBeNull();
    expect(claim(store, { now: later(10_000) })).toEqual(["a"]);
  });

  it.each([
    ["claimed by a process that died", 0, (store: AlertStore) => claim(store)],
    ["to be tried again later", 0, (store: AlertStore) => [claim(store), store.markRetry("a", later(900_000), "503")]],
    ["never tried", 10_000, () => []],
  ])("waits for no clock that was set back by a day: %s", (_, waitMs, act) => {
    const store = stores.openStore();
    write(store, tell([buildNotification({ id: "a" })], later(waitMs)));
    act(store);
    expect(claim(store, { now: later(-86_400_000) })).toEqual(["a"]);
  });

  it.each([
    ["delivered", (store: AlertStore) => store.markDelivered("a", later(5), "250 queued"), "delivered", "250 queued"],
    ["given up", (store: AlertStore) => store.markDead("a", later(5), "404"), "dead", "404"],
    ["to be tried again", (store: AlertStore) => store.markRetry("a", later(9), "503"), "pending", "503"],
  ] as const)("says what became of a message, to the memory too: %s", (_, mark, state, lastDetail) => {
    const store = stores.openStore();
    write(store, tell([buildNotification({ id: "a" })]));
    claim(store);
    mark(store);
    expect(store.outbox()).toEqual([
      {
        notification: buildNotification({ id: "a" }),
        state,
        attempts: 1,
        nextAttemptAt: state === "pending" ? later(9) : NOW,
        lastDetail,
      },
    ]);
    expect(store.memory().told.map(({ delivery }) => delivery)).toEqual([state]);
  });

  it("remembers what a channel believes: what arrived there last", () => {
    const store = stores.openStore();
    const believed = (): readonly boolean[] => store.memory().told.map(({ isBelieved }) => isBelieved);
    write(store, tell([buildNotification({ id: "a" })]));
    write(store, tell([buildNotification({ id: "b" })]));
    // Nothing in the memory names the first message any more; it counts all the same.
    store.markDelivered("a", NOW, "ok");
    expect(believed()).toEqual([true]);
    store.markDead("b", NOW, "401");
    expect(believed()).toEqual([true]);
    const [told] = store.memory().told;
    const end = tell([buildNotification({ id: "c", status: "resolved" })]);
    write(store, { ...end, told: end.told.map((row) => ({ ...row, isBelieved: told!.isBelieved })) });
    expect(believed()).toEqual([true]);
    store.markDelivered("c", NOW, "ok");
    expect(believed()).toEqual([false]);
  });

  it("tells what was dropped by hand from what was given up", () => {
    const store = stores.openStore();
    write(store, tell([buildNotification({ id: "a" })]));
    store.drop("a", NOW);
    expect(store.memory().told).toMatchObject([{ delivery: "dropped", isBelieved: false }]);
  });

  it("gives a dead message another chance, and drops one", () => {
    const store = stores.openStore();
    write(store, tell([buildNotification({ id: "a" }), buildNotification({ id: "b" }, [other])]));
    store.markDead("a", NOW, "404");
    expect(store.retry("a", later(1))).toBe(true);
    expect(store.memory().told.map(({ delivery }) => delivery)).toEqual(["pending", "pending"]);
    expect(store.drop("b", NOW)).toBe(true);
    expect(claim(store, { now: later(1) })).toEqual(["a"]);
    store.markDelivered("a", later(1), "ok");
    expect([store.retry("a", NOW), store.drop("a", NOW), store.retry("none", NOW), store.drop("b", NOW)]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it("knows the waiting messages that may have arrived: claimed, even if long ago, or tried", () => {
    const store = stores.openStore();
    const hand = (id: string): void => write(store, tell([buildNotification({ id }, [buildCondition({ key: id })])]));
    for (const id of ["tried", "claimed", "given up"]) hand(id);
    store.markRetry("tried", NOW, "503");
    store.markDead("given up", NOW, "404");
    claim(store);
    hand("fresh");
    expect([...(store.memory().begun ?? [])].toSorted()).toEqual(["claimed", "tried"]);
  });

  it("lets a message grow until somebody begins to send it", () => {
    const store = stores.openStore();
    const second = buildCondition({ key: "second" });
    const grown = buildNotification({ id: "a" }, [critical, second]);
    write(store, tell([buildNotification({ id: "a" }, [critical])], later(10_000)));
    expect(store.memory().waiting).toEqual([
      { notification: buildNotification({ id: "a" }), notBefore: later(10_000) },
    ]);
    write(store, tell([grown], later(5_000)));
    expect(store.outbox()).toMatchObject([{ notification: grown, nextAttemptAt: later(5_000) }]);
    write(store, tell([buildNotification({ id: "b" }, [second])]));
    expect(claim(store, { now: later(5_000) })).toEqual(["a"]);
    expect(store.memory().waiting).toMatchObject([{ notification: { id: "b" } }]);
    write(store, tell([buildNotification({ id: "a" }, [warning])]));
    expect(store.outbox()[0]?.notification).toEqual(grown);
  });

  it("removes a waiting message that a decision drops, and never a delivered one", () => {
    const store = stores.openStore();
    write(store, tell([buildNotification({ id: "a" }), buildNotification({ id: "b" }, [other])]));
    store.markDelivered("b", NOW, "ok");
    write(store, buildChanges({ dropped: ["a", "b"] }));
    expect(store.outbox().map(({ notification }) => notification.id)).toEqual(["b"]);
  });

  it("counts what waits and what is dead, by channel", () => {
    const store = stores.openStore();
    const items = ["a", "b", "c"].map((id) => buildNotification({ id }, [buildCondition({ key: id })]));
    write(store, tell([...items, buildNotification({ id: "d", channel: "mail", createdAt: later(-9) })]));
    store.markDead("a", NOW, "404");
    store.markDelivered("b", NOW, "ok");
    expect(store.stats()).toEqual([
      { channel: "mail", pending: 1, dead: 0, oldestPendingAt: later(-9) },
      { channel: "ops", pending: 1, dead: 1, oldestPendingAt: NOW },
    ]);
    expect(store.waitingSinceBefore(NOW).map(({ notification }) => notification.id)).toEqual(["d"]);
  });

  it("forgets what ended long ago, and nothing that waits", () => {
    const store = stores.openStore();
    const items = ["a", "b", "c"].map((id) => buildNotification({ id }, [buildCondition({ key: id })]));
    write(store, tell(items));
    store.markDelivered("a", NOW, "ok");
    store.markDead("b", NOW, "404");
    store.addSilence({ id: "s", matchers: {}, startsAt: later(-2), endsAt: later(-1), comment: "" });
    store.prune(later(1));
    expect(store.outbox().map(({ notification }) => notification.id)).toEqual(["c"]);
    expect(store.silences()).toEqual([]);
  });

  it("hands over a message once, however often it is given", () => {
    const store = stores.openStore();
    write(store, tell([buildNotification({ id: "a" })]));
    write(store, tell([buildNotification({ id: "a" })]));
    expect(store.outbox()).toHaveLength(1);
  });
});
