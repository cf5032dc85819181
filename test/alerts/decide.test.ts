import { describe, expect, test } from "vitest";
import type { AlertMemory } from "../../src/alerts/alert-store.ts";
import type { ConditionSet } from "../../src/alerts/condition.ts";
import { decide } from "../../src/alerts/decide.ts";
import { applyChanges, applyDelivery, EMPTY_MEMORY } from "../../src/alerts/memory.ts";
import { type AlertPolicy, type ChannelPolicy, DEFAULT_ALERT_POLICY } from "../../src/alerts/policy.ts";
import { channel, condition, setOf } from "./conditions-builder.ts";
import { after, DAY, HOUR, MINUTE } from "./timeline.ts";

const plain = condition({ family: "refresh", reason: "refresh_stuck" });
const worse = condition({ family: "refresh", reason: "refresh_failed", severity: "critical" });
const cooling = condition({ family: "unusable", reason: "cooldown" });

interface Asked {
  readonly memory?: AlertMemory;
  readonly policy?: Partial<AlertPolicy>;
  readonly channels?: readonly ChannelPolicy[];
}

function ask(
  atMs: number,
  conditions: ConditionSet,
  { memory = EMPTY_MEMORY, policy = {}, channels = [channel()] }: Asked = {},
) {
  let made = 0;
  return decide({
    conditions,
    memory,
    policy: { ...DEFAULT_ALERT_POLICY, ...policy },
    channels,
    now: after(atMs),
    newId: () => `n${atMs}-${made++}`,
  });
}

/** The memory after the start, when the condition was told and the message arrived. */
function told(conditions: ConditionSet, asked: Asked = {}): AlertMemory {
  const { changes } = ask(0, conditions, asked);
  const memory = applyChanges(EMPTY_MEMORY, changes);
  const sent = changes.notifications[0]?.notification;
  return sent === undefined ? memory : applyDelivery(memory, sent, "delivered");
}

function answersOf({ result }: ReturnType<typeof ask>): readonly string[] {
  return result.map((one) => ("told" in one ? one.told : `not: ${one.notTold}`));
}

const none = setOf([]);
const night = { from: "00:00", to: "23:59", timezone: "UTC" };
const silence = { id: "1", matchers: { agent: "*" }, startsAt: after(0), endsAt: after(DAY), comment: "" };

test.each([
  ["that nobody tried to send goes with its end", false, "not: not_matched", 1],
  ["that may have arrived stays, and its end waits for it", true, "not: held", 0],
])("a message %s, where the policy drops", (_name, isBegun, expected, dropped) => {
  const { changes } = ask(0, setOf([plain]));
  const ids = changes.notifications.map(({ notification }) => notification.id);
  const memory = { ...applyChanges(EMPTY_MEMORY, changes), begun: new Set(isBegun ? ids : []) };
  const over = ask(HOUR, none, { memory, policy: { undelivered: "drop" } });
  expect(answersOf(over)).toEqual([expected]);
  expect(over.changes.dropped).toHaveLength(dropped);
});

describe("something critical beside what has to wait for an older message", () => {
  const waits = condition({ agent: "home", family: "refresh", reason: "refresh_stuck" });
  const urgent = condition({ family: "refresh", reason: "refresh_failed", severity: "critical" });
  const keysOf = ({ changes }: ReturnType<typeof ask>): readonly (readonly string[])[] =>
    changes.notifications.map(({ notification }) => notification.items.map(({ condition: { key } }) => key));

  test.each([
    ["leaves in a message of its own", false, [[urgent.key], [waits.key]]],
    ["shares one once that arrived", true, [[urgent.key, waits.key]]],
  ])("%s", (_name, isDelivered, expected) => {
    const { changes } = ask(0, setOf([waits]));
    const pending = applyChanges(EMPTY_MEMORY, changes);
    const memory = isDelivered ? told(setOf([waits])) : pending;
    const next = ask(HOUR, setOf([urgent]), { memory });
    expect(keysOf(next)).toEqual(expected);
    const ids = new Map(next.changes.told.map(({ key, notificationId }) => [key, notificationId]));
    expect(next.changes.notifications.map(({ notification: { id } }) => id)).toEqual([...new Set(ids.values())]);
  });
});

