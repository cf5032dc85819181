import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AlertMemory, Told } from "../../src/alerts/alert-store.ts";
import { rank } from "../../src/alerts/answer.ts";
import type { Condition, ConditionSet } from "../../src/alerts/condition.ts";
import { decide } from "../../src/alerts/decide.ts";
import { applyChanges, applyDelivery, EMPTY_MEMORY } from "../../src/alerts/memory.ts";
import type { Decision, Notification, NotificationItem } from "../../src/alerts/notification.ts";
import { type AlertPolicy, DEFAULT_ALERT_POLICY } from "../../src/alerts/policy.ts";
import { channel, condition, setOf } from "./conditions-builder.ts";
import { after, DAY, HOUR, MINUTE } from "./timeline.ts";

const HOLD_MS = 10 * MINUTE;
const CHANNELS = [
  channel({ name: "all" }),
  channel({ name: "pager", minSeverity: "critical" }),
  channel({ name: "phone", isScreen: true, sendResolved: false }),
];
const STATES = ["absent", "absent", "info", "warning", "critical", "unknown", "unwatched"] as const;
const SILENCE = {
  id: "1",
  startsAt: after(0),
  endsAt: after(1_000 * DAY),
  matchers: { installation: "*" },
  comment: "",
};

/** One thing with an end, one that must hold, one plain. */
const KINDS: readonly ((severity: Condition["severity"]) => Condition)[] = [
  (severity) => condition({ severity, expiresAt: after(5 * DAY), reason: "expired" }),
  (severity) => condition({ severity, family: "store", profile: null, reason: "bad_json" }),
  (severity) => condition({ severity, family: "refresh", reason: "refresh_failed" }),
];

const anyStep = fc.record({
  waitMs: fc.oneof(fc.constantFrom(1, MINUTE, HOLD_MS, HOUR, 4 * HOUR, DAY), fc.integer({ min: 1, max: 2 * DAY })),
  states: fc.tuple(fc.constantFrom(...STATES), fc.constantFrom(...STATES), fc.constantFrom(...STATES)),
  /** A silence covers everything. */
  isSilenced: fc.boolean(),
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
  readonly isSilenced: boolean;
}

interface Run {
  readonly steps: readonly Seen[];
  /** What each receiver got, in order. */
  readonly received: readonly Notification[];
  /** Messages that were taken back before they left. */
  readonly dropped: ReadonlySet<string>;
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
  const dropped = new Set<string>();
  const seen: Seen[] = [];
  let atMs = 0;
  let made = 0;
  for (const { waitMs, states, isCrash, arrivals, isSilenced } of steps) {
    atMs += waitMs;
    const at = after(atMs);
    const conditions = toSet(states);
    const before = { ...memory, silences: isSilenced ? [SILENCE] : [] };
    const { changes, result } = decide({
      conditions,
      memory: before,
      policy,
      channels: CHANNELS,
      now: at,
      newId: () => `${made++}`,
    });
    if (isCrash) continue;
    memory = applyChanges(memory, changes);
    const notifications = changes.notifications.map(({ notification }) => notification);
    for (const id of changes.dropped) dropped.add(id);
    outbox = [...outbox, ...notifications].filter(({ id }) => !dropped.has(id));
    seen.push({ at, conditions, before, memory, notifications, decisions: result, policy, isSilenced });
    for (const notification of outbox.splice(0, arrivals)) {
      received.push(notification);
      memory = applyDelivery(memory, notification, "delivered");
    }
  }
  return { steps: seen, received: [...received, ...outbox], dropped };
}

function toSet(states: Step["states"]): ConditionSet {
  const conditions: Condition[] = [];
  const unknown: string[] = [];
  const unwatched: string[] = [];
  for (const [index, state] of states.entries()) {
    const kind = KINDS[index]!;
    if (state === "unknown") unknown.push(kind("info").key);
    else if (state === "unwatched") unwatched.push(kind("info").key);
    else if (state !== "absent") conditions.push(kind(state));
  }
  return setOf(conditions, unknown, unwatched);
}

/** Runs a thousand histories and throws, with the shortest one found, when any of them breaks a promise. */
function forAll(findBreaches: (run: Run) => readonly unknown[]): void {
  const policies = fc.constantFrom<AlertPolicy["undelivered"][]>("send", "drop");
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 40 }), policies, (steps, undelivered) => {
      const breaches = findBreaches(run(steps, undelivered));
      if (breaches.length > 0) throw new Error(JSON.stringify(breaches[0]));
    }),
    { numRuns: 1_500, examples: ONCE_BROKEN.map((steps) => [[...steps], "drop"]) },
  );
}

