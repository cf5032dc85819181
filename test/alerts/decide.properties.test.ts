import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AlertMemory, Told } from "../../src/alerts/alert-store.ts";
import { rank } from "../../src/alerts/answer.ts";
import type { Condition, ConditionSet } from "../../src/alerts/condition.ts";
import { type Decision, decide } from "../../src/alerts/decide.ts";
import { applyChanges, applyDelivery, EMPTY_MEMORY } from "../../src/alerts/memory.ts";
import type { Notification, NotificationItem } from "../../src/alerts/notification.ts";
import { type AlertPolicy, DEFAULT_ALERT_POLICY } from "../../src/alerts/policy.ts";
import { channel, condition, setOf } from "./conditions-builder.ts";
import { after, DAY, HOUR, MINUTE } from "./timeline.ts";

const HOLD_MS = 10 * MINUTE;
const CHANNELS = [channel({ name: "all" }), channel({ name: "pager", minSeverity: "critical" })];
const STATES = ["absent", "absent", "info", "warning", "critical", "unknown"] as const;

/** One thing with an end, one that must hold, one plain. */
const KINDS: readonly ((severity: Condition["severity"]) => Condition)[] = [
  (severity) => condition({ severity, expiresAt: after(5 * DAY), reason: "expired" }),
  (severity) => condition({ severity, family: "store", profile: null, reason: "bad_json" }),
  (severity) => condition({ severity, family: "refresh", reason: "refresh_failed" }),
];

const anyStep = fc.record({
  waitMs: fc.oneof(fc.constantFrom(1, MINUTE, HOLD_MS, HOUR, 4 * HOUR, DAY), fc.integer({ min: 1, max: 2 * DAY })),
  states: fc.tuple(fc.constantFrom(...STATES), fc.constantFrom(...STATES), fc.constantFrom(...STATES)),
  /** The process ends after deciding, before anything was written. */
  isCrash: fc.boolean(),
  /** How many of the waiting messages arrive, oldest first. */
  arrivals: fc.integer({ min: 0, max: 3 }),
});
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

interface Seen {
  readonly at: Date;
  readonly conditions: ConditionSet;
  readonly before: AlertMemory;
  readonly memory: AlertMemory;
  readonly notifications: readonly Notification[];
  readonly decisions: readonly Decision[];
  readonly policy: AlertPolicy;
}

interface Run {
  readonly steps: readonly Seen[];
  /** What each receiver got, in order. */
  readonly received: readonly Notification[];
}

function run(steps: readonly Step[], undelivered: AlertPolicy["undelivered"]): Run {
  const policy: AlertPolicy = {
    ...DEFAULT_ALERT_POLICY,
    undelivered,
    holdMs: { bad_json: HOLD_MS },
    flapping: { changes: 1_000, withinMs: HOUR },
  };
  let memory = EMPTY_MEMORY;
  let outbox: Notification[] = [];
  const received: Notification[] = [];
  const seen: Seen[] = [];
  let atMs = 0;
  let made = 0;
  for (const { waitMs, states, isCrash, arrivals } of steps) {
    atMs += waitMs;
    const at = after(atMs);
    const conditions = toSet(states);
    const before = memory;
    const { changes, result } = decide({
      conditions,
      memory,
      policy,
      channels: CHANNELS,
      now: at,
      newId: () => `${made++}`,
    });
    if (isCrash) continue;
    memory = applyChanges(memory, changes);
    const notifications = changes.notifications.map(({ notification }) => notification);
    outbox = [...outbox, ...notifications].filter(({ id }) => !changes.dropped.includes(id));
    seen.push({ at, conditions, before, memory, notifications, decisions: result, policy });
    for (const notification of outbox.splice(0, arrivals)) {
      received.push(notification);
      memory = applyDelivery(memory, notification.id, "delivered");
    }
  }
  return { steps: seen, received: [...received, ...outbox] };
}

function toSet(states: Step["states"]): ConditionSet {
  const conditions: Condition[] = [];
  const unknown: string[] = [];
  for (const [index, state] of states.entries()) {
    const kind = KINDS[index]!;
    if (state === "unknown") unknown.push(kind("info").key);
    else if (state !== "absent") conditions.push(kind(state));
  }
  return setOf(conditions, unknown);
}

function forAll(check: (run: Run) => void): void {
  const policies = fc.constantFrom<AlertPolicy["undelivered"][]>("send", "drop");
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 40 }), policies, (steps, undelivered) =>
      check(run(steps, undelivered)),
    ),
    { numRuns: 1_500 },
  );
}

function toldOf({ told }: AlertMemory, name: string, key: string): Told | undefined {
  return told.find((row) => row.channel === name && row.key === key);
}

/** Everything that was ever said of each condition on each channel, in order. */
function streams({ steps }: Run): readonly (readonly (NotificationItem & { readonly at: Date })[])[] {
  const all = steps.flatMap(({ at, notifications }) =>
    notifications.flatMap((one) =>
      one.items.map((item) => ({ ...item, at, id: `${one.channel} ${item.condition.key}` })),
    ),
  );
  return [...Map.groupBy(all, ({ id }) => id).values()];
}

