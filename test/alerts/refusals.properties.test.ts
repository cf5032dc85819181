import fc from "fast-check";
import { expect, test } from "vitest";
import { rank } from "../../src/alerts/answer.ts";
import type { Condition, Severity } from "../../src/alerts/condition.ts";
import { decide } from "../../src/alerts/decide.ts";
import { applyChanges, applyDelivery, EMPTY_MEMORY } from "../../src/alerts/memory.ts";
import type { Notification } from "../../src/alerts/notification.ts";
import { DEFAULT_ALERT_POLICY } from "../../src/alerts/policy.ts";
import { channel, condition, setOf } from "./conditions-builder.ts";
import { after, DAY, HOUR, MINUTE } from "./timeline.ts";

const CHANNELS = [channel({ name: "all" }), channel({ name: "pager", minSeverity: "critical" })];
const REASONS = ["refresh_stuck", "refresh_failed"] as const;

const anyState = fc.record({
  severity: fc.constantFrom<(Severity | "absent" | "unknown")[]>(
    "absent",
    "absent",
    "unknown",
    "info",
    "warning",
    "critical",
  ),
  reason: fc.constantFrom(...REASONS),
});
const anyStep = fc.record({
  waitMs: fc.oneof(fc.constantFrom(1, MINUTE, HOUR, DAY), fc.integer({ min: 1, max: DAY })),
  states: fc.tuple(anyState, anyState),
  /** What becomes of the oldest waiting messages. */
  ends: fc.array(fc.constantFrom("delivered", "dead"), { maxLength: 3 }),
});
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

/** Ids of what receivers believe to hold, and of what the memory says that they believe, after every step. */
function* play(
  steps: readonly Step[],
  undelivered: "send" | "drop",
  isRefused: (notification: Notification) => boolean = () => false,
) {
  const policy = { ...DEFAULT_ALERT_POLICY, undelivered, flapping: { changes: 1_000, withinMs: HOUR } };
  const believed = new Set<string>();
  let memory = EMPTY_MEMORY;
  let outbox: readonly Notification[] = [];
  let [atMs, made] = [0, 0];
  for (const { waitMs, states, ends } of steps) {
    atMs += waitMs;
    const made0 = states.map(({ severity, reason }, index) => ({
      severity,
      one: toCondition(index, severity, reason),
    }));
    const conditions = made0.flatMap(({ severity, one }) =>
      severity === "absent" || severity === "unknown" ? [] : [one],
    );
    const unknown = made0.filter(({ severity }) => severity === "unknown").map(({ one }) => one.key);
    const { changes } = decide({
      conditions: setOf(conditions, unknown),
      memory,
      policy,
      channels: CHANNELS,
      now: after(atMs),
      newId: () => `${made++}`,
    });
    memory = applyChanges(memory, changes);
    outbox = [...outbox, ...changes.notifications.map(({ notification }) => notification)].filter(
      ({ id }) => !changes.dropped.includes(id),
    );
    for (const [index, wanted] of ends.entries()) {
      const sent = outbox[index];
      if (sent === undefined) break;
      const end = isRefused(sent) ? "dead" : wanted;
      memory = applyDelivery(memory, sent, end);
      for (const {
        condition: { key },
        endsAt,
      } of end === "delivered" ? sent.items : []) {
        if (endsAt === null) believed.add(`${sent.channel} ${key}`);
        else believed.delete(`${sent.channel} ${key}`);
      }
    }
    outbox = outbox.slice(ends.length);
    yield { conditions, believed, memory };
  }
}

function toCondition(index: number, severity: Step["states"][number]["severity"], reason: string): Condition {
  const known = severity === "absent" || severity === "unknown" ? "info" : severity;
  return condition({ family: "refresh", profile: `anthropic:${index}`, reason, severity: known });
}

const histories = fc.tuple(
  fc.array(anyStep, { minLength: 1, maxLength: 30 }),
  fc.constantFrom<("send" | "drop")[]>("send", "drop"),
);
type History = typeof histories extends fc.Arbitrary<infer T> ? T : never;

test("whatever is refused, what is remembered of a receiver's belief is what it believes", () => {
  const property = fc.property(histories, ([steps, undelivered]) => {
    for (const { believed, memory } of play(steps, undelivered)) {
      const remembered = memory.told.filter(({ isBelieved }) => isBelieved).map((row) => `${row.channel} ${row.key}`);
      expect(new Set(remembered)).toEqual(new Set(believed));
    }
  });
  expect(() => fc.assert(property, { numRuns: 1_000 })).not.toThrow();
});

/** What receivers believe in the end, and what is so, when all that they do not refuse arrives for three hours. */
function settle([steps, undelivered]: History, isRefused?: (notification: Notification) => boolean) {
  const states = steps.at(-1)!.states.map((state) => ({
    ...state,
    severity: state.severity === "unknown" ? ("absent" as const) : state.severity,
  })) as unknown as Step["states"];
  const calm: Step = { waitMs: HOUR, states, ends: Array.from({ length: 200 }, () => "delivered") };
  const { believed, conditions } = [...play([...steps, calm, calm, calm], undelivered, isRefused)].at(-1)!;
  const wanted = conditions.flatMap(({ key, severity }) =>
    CHANNELS.filter(({ minSeverity }) => rank(severity) >= rank(minSeverity)).map(({ name }) => `${name} ${key}`),
  );
  return { believed: new Set(believed), wanted: new Set(wanted) };
}

test("whatever was refused, once messages arrive again receivers soon believe what is so", () => {
  const property = fc.property(histories, (history) => {
    const { believed, wanted } = settle(history);
    expect(believed).toEqual(wanted);
  });
  expect(() => fc.assert(property, { numRuns: 1_000 })).not.toThrow();
});

test("whatever speaks of one of two things is refused for ever: receivers soon believe what is so of the other", () => {
  const isOther = (line: string): boolean => line.endsWith("/anthropic:0");
  const property = fc.property(histories, (history) => {
    const { believed, wanted } = settle(history, ({ items }) =>
      items.some(({ condition: { profile } }) => profile === "anthropic:1"),
    );
    expect([...believed].filter(isOther).toSorted()).toEqual([...wanted].filter(isOther).toSorted());
    expect([...believed].filter((line) => !isOther(line))).toEqual([]);
  });
  expect(() => fc.assert(property, { numRuns: 1_000 })).not.toThrow();
});