describe("every answer by name", () => {
  test.each([
    ["first", 0, setOf([plain]), {}],
    ["not: held", 0, setOf([cooling]), {}],
    ["not: not_matched", 0, setOf([plain]), { channels: [channel({ match: [{ agent: "main" }] })] }],
    ["not: below_severity", 0, setOf([plain]), { channels: [channel({ minSeverity: "critical" })] }],
    ["not: silenced", 0, setOf([plain]), { memory: { ...EMPTY_MEMORY, silences: [silence] } }],
    ["not: quiet_hours", 0, setOf([plain]), { channels: [channel({ quietHours: night })] }],
    ["first", 0, setOf([worse]), { channels: [channel({ quietHours: night })] }],
    ["not: unchanged", DAY - 1, setOf([plain]), { memory: told(setOf([plain])) }],
    ["repeat", DAY, setOf([plain]), { memory: told(setOf([plain])) }],
    ["escalated", 1, setOf([worse]), { memory: told(setOf([plain])) }],
    ["not: unchanged", 1, setOf([plain]), { memory: told(setOf([worse])) }],
    ["resolved", 1, none, { memory: told(setOf([plain])) }],
    ["not: unknown", 1, setOf([], [plain.key]), { memory: told(setOf([plain])) }],
    ["not: not_matched", 1, none, { memory: told(setOf([plain])), channels: [channel({ sendResolved: false })] }],
  ] as const)("%s", (expected, atMs, conditions, asked) => {
    expect(answersOf(ask(atMs, conditions, asked))).toEqual([expected]);
  });

  test("what ended before its hold is forgotten, and the hold begins anew", () => {
    const first = applyChanges(EMPTY_MEMORY, ask(0, setOf([cooling])).changes);
    const over = ask(10 * MINUTE, none, { memory: first });
    expect(answersOf(over)).toEqual([]);
    const again = ask(20 * MINUTE, setOf([cooling]), { memory: applyChanges(first, over.changes) });
    expect(answersOf(again)).toEqual(["not: held"]);
  });

  test("a reason without a hold ends the wait of one that has it", () => {
    const memory = applyChanges(EMPTY_MEMORY, ask(0, setOf([cooling])).changes);
    const locked = condition({ family: "unusable", reason: "disabled" });
    expect(answersOf(ask(1, setOf([locked]), { memory }))).toEqual(["first"]);
  });
});

describe("the ladder", () => {
  const ends = setOf([condition({ expiresAt: after(3 * DAY) })]);
  const steps = { remindAtMs: [DAY, 6 * HOUR, HOUR] };

  test("steps missed while nobody looked are one message, the newest", () => {
    const memory = told(ends, { policy: steps });
    const found = ask(3 * DAY - 30 * MINUTE, ends, { memory, policy: steps });
    expect(answersOf(found)).toEqual(["reminder"]);
    const next = applyChanges(memory, found.changes);
    expect(answersOf(ask(3 * DAY - 1, ends, { memory: next, policy: steps }))).toEqual(["not: unchanged"]);
    expect(answersOf(ask(3 * DAY, ends, { memory: next, policy: steps }))).toEqual(["reminder"]);
  });

  test("without any steps the end itself is still told", () => {
    const policy = { remindAtMs: [] };
    expect(answersOf(ask(3 * DAY, ends, { memory: told(ends, { policy }), policy }))).toEqual(["reminder"]);
  });

  test("a renewal that does not last brings its steps back", () => {
    const memory = told(setOf([condition({ expiresAt: after(5 * HOUR) })]));
    const renewed = setOf([condition({ expiresAt: after(20 * HOUR) })]);
    const quiet = ask(HOUR, renewed, { memory });
    expect(answersOf(quiet)).toEqual(["not: unchanged"]);
    expect(answersOf(ask(14 * HOUR, renewed, { memory: applyChanges(memory, quiet.changes) }))).toEqual(["reminder"]);
  });
});

describe("messages", () => {
  const main = condition({ agent: "main", reason: "expired", severity: "critical" });
  const answer = condition({ family: "answer", profile: null, reason: "no_usable_credential", severity: "critical" });
  const cause = condition({ reason: "expired", severity: "critical" });

  test("one for each channel, worst first, an agent that cannot answer before the profile it lacks", () => {
    const memory = told(setOf([condition({ family: "store", profile: null, reason: "bad_json" })]), {
      policy: { holdMs: {} },
    });
    const { changes } = ask(1, setOf([plain, main, cause, answer]), {
      memory,
      channels: [channel(), channel({ name: "b" })],
    });
    expect(changes.notifications.map(({ notification }) => notification.channel)).toEqual(["mail", "b"]);
    const { status, severity, items } = changes.notifications[0]!.notification;
    expect({ status, severity }).toEqual({ status: "firing", severity: "critical" });
    expect(items.map((item) => `${item.because} ${item.condition.key}`)).toEqual([
      `first ${answer.key}`,
      `first ${cause.key}`,
      `first ${main.key}`,
      `first ${plain.key}`,
      "resolved openclaw/ops/store",
    ]);
  });

  test.each([
    ["a first one waits for others", [plain], 60_000, {}],
    ["a critical one no longer than ten seconds", [plain, main], 10_000, {}],
    [
      "one that tells more than first things does not wait",
      [plain, worse],
      0,
      { memory: told(setOf([condition({ ...plain })])) },
    ],
  ])("%s", (_name, conditions, waitMs, asked) => {
    const { changes } = ask(1, setOf(conditions.length === 2 && waitMs === 0 ? [worse, main] : conditions), {
      ...asked,
      policy: { groupWaitMs: 60_000 },
    });
    expect(changes.notifications.map(({ notBefore }) => notBefore)).toEqual([after(1 + waitMs)]);
  });

  test("what is new goes before what is said again", () => {
    const memory = told(setOf([main]));
    const { changes } = ask(4 * HOUR, setOf([main, cause]), { memory });
    expect(changes.notifications[0]!.notification.items.map((item) => `${item.because} ${item.condition.key}`)).toEqual(
      [`first ${cause.key}`, `repeat ${main.key}`],
    );
  });

  test("a resolve tells since when it held and when it was found to be over", () => {
    const { changes } = ask(2 * HOUR, none, { memory: told(setOf([plain])) });
    const { status, severity, items } = changes.notifications[0]!.notification;
    expect({ status, severity }).toEqual({ status: "resolved", severity: "warning" });
    expect(items).toEqual([{ because: "resolved", condition: plain, startsAt: after(0), endsAt: after(2 * HOUR) }]);
  });
});