/** Histories in which a message was once taken back that told of something else as well. */
const ONCE_BROKEN: readonly (readonly Step[])[] = [
  [
    step(1, ["info", "absent", "absent"], 1),
    step(1, ["absent", "absent", "critical"], 0),
    step(1, ["critical", "absent", "absent"], 0),
    step(1, ["warning", "absent", "absent"], 0),
    step(1, ["absent", "absent", "absent"], 0),
  ],
  [
    step(1, ["info", "absent", "absent"], 1),
    step(1, ["absent", "absent", "absent"], 0),
    step(1, ["info", "absent", "warning"], 0),
    step(1, ["absent", "absent", "absent"], 0),
    step(1, ["absent", "absent", "absent"], 0),
  ],
  [
    step(1, ["critical", "absent", "critical"], 0),
    step(1, ["critical", "critical", "absent"], 2),
    step(HOUR, ["unknown", "critical", "absent"], 0),
    step(1, ["absent", "absent", "absent"], 0),
    step(1, ["absent", "absent", "absent"], 0),
  ],
];

function step(waitMs: number, states: Step["states"], arrivals: number): Step {
  return { waitMs, states, isSilenced: false, isCrash: false, arrivals };
}

function toldOf({ told }: AlertMemory, name: string, key: string): Told | undefined {
  return told.find((row) => row.channel === name && row.key === key);
}

/** Everything that left of what was said of each condition on each channel, in order. */
function streams({ steps, dropped }: Run): readonly (readonly (NotificationItem & { readonly at: Date })[])[] {
  const all = steps.flatMap(({ at, notifications }) =>
    notifications
      .filter(({ id }) => !dropped.has(id))
      .flatMap((one) => one.items.map((item) => ({ ...item, at, id: `${one.channel} ${item.condition.key}` }))),
  );
  return [...Map.groupBy(all, ({ id }) => id).values()];
}

function wants(name: string, { severity }: Condition): boolean {
  return CHANNELS.some((one) => one.name === name && rank(severity) >= rank(one.minSeverity));
}

/** Held long enough to count, and not known to a channel that wants it, or known as less than it is. */
function findLost({ steps }: Run): readonly unknown[] {
  return steps.flatMap(({ at, conditions, memory, policy, isSilenced }) =>
    (isSilenced ? [] : conditions.conditions)
      .filter(({ key, reason }) => {
        const since = memory.episodes.find((episode) => episode.key === key)?.since ?? at;
        return at.getTime() - since.getTime() >= (policy.holdMs[reason] ?? 0);
      })
      .flatMap((one) => CHANNELS.filter(({ name }) => wants(name, one)).map(({ name }) => ({ name, one })))
      .filter(({ name, one }) => {
        const told = toldOf(memory, name, one.key);
        return told?.state !== "firing" || rank(told.severity) < rank(one.severity);
      }),
  );
}

/** Told as firing though it does not hold or is not wanted, or as over though it holds or is unknown. */
function findInvented({ steps }: Run): readonly unknown[] {
  return steps.flatMap(({ before, conditions, notifications, isSilenced }) =>
    notifications.flatMap(({ channel: name, items }) =>
      items.filter(({ because, condition: one }) => {
        const held = conditions.conditions.find(({ key }) => key === one.key);
        const wasOver = before.episodes.some(({ key, endedAt }) => key === one.key && endedAt !== null);
        if (because === "resolved") return held !== undefined || (conditions.isUnknown(one.key) && !wasOver);
        if (because === "unwatched") return held !== undefined;
        if (because === "hidden") return held === undefined || !isSilenced;
        if (because === "eased") return held === undefined || wants(name, held);
        return held?.severity !== one.severity || !wants(name, one);
      }),
    ),
  );
}

/** Received the end without the beginning. */
function findUnpaired({ received }: Run): readonly unknown[] {
  const firing = new Set<string>();
  return received.flatMap(({ channel: name, items }) =>
    items.filter(({ endsAt, condition: one }) => {
      const id = `${name} ${one.key}`;
      if (endsAt !== null) return !firing.delete(id);
      firing.add(id);
      return false;
    }),
  );
}

/** Once everything has arrived: believed by a receiver to go on though it is over, or the other way round. */
function findMistaken({ steps, received }: Run): readonly unknown[] {
  const believed = new Set<string>();
  for (const { channel: name, items } of received) {
    for (const { endsAt, condition: one } of items) {
      if (endsAt !== null) believed.delete(`${name} ${one.key}`);
      else believed.add(`${name} ${one.key}`);
    }
  }
  const rows = steps.at(-1)?.memory.told.filter(({ state }) => state === "firing") ?? [];
  const firing = new Set(rows.map(({ channel: name, key }) => `${name} ${key}`));
  return [...believed, ...firing].filter((id) => believed.has(id) !== firing.has(id));
}

