import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AlertStore } from "../../src/alerts/alert-store.ts";
import type { Condition } from "../../src/alerts/condition.ts";
import { createDeliverer, type DeliverOptions, type Deliverer } from "../../src/alerts/deliver.ts";
import { openAlertStore, openMemoryStore } from "../../src/alerts/store-file.ts";
import type { Channel } from "../../src/channels/channel.ts";
import { accept, answer, drop, hang, postTo, type Receiver, renderPlainly, startReceiver } from "./receiver.ts";
import { buildCondition, buildNotification, later, NOW, tell } from "./sample-alerts.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let directory: string;
let receiver: Receiver;
let store: AlertStore;
let now: Date;
let outcomes: string[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "agent-auth-deliver-"));
  receiver = await startReceiver();
  store = openAlertStore(directory, NOW);
  now = NOW;
  outcomes = [];
});

afterEach(async () => {
  store.close();
  await receiver.close();
  rmSync(directory, { recursive: true, force: true });
});

function createOf(channels: Readonly<Record<string, Channel>>, given: Partial<DeliverOptions> = {}): Deliverer {
  return createDeliverer({
    store: () => store,
    channels: () => new Map(Object.entries(channels)),
    maxAgeMs: () => 72 * HOUR,
    render: renderPlainly,
    now: () => now,
    random: () => 0.5,
    attemptMs: 30_000,
    onOutcome: (outcome, { id }, detail) => outcomes.push(`${id} ${outcome} ${detail}`),
    onStoreFailure: (error) => {
      throw error;
    },
    onIdle: () => undefined,
    ...given,
  });
}

/** Hands over a message about each condition, its key being the id of the message. */
function hand(...keys: readonly string[]): void {
  handConditions(...keys.map((key) => buildCondition({ key })));
}

function handConditions(...conditions: readonly Condition[]): void {
  const made = conditions.map((condition) => buildNotification({ id: condition.key }, [condition]));
  store.decide(() => ({ changes: tell(made, now), result: null }));
}

/** Lets the time pass from one due moment to the next until nothing waits, or this moment is reached. */
async function runUntil(deliverer: Deliverer, end: Date): Promise<void> {
  for (;;) {
    await deliverer.run();
    const next = deliverer.nextAt();
    if (next === null || next > end) break;
    expect(next.getTime()).toBeGreaterThan(now.getTime());
    now = next;
  }
  now = end;
}

function states(): Readonly<Record<string, string>> {
  return Object.fromEntries(store.outbox().map(({ notification, state }) => [notification.id, state]));
}

it("says that some of the recipients did not get a message, which is delivered", async () => {
  hand("a");
  const partial: Channel = {
    send: async () => ({ kind: "delivered", detail: "1 of 2 recipients not accepted", isPartial: true }),
    close: async () => undefined,
  };
  await createOf({ ops: partial }).run();
  expect(outcomes).toEqual(["a partial 1 of 2 recipients not accepted"]);
  expect(store.outbox()).toMatchObject([{ state: "delivered", lastDetail: "1 of 2 recipients not accepted" }]);
});