describe("what is said again takes along what would be said again soon", () => {
  const late = condition({ ...worse, profile: "anthropic:b", agent: "late" });
  const both = setOf([worse, late]);
  const hours = (memory: AlertMemory, asked: Asked = {}) => answersOf(ask(4 * HOUR, both, { memory, ...asked }));

  /** The first was told at the start, the other an hour later. */
  function remembered(asked: Asked = {}): AlertMemory {
    const memory = told(setOf([worse]), asked);
    const { changes } = ask(HOUR, both, { ...asked, memory });
    return applyDelivery(applyChanges(memory, changes), changes.notifications[0]!.notification, "delivered");
  }

  test("after half of its time", () => {
    expect(hours(remembered())).toEqual(["repeat", "repeat"]);
    expect(answersOf(ask(4 * HOUR - 1, both, { memory: remembered() }))).toEqual(["not: unchanged", "not: unchanged"]);
  });

  test("but not what is silenced", () => {
    const silences = [{ ...silence, matchers: { agent: "late" } }];
    expect(hours({ ...remembered(), silences })).toEqual(["repeat", "not: unchanged"]);
  });

  test("nor what must keep quiet", () => {
    const mild = condition({ ...late, severity: "warning" });
    const asked = { policy: { repeatEveryMs: { critical: 4 * HOUR, warning: 6 * HOUR, info: null } } };
    const start = told(setOf([worse, mild]), asked);
    const quiet = { ...asked, memory: start, channels: [channel({ quietHours: night })] };
    expect(answersOf(ask(4 * HOUR, setOf([worse, mild]), quiet))).toEqual(["repeat", "not: unchanged"]);
    expect(answersOf(ask(4 * HOUR, setOf([worse, mild]), { ...asked, memory: start }))).toEqual(["repeat", "repeat"]);
  });

  test("nor what is still on its way, or comes and goes", () => {
    const change = (over: object) => {
      const memory = remembered();
      return { ...memory, told: memory.told.map((row) => (row.key === late.key ? { ...row, ...over } : row)) };
    };
    expect(hours(change({ delivery: "pending" }))).toEqual(["repeat", "not: unchanged"]);
    const restless = change({ because: "flapping" });
    const episodes = restless.episodes.map((one) =>
      one.key === late.key ? { ...one, changes: [after(4 * HOUR - MINUTE)] } : one,
    );
    expect(hours({ ...restless, episodes })).toEqual(["repeat", "not: unchanged"]);
  });

  test("nor to a receiver that is refreshed by the clock", () => {
    const channels = [channel({ refreshEveryMs: 4 * HOUR })];
    expect(hours(remembered({ channels }), { channels })).toEqual(["repeat", "not: unchanged"]);
  });
});

describe("what is kept", () => {
  test("nothing is written while nothing changes", () => {
    const { changes } = ask(HOUR, setOf([plain]), { memory: told(setOf([plain])) });
    expect(changes).toEqual({
      told: [],
      forgotten: [],
      episodes: [],
      endedEpisodes: [],
      evenings: new Map(),
      notifications: [],
      dropped: [],
    });
  });

  test("what is over goes once its end has arrived and it does not count as flapping any more", () => {
    const memory = told(setOf([plain]));
    const { changes } = ask(HOUR, none, { memory });
    const waiting = applyChanges(memory, changes);
    expect(ask(2 * HOUR, none, { memory: waiting }).changes.endedEpisodes).toEqual([]);
    const arrived = applyDelivery(waiting, changes.notifications[0]!.notification, "delivered");
    expect(ask(2 * HOUR - 1, none, { memory: arrived }).changes.endedEpisodes).toEqual([]);
    expect(applyChanges(arrived, ask(2 * HOUR, none, { memory: arrived }).changes)).toEqual(EMPTY_MEMORY);
  });

  test("a channel that was taken out of the config keeps nothing alive for more than seven days", () => {
    const memory = told(setOf([plain]), { channels: [channel({ name: "gone" })] });
    const over = applyChanges(memory, ask(HOUR, none, { memory }).changes);
    expect(applyChanges(over, ask(7 * 24 * HOUR, none, { memory: over }).changes)).toEqual(over);
    expect(applyChanges(over, ask(7 * 24 * HOUR + HOUR, none, { memory: over }).changes)).toEqual(EMPTY_MEMORY);
  });

  test("a channel that is new hears of what already holds", () => {
    const memory = told(setOf([plain]));
    const found = ask(HOUR, setOf([plain]), { memory, channels: [channel(), channel({ name: "new" })] });
    expect(answersOf(found)).toEqual(["not: unchanged", "first"]);
  });
});
