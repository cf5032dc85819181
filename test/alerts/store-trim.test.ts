import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AlertStore } from "../../src/alerts/alert-store.ts";
import { openMemoryStore } from "../../src/alerts/store-file.ts";
import { buildChanges, buildCondition, buildNotification, later, NOW, tell } from "./sample-alerts.ts";

const LEASE_MS = 60_000;
const [a, b] = ["a", "b"].map((key) => buildCondition({ key, severity: "warning" })) as [Condition, Condition];
type Condition = ReturnType<typeof buildCondition>;
const graver = { ...a, severity: "critical" } as const;

let store: AlertStore;

beforeEach(() => {
  store = openMemoryStore();
});

afterEach(() => store.close());

function say(id: string, conditions: readonly Condition[], status: "firing" | "resolved" = "firing"): void {
  store.decide(() => ({ changes: tell([buildNotification({ id, status }, conditions)]), result: null }));
}

/** An end that waits behind a beginning which has not arrived yet. */
function queueEnd(conditions: readonly Condition[]): void {
  const changes = tell([buildNotification({ id: "ends", status: "resolved" }, conditions)]);
  const told = changes.told.map((row) => ({ ...row, isBelieved: false }));
  store.decide(() => ({ changes: { ...changes, told }, result: null }));
}

function claim(now = NOW): string | null {
  const claimed = store.claim({ now, leaseMs: LEASE_MS, channels: ["ops"] });
  return claimed === null ? null : `${claimed.notification.id} ${claimed.notification.status} ${claimed.notification.items.map(({ condition }) => condition.key).join("+")}`; // oxfmt-ignore
}

function outbox(): readonly string[] {
  return store
    .outbox()
    .map(({ notification, state, attempts }) => `${notification.id} ${state} ${notification.severity} ${attempts}`);
}

describe("the end of what was refused", () => {
  it("does not leave, and is forgotten", () => {
    say("begins", [a]);
    queueEnd([a]);
    store.markDead("begins", NOW, "404");
    expect(claim()).toBeNull();
    expect([outbox(), store.memory().told]).toEqual([["begins dead warning 1"], []]);
  });

  it("is left out of a message that ends something else too", () => {
    say("begins", [a]);
    say("more", [b]);
    queueEnd([a, b]);
    store.markDead("begins", NOW, "404");
    store.markDelivered("more", NOW, "204");
    expect(claim()).toBe("ends resolved b");
    expect(store.memory().told.map(({ key, isBelieved }) => [key, isBelieved])).toEqual([["b", true]]);
  });

  it("leaves at once where somebody wants it tried again", () => {
    say("begins", [a]);
    store.markDelivered("begins", NOW, "204");
    say("ends", [a], "resolved");
    store.markDead("ends", NOW, "404");
    say("over", [a], "resolved");
    store.markDelivered("over", NOW, "204");
    store.retry("ends", NOW);
    expect(claim()).toBe("ends resolved a");
  });

  it("leaves when something arrived, whatever was refused after it", () => {
    say("begins", [a]);
    store.markDelivered("begins", NOW, "204");
    store.decide((memory) => ({
      changes: buildChanges({
        ...tell([buildNotification({ id: "worse" }, [graver]), buildNotification({ id: "ends", status: "resolved" }, [a])]), // oxfmt-ignore
        told: memory.told.map((row) => ({ ...row, state: "resolved", notificationId: "ends", delivery: "pending" })),
      }),
      result: null,
    }));
    store.markDead("worse", NOW, "404");
    expect(claim()).toBe("ends resolved a");
  });
});

describe("what something graver passed", () => {
  beforeEach(() => {
    say("warns", [a, b]);
    store.markRetry("warns", later(5_000), "503");
    say("alarms", [graver]);
  });

  it("is not told any more once that arrived, the rest is", () => {
    expect(claim()).toBe("alarms firing a");
    store.markDelivered("alarms", NOW, "204");
    expect(claim(later(5_000))).toBe("warns firing b");
  });

  it("is told when that did not arrive", () => {
    store.markDead("alarms", NOW, "404");
    expect(claim(later(5_000))).toBe("warns firing a+b");
  });

  it("is left to who is sending it", () => {
    expect(claim()).toBe("alarms firing a");
    expect(claim(later(5_000))).toBe("warns firing a+b");
    store.markDelivered("alarms", NOW, "204");
    expect(outbox()).toEqual(["warns pending warning 1", "alarms delivered critical 1"]);
  });

  it("makes no message at all when nothing else was in it", () => {
    store.markDelivered("warns", NOW, "204");
    say("again", [b]);
    store.markRetry("again", later(5_000), "503");
    say("worse", [{ ...b, severity: "critical" }]);
    store.markDelivered("worse", NOW, "204");
    expect(outbox().filter((line) => line.includes("pending"))).toEqual(["alarms pending critical 0"]);
  });
});

describe("what was given up", () => {
  it("is one message for what it tells of, with the attempts of all", () => {
    for (const id of ["1", "2", "3"]) {
      say(id, [a]);
      store.markRetry(id, NOW, "503");
      store.markDead(id, NOW, "404");
    }
    expect(outbox()).toEqual(["3 dead warning 6"]);
    expect(store.stats()).toMatchObject([{ dead: 1 }]);
  });

  it("stays while it tells of an end, or in another channel", () => {
    say("end", [a], "resolved");
    store.decide(() => ({ changes: tell([buildNotification({ id: "mail", channel: "mail" }, [a])]), result: null }));
    say("last", [a]);
    for (const id of ["end", "mail", "last"]) store.markDead(id, NOW, "404");
    expect(outbox().map((line) => line.split(" ")[0])).toEqual(["end", "mail", "last"]);
  });

  it("tells of the rest once some of it was given up again", () => {
    say("more", [graver, b]);
    say("less", [graver]);
    for (const id of ["more", "less"]) store.markDead(id, NOW, "404");
    expect(outbox()).toEqual(["more dead warning 1", "less dead critical 1"]);
    say("rest", [b]);
    store.markDead("rest", NOW, "404");
    expect(outbox()).toEqual(["less dead critical 1", "rest dead warning 2"]);
    store.retry("less", NOW);
    expect(claim()).toBe("less firing a");
  });
});

describe("a new label", () => {
  it("is in what waits, so that it is still known to hold", () => {
    const key = "old/main/expiry/anthropic:default";
    const renamed = new Map([[key, key.replace("old", "new")]]);
    say("waits", [buildCondition({ key, installation: "old" })]);
    store.decide(() => ({ changes: buildChanges({ renamed }), result: null }));
    expect(claim()).toBe("waits firing new/main/expiry/anthropic:default");
    expect(store.outbox()[0]?.notification.items[0]?.condition.installation).toBe("new");
  });
});