/** On a screen though a silence covers it. */
function findShown({ steps }: Run): readonly unknown[] {
  return steps.flatMap(({ conditions, memory, isSilenced }) =>
    (isSilenced ? conditions.conditions : []).filter(({ key }) => toldOf(memory, "phone", key)?.state === "firing"),
  );
}

/** Still firing for a channel though it is over; only a message on its way that may be taken back can keep it. */
function findUnresolved({ steps }: Run): readonly unknown[] {
  return steps.flatMap(({ conditions, memory, before, policy, decisions }) =>
    before.told.filter((row) => {
      const { channel: name, key } = row;
      if (row.state !== "firing" || (conditions.isUnknown(key) && !conditions.isUnwatched(key))) return false;
      if (conditions.conditions.some((one) => one.key === key)) return false;
      if (toldOf(memory, name, key)?.state !== "firing") return false;
      const isHeld = decisions.some(
        (one) => one.channel === name && one.key === key && "notTold" in one && one.notTold === "held",
      );
      return !(policy.undelivered === "drop" && row.delivery === "pending" && isHeld);
    }),
  );
}

/** Told again though it is no worse, no step further down the ladder, and not after its time. */
function findRepeated(all: Run): readonly unknown[] {
  return streams(all).flatMap((stream) => {
    const again = stream.filter((item, index) => {
      const last = stream[index - 1];
      // A first message that was taken back leaves those after it.
      if (last === undefined || last.endsAt !== null) return item.because !== "first" && all.dropped.size === 0;
      const gapMs = item.at.getTime() - last.at.getTime();
      const { severity } = item.condition;
      switch (item.because) {
        case "escalated":
          return rank(severity) <= rank(last.condition.severity) && gapMs < HOUR;
        case "repeat":
          // In company, half of the time suffices.
          return gapMs < 0.5 * (DEFAULT_ALERT_POLICY.repeatEveryMs[severity] ?? Number.POSITIVE_INFINITY);
        case "first":
          return all.dropped.size === 0;
        case "flapping":
        case "evening":
          return true;
        default:
          return false;
      }
    });
    // Three steps and the end, in each episode.
    const episodes = stream.filter(({ because }) => because === "first").length;
    const reminders = stream.filter(({ because }) => because === "reminder");
    return reminders.length > 4 * episodes && all.dropped.size === 0 ? [...again, ...reminders] : again;
  });
}

/**
 * A condition without exactly one answer on each channel, or two messages to one channel, other than what is critical
 * and what an older message holds up.
 */
function findUnanswered({ steps }: Run): readonly unknown[] {
  return steps.flatMap(({ before, conditions, decisions, notifications }) => [
    ...CHANNELS.filter(({ name }) => {
      const [first, second, ...more] = notifications.filter(({ channel: to }) => to === name);
      if (first === undefined || second === undefined) return false;
      const isHeldUp = ({ condition: { key } }: NotificationItem): boolean =>
        before.told.some((row) => row.channel === name && row.key === key && row.delivery === "pending");
      const isUrgent = (item: NotificationItem): boolean =>
        item.condition.severity === "critical" && item.endsAt === null && !isHeldUp(item);
      return more.length > 0 || !first.items.every(isUrgent) || !second.items.some(isHeldUp);
    }),
    ...conditions.conditions.flatMap(({ key }) =>
      CHANNELS.filter(({ name }) => decisions.filter((one) => one.channel === name && one.key === key).length !== 1),
    ),
  ]);
}

describe("whatever comes, goes, breaks off or arrives late", () => {
  test.each([
    ["nothing is lost: what holds long enough and matters to a channel is firing there", findLost],
    ["nothing is invented: what is told holds, and what is told to be over is known to be", findInvented],
    ["whoever receives the end of something received its beginning, and receives the end once", findUnpaired],
    ["when everything has arrived, receivers believe what is so", findMistaken],
    ["what is over is told to be over, or was never heard of", findUnresolved],
    ["what is silenced is on no screen", findShown],
    ["nothing is told twice but worse, further down the ladder, or after its time", findRepeated],
    [
      "every channel gets one answer for every condition, and one message, or one beside what is held up",
      findUnanswered,
    ],
  ])("%s", (_name, findBreaches) => {
    expect(() => forAll(findBreaches)).not.toThrow();
  });

  test("a decision that was lost before it was written is made again", () => {
    const property = fc.property(fc.array(anyStep, { minLength: 1, maxLength: 20 }), (steps) => {
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
      expect(later.changes).toMatchObject({ notifications: [], told: [], episodes: [] });
    });
    expect(() => fc.assert(property, { numRuns: 300 })).not.toThrow();
  });
});
