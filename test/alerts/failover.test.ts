import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AlertStore } from "../../src/alerts/alert-store.ts";
import { createFailover, type Failover } from "../../src/alerts/failover.ts";
import { openAlertStore } from "../../src/alerts/store-file.ts";
import { buildChanges, buildCondition, buildNotification, buildTold, later, NOW, tell } from "./sample-alerts.ts";

const LEASE_MS = 60_000;

let directory: string;
/** What another process sees. */
let other: AlertStore;
let ours: Failover;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-auth-failover-"));
  other = openAlertStore(directory, NOW);
  ours = createFailover(openAlertStore(directory, NOW));
});

afterEach(() => {
  ours.close();
  other.close();
  rmSync(directory, { recursive: true, force: true });
});

function hand(store: AlertStore, ...ids: readonly string[]): void {
  const messages = ids.map((id) => buildNotification({ id }, [buildCondition({ key: id })]));
  store.decide(() => ({ changes: tell(messages), result: null }));
}

function claim(store: AlertStore, now = NOW): readonly string[] {
  const claimed = store.claim({ now, leaseMs: LEASE_MS, channels: ["ops"] });
  return claimed === null ? [] : [claimed.notification.id, ...claim(store, now)];
}

function outbox(store: AlertStore): readonly (readonly unknown[])[] {
  return store
    .outbox()
    .map(({ notification, state, attempts, lastDetail }) => [notification.id, state, attempts, lastDetail]);
}

function deliveries(store: AlertStore): Readonly<Record<string, string>> {
  return Object.fromEntries(store.memory().told.map(({ key, delivery }) => [key, delivery]));
}

describe("the copy in memory", () => {
  it("leaves to another process what that one is sending", () => {
    hand(other, "theirs", "free");
    other.claim({ now: NOW, leaseMs: LEASE_MS, channels: ["ops"] });
    ours.fail();
    expect(claim(ours.store)).toEqual(["free"]);
    expect(claim(ours.store, later(LEASE_MS))).toEqual(["theirs", "free"]);
  });

  it("knows what was tried and given up, silences and history", () => {
    hand(other, "tried", "dead");
    other.markRetry("tried", later(5_000), "503");
    other.markDead("dead", NOW, "404");
    other.addSilence({ id: "s", matchers: { agent: "*" }, startsAt: NOW, endsAt: later(1), comment: "" });
    const before = { outbox: other.outbox(), memory: other.memory(), history: other.history(9) };
    ours.fail();
    const { store } = ours;
    expect({ outbox: store.outbox(), memory: store.memory(), history: store.history(9) }).toEqual(before);
    expect(store.memory().begun).toEqual(new Set(["tried"]));
  });
});

describe("the way back", () => {
  it("brings what was tried, given up, delivered and told meanwhile", () => {
    hand(other, "tried", "dead", "delivered");
    ours.fail();
    hand(ours.store, "new", "new dead");
    ours.store.markRetry("tried", later(5_000), "503");
    ours.store.markRetry("tried", later(9_000), "502");
    ours.store.markRetry("new", later(7_000), "500");
    ours.store.markDead("dead", NOW, "404");
    ours.store.markDead("new dead", NOW, "410");
    ours.store.markDelivered("delivered", NOW, "ok");
    const expected = { outbox: ours.store.outbox(), memory: ours.store.memory(), history: ours.store.history(9) };
    expect(ours.recover()).toBe(true);
    expect({ outbox: other.outbox(), memory: other.memory(), history: other.history(9) }).toEqual(expected);
    expect(outbox(other)).toEqual([
      ["tried", "pending", 2, "502"],
      ["dead", "dead", 1, "404"],
      ["delivered", "delivered", 1, "ok"],
      ["new", "pending", 1, "500"],
      ["new dead", "dead", 1, "410"],
    ]);
  });

  it("undoes nothing that others did meanwhile", () => {
    hand(other, "delivered", "dropped", "tried", "told again");
    ours.fail();
    hand(other, "theirs");
    other.markDelivered("delivered", NOW, "ok");
    other.drop("dropped", NOW);
    other.markRetry("tried", later(5_000), "503");
    const again = buildTold({
      condition: buildCondition({ key: "told again" }),
      toldAt: later(9),
      notificationId: "told again",
    });
    other.decide(() => ({ changes: buildChanges({ told: [again] }), result: null }));
    const before = { outbox: other.outbox(), memory: other.memory(), history: other.history(9) };
    ours.recover();
    expect({ outbox: other.outbox(), memory: other.memory(), history: other.history(9) }).toEqual(before);
  });

  it("takes for delivered what others delivered while its memory changed here", () => {
    hand(other, "a");
    ours.fail();
    const [row] = ours.store.memory().told;
    if (row !== undefined) ours.store.decide(() => ({ changes: buildChanges({ told: [{ ...row, severity: "info" }] }), result: null })); // oxfmt-ignore
    other.markDelivered("a", NOW, "ok");
    ours.recover();
    expect(other.memory().told).toMatchObject([{ severity: "info", delivery: "delivered", isBelieved: true }]);
  });

  it("forgets what was forgotten, and keeps what others told of it since", () => {
    hand(other, "over", "back");
    ours.fail();
    const forgotten = [{ channel: "ops", key: "over" }, { channel: "ops", key: "back" }]; // oxfmt-ignore
    ours.store.decide(() => ({ changes: buildChanges({ forgotten, dropped: ["over", "back"] }), result: null }));
    other.markRetry("back", later(1), "503");
    const again = buildTold({ condition: buildCondition({ key: "back" }), toldAt: later(9), notificationId: "back" });
    other.decide(() => ({ changes: buildChanges({ told: [again] }), result: null }));
    ours.recover();
    expect([deliveries(other), outbox(other)]).toEqual([{ back: "pending" }, [["back", "pending", 1, "503"]]]);
  });
});