describe("whatever comes, goes, breaks off or arrives late", () => {
  test("nothing is lost: what holds long enough and matters to a channel is firing there", () => {
    forAll(({ steps }) => {
      for (const { at, conditions, memory, policy } of steps) {
        for (const one of conditions.conditions) {
          const { since } = memory.episodes.find(({ key }) => key === one.key)!;
          if (at.getTime() - since.getTime() < (policy.holdMs[one.reason] ?? 0)) continue;
          for (const { name, minSeverity } of CHANNELS) {
            const told = toldOf(memory, name, one.key);
            if (rank(one.severity) >= rank(minSeverity)) {
              expect(told?.state).toBe("firing");
              expect(rank(told!.severity)).toBeGreaterThanOrEqual(rank(one.severity));
            }
          }
        }
      }
    });
  });

  test("nothing is invented: what is told as firing holds at that moment, and gravely enough", () => {
    forAll(({ steps }) => {
      for (const { conditions, notifications } of steps) {
        for (const { channel: name, items } of notifications) {
          const { minSeverity } = CHANNELS.find((one) => one.name === name)!;
          for (const { because, condition: one } of items) {
            const held = conditions.conditions.find(({ key }) => key === one.key);
            if (because === "resolved") {
              expect(held).toBeUndefined();
              expect(conditions.isUnknown(one.key)).toBe(false);
            } else {
              expect(held).toEqual(one);
              expect(rank(one.severity)).toBeGreaterThanOrEqual(rank(minSeverity));
            }
          }
        }
      }
    });
  });

  test("whoever receives the end of something received its beginning, and receives the end once", () => {
    forAll(({ received }) => {
      const firing = new Set<string>();
      for (const { channel: name, items } of received) {
        for (const { because, condition: one } of items) {
          const id = `${name} ${one.key}`;
          if (because === "resolved") expect(firing.delete(id)).toBe(true);
          else firing.add(id);
        }
      }
    });
  });

  test("what is over is told to be over, or was never heard of", () => {
    forAll(({ steps }) => {
      for (const { conditions, memory, before, policy, decisions } of steps) {
        for (const row of before.told.filter(({ state }) => state === "firing")) {
          const isHeld = conditions.conditions.some(({ key }) => key === row.key);
          if (isHeld || conditions.isUnknown(row.key)) continue;
          if (toldOf(memory, row.channel, row.key)?.state !== "firing") continue;
          // Only its message that is still on its way can keep it.
          expect([policy.undelivered, row.delivery]).toEqual(["drop", "pending"]);
          expect(decisions).toContainEqual({ channel: row.channel, key: row.key, notTold: "held" });
        }
      }
    });
  });

  test("nothing is told twice but worse, further down the ladder, or after its time", () => {
    forAll((all) => {
      for (const stream of streams(all)) {
        for (const [index, item] of stream.entries()) {
          const last = stream[index - 1];
          if (
            last === undefined ||
            last.because === "resolved" ||
            item.because === "resolved" ||
            item.because === "first"
          ) {
            continue;
          }
          const gapMs = item.at.getTime() - last.at.getTime();
          const isWorse = rank(item.condition.severity) > rank(last.condition.severity);
          if (item.because === "escalated") expect(isWorse || gapMs >= HOUR).toBe(true);
          else if (item.because === "repeat") {
            expect(gapMs).toBeGreaterThanOrEqual(DEFAULT_ALERT_POLICY.repeatEveryMs[item.condition.severity]!);
          } else expect(item.because).toBe("reminder");
        }
        // Three steps and the end, in each episode.
        const episodes = stream.filter(({ because }) => because === "first").length;
        expect(stream.filter(({ because }) => because === "reminder").length).toBeLessThanOrEqual(4 * episodes);
      }
    });
  });

  test("a decision that was lost before it was written is made again", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 1, maxLength: 20 }), (steps) => {
        const memory = run(steps, "send").steps.at(-1)?.memory ?? EMPTY_MEMORY;
        const input = {
          conditions: toSet(["critical", "critical", "critical"]),
          memory,
          policy: DEFAULT_ALERT_POLICY,
          channels: CHANNELS,
          now: after(100 * DAY),
        };
        const once = decide({ ...input, newId: () => "same" });
        expect(decide({ ...input, newId: () => "same" })).toEqual(once);
        const later = decide({ ...input, memory: applyChanges(memory, once.changes), newId: () => "other" });
        expect(later.changes.notifications).toEqual([]);
        expect(later.changes.told).toEqual([]);
        expect(later.changes.episodes).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("every channel gets an answer for every condition that holds, and one message at most", () => {
    forAll(({ steps }) => {
      for (const { conditions, decisions, notifications } of steps) {
        expect(new Set(notifications.map((one) => one.channel)).size).toBe(notifications.length);
        for (const { key } of conditions.conditions) {
          for (const { name } of CHANNELS) {
            expect(decisions.filter((one) => one.channel === name && one.key === key)).toHaveLength(1);
          }
        }
      }
    });
  });
});