describe("a message", () => {
  it("leaves once and is remembered as delivered", async () => {
    hand("a");
    const deliverer = createOf({ ops: postTo(receiver.url) });
    await deliverer.run();
    await deliverer.run();
    expect(receiver.accepted).toEqual(["a"]);
    expect(outcomes).toEqual(["a delivered 204"]);
    expect(store.memory().told.map(({ delivery }) => delivery)).toEqual(["delivered"]);
    expect(deliverer.nextAt()).toBeNull();
  });

  it.each([
    ["an error of the server", answer(503), "503"],
    ["a dropped connection", drop, "no answer"],
  ])("is tried again until it gets through, at growing intervals: %s", async (_, failure, detail) => {
    hand("a");
    receiver.behave(failure, failure, failure, accept);
    const deliverer = createOf({ ops: postTo(receiver.url) });
    const waits: number[] = [];
    for (;;) {
      await deliverer.run();
      const next = deliverer.nextAt();
      if (next === null) break;
      waits.push(next.getTime() - now.getTime());
      now = next;
    }
    expect(waits).toEqual([7_500, 12_500, 22_500]);
    expect(outcomes).toEqual([...Array.from({ length: 3 }, () => `a retried ${detail}`), "a delivered 204"]);
  });

  it.each([
    ["within reason", "120", 2 * MINUTE],
    ["not sooner than we would", "1", 7_500],
    ["not for ever", "86400", HOUR],
    ["not into the past", "-5", 7_500],
  ])("waits as long as the server asks: %s", async (_, seconds, waitMs) => {
    hand("a");
    receiver.behave(answer(429, { "retry-after": seconds }), accept);
    const deliverer = createOf({ ops: postTo(receiver.url) });
    await deliverer.run();
    expect(deliverer.nextAt()).toEqual(later(waitMs));
    await runUntil(deliverer, later(2 * HOUR));
    expect(receiver.accepted).toEqual(["a"]);
  });

  it("that is refused is dead at once, and the next one leaves", async () => {
    hand("a", "b");
    receiver.behave(answer(404), accept);
    await createOf({ ops: postTo(receiver.url) }).run();
    expect(outcomes).toEqual(["a refused 404", "b delivered 204"]);
    expect(states()).toEqual({ a: "dead", b: "delivered" });
    expect(store.memory().told.map(({ key, delivery }) => [key, delivery])).toEqual([
      ["a", "dead"],
      ["b", "delivered"],
    ]);
  });

  it("and refused like five before it is no storm: from then on one at a time, until one arrives", async () => {
    hand("a", "b", "c", "d", "e", "f", "g", "h");
    receiver.behave(answer(401));
    const deliverer = createOf({ ops: postTo(receiver.url) });
    await deliverer.run();
    expect(outcomes).toHaveLength(5);
    expect(deliverer.nextAt()).toEqual(later(7_500));
    now = later(7_500);
    await deliverer.run();
    expect(outcomes).toHaveLength(6);
    receiver.behave(accept);
    now = later(HOUR);
    await deliverer.run();
    expect(outcomes.slice(6)).toEqual(["g delivered 204", "h delivered 204"]);
  });

  it("does not wait for a channel that was opened anew meanwhile, as after its config was mended", async () => {
    hand("a", "b", "c", "d", "e", "f");
    receiver.behave(answer(401));
    let channels = new Map([["ops", postTo(receiver.url)]]);
    const deliverer = createOf({}, { channels: () => channels });
    await deliverer.run();
    receiver.behave(accept);
    channels = new Map([["ops", postTo(receiver.url)]]);
    await deliverer.run();
    expect(outcomes.at(-1)).toBe("f delivered 204");
  });

  it("is given up when it is too old, and not before", async () => {
    hand("a");
    receiver.behave(answer(500));
    const deliverer = createOf({ ops: postTo(receiver.url) }, { maxAgeMs: () => 6 * HOUR });
    await runUntil(deliverer, later(6 * HOUR));
    expect(states()).toEqual({ a: "pending" });
    await runUntil(deliverer, later(7 * HOUR));
    expect(states()).toEqual({ a: "dead" });
    expect(outcomes.filter((line) => line.includes("dead"))).toEqual(["a dead 500"]);
  });

  it("that is too old after a long night gets one attempt", async () => {
    hand("a");
    now = later(100 * HOUR);
    await createOf({ ops: postTo(receiver.url) }).run();
    expect(outcomes).toEqual(["a delivered 204"]);
  });

  it("of a channel that is gone stays visible, and is given up when it is too old", async () => {
    hand("a");
    const deliverer = createOf({});
    await deliverer.run();
    expect([states(), deliverer.nextAt()]).toEqual([{ a: "pending" }, null]);
    now = later(7 * 24 * HOUR - 1);
    await deliverer.run();
    expect(states()).toEqual({ a: "pending" });
    now = later(7 * 24 * HOUR);
    await deliverer.run();
    expect([states(), outcomes]).toEqual([{ a: "dead" }, ["a dead too old"]]);
  });
});

describe("a channel that fails", () => {
  it("does not hold up another", async () => {
    const second = await startReceiver();
    receiver.behave(hang);
    const deliverer = createOf({ ops: postTo(receiver.url), mail: postTo(second.url) });
    const made = ["ops", "mail"].map((channel) => buildNotification({ id: channel, channel }));
    store.decide(() => ({ changes: tell(made), result: null }));
    const running = deliverer.run();
    while (!outcomes.includes("mail delivered 204")) await new Promise(setImmediate);
    await deliverer.stop(0);
    await running;
    expect(outcomes).toEqual(["mail delivered 204"]);
    await second.close();
  });

  it("is cut off at the deadline, even when it does not listen", async () => {
    hand("a");
    const deaf: Channel = { send: () => new Promise(() => undefined), close: () => Promise.resolve() };
    await createOf({ ops: deaf }, { attemptMs: 20 }).run();
    expect(outcomes).toEqual(["a retried no answer within 0.02 s"]);
  });

  it.each([
    ["throws", () => { throw new TypeError("https://CANARY.example"); }], // oxfmt-ignore
    ["rejects", () => Promise.reject(new TypeError("https://CANARY.example"))],
  ])("by a bug of its own is tried again, without a word of what it said: %s", async (_, send) => {
    hand("a");
    await createOf({ ops: { send, close: () => Promise.resolve() } }).run();
    expect(outcomes).toEqual(["a retried unexpected TypeError in the channel"]);
  });

  it("to be rendered for is tried again too", async () => {
    hand("a", "b");
    const render: typeof renderPlainly = (notification) => {
      if (notification.id === "a") throw new RangeError("CANARY");
      return renderPlainly(notification);
    };
    await createOf({ ops: postTo(receiver.url) }, { render }).run();
    expect(outcomes).toEqual(["a retried unexpected RangeError in the channel", "b delivered 204"]);
  });

  it("five times in a row is tried with one message at a time, the others keep their attempts", async () => {
    receiver.behave(answer(503));
    hand("a", "b", "c", "d", "e", "f", "g");
    const deliverer = createOf({ ops: postTo(receiver.url) });
    await deliverer.run();
    expect(receiver.attempts).toEqual(["a", "b", "c", "d", "e"]);
    for (let probe = 0; probe < 3; probe += 1) {
      now = deliverer.nextAt()!;
      await deliverer.run();
    }
    expect(receiver.attempts).toHaveLength(8);
    receiver.behave(accept);
    now = deliverer.nextAt()!;
    await deliverer.run();
    await runUntil(deliverer, later(HOUR));
    expect(receiver.accepted.toSorted()).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
  });

  describe("of some messages only", () => {
    /** Answers as a server that chokes on these messages. */
    const chokeOn = (...poison: readonly string[]): Channel => {
      const good = postTo(receiver.url);
      return {
        ...good,
        send: async (notification, message, context) =>
          poison.includes(notification.id)
            ? { kind: "retry", detail: "500", retryAfterMs: null }
            : good.send(notification, message, context),
      };
    };

    it("delays no other, however grave that one is and however often it fails", async () => {
      hand("poison");
      const deliverer = createOf({ ops: chokeOn("poison") });
      await runUntil(deliverer, later(6 * HOUR));
      for (const [at, key] of ["a", "b", "c"].entries()) {
        handConditions(buildCondition({ key, severity: "warning" }));
        await deliverer.run();
        expect(receiver.accepted).toHaveLength(at + 1);
        await runUntil(deliverer, later((at + 7) * HOUR));
      }
      expect(states()).toMatchObject({ poison: "pending" });
    });

    it("lets others through by the time that the channel is tried again", async () => {
      const poison = ["p1", "p2", "p3", "p4", "p5", "p6"];
      hand(...poison);
      const deliverer = createOf({ ops: chokeOn(...poison) });
      await runUntil(deliverer, later(6 * HOUR));
      handConditions(buildCondition({ key: "a", severity: "info" }));
      await runUntil(deliverer, later(6 * HOUR + 15 * MINUTE));
      expect(receiver.accepted).toEqual(["a"]);
    });
  });

  it("is first tried with what is gravest", async () => {
    receiver.behave(answer(503));
    handConditions(...["a", "b", "c", "d", "e"].map((key) => buildCondition({ key, severity: "warning" })));
    const deliverer = createOf({ ops: postTo(receiver.url) });
    await deliverer.run();
    hand("critical");
    now = deliverer.nextAt()!;
    await deliverer.run();
    expect(receiver.attempts.at(-1)).toBe("critical");
  });

  it("with a request to wait is left alone as a whole", async () => {
    hand("a", "b");
    receiver.behave(answer(429, { "retry-after": "600" }), accept);
    const deliverer = createOf({ ops: postTo(receiver.url) });
    await deliverer.run();
    expect([receiver.attempts, deliverer.nextAt()]).toEqual([["a"], later(10 * MINUTE)]);
  });

  it("waits no longer than an hour after the clock was set back", async () => {
    hand("a");
    receiver.behave(answer(429, { "retry-after": "600" }), accept);
    const deliverer = createOf({ ops: postTo(receiver.url) });
    await deliverer.run();
    now = later(-24 * HOUR);
    await deliverer.run();
    expect(receiver.accepted).toEqual(["a"]);
  });
});

describe("stopping", () => {
  it("cuts off what is under way, and keeps it due", async () => {
    hand("a", "b");
    receiver.behave(hang);
    const deliverer = createOf({ ops: postTo(receiver.url) });
    const running = deliverer.run();
    while (receiver.attempts.length === 0) await new Promise(setImmediate);
    await deliverer.stop(0);
    await running;
    expect(store.outbox().map(({ state, nextAttemptAt }) => [state, nextAttemptAt])).toEqual([
      ["pending", NOW],
      ["pending", NOW],
    ]);
    receiver.behave(accept);
    await createOf({ ops: postTo(receiver.url) }).run();
    expect(receiver.accepted).toEqual(["a", "b"]);
  });

  it("lets what is under way end within the grace, and starts nothing more", async () => {
    hand("a", "b");
    const deliverer = createOf({ ops: postTo(receiver.url) });
    const running = deliverer.run();
    await deliverer.stop(10_000);
    await running;
    expect(states()).toEqual({ a: "delivered", b: "pending" });
    await deliverer.run();
    expect(receiver.attempts).toEqual(["a"]);
  });
});

describe("a store that fails", () => {
  it("does not make a delivered message leave twice", async () => {
    hand("a");
    const broken = store;
    const memory = openMemoryStore();
    memory.decide(() => ({
      changes: tell([buildNotification({ id: "a" }, [buildCondition({ key: "a" })])]),
      result: 0,
    }));
    let current: AlertStore = {
      ...broken,
      markDelivered: () => {
        throw new Error("disk full");
      },
    };
    const failures: unknown[] = [];
    const deliverer = createOf(
      { ops: postTo(receiver.url) },
      {
        store: () => current,
        onStoreFailure: (error) => {
          failures.push(error);
          current = memory;
        },
      },
    );
    await deliverer.run();
    expect(failures).toHaveLength(1);
    expect(receiver.attempts).toEqual(["a"]);
    expect(memory.outbox().map(({ state }) => state)).toEqual(["delivered"]);
    memory.close();
  });

  it("for good stops sending rather than repeating itself", async () => {
    hand("a");
    const failing: AlertStore = {
      ...store,
      markDelivered: () => {
        throw new Error("disk full");
      },
    };
    const deliverer = createOf(
      { ops: postTo(receiver.url) },
      { store: () => failing, onStoreFailure: () => undefined },
    );
    await deliverer.run();
    now = later(HOUR);
    await deliverer.run();
    expect(receiver.attempts).toEqual(["a"]);
  });
});
