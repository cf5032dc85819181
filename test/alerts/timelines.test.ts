import { describe, expect, test } from "vitest";
import { credential } from "../judge/reading-builder.ts";
import { channel, condition } from "./conditions-builder.ts";
import { countFixedWindowAlerts } from "./fixed-window-rule.ts";
import { after, DAY, HOUR, MINUTE, play, type Timeline } from "./timeline.ts";
import { hold, ops, see, set, shutOut, token, unreadable } from "./worlds.ts";

interface Case extends Timeline {
  readonly name: string;
  readonly lines: readonly string[];
}

const warnings = [channel({ minSeverity: "warning" })];
/** The start is 13:00 in Berlin. */
const nights = [
  channel({ minSeverity: "warning", quietHours: { from: "22:00", to: "07:00", timezone: "Europe/Berlin" } }),
];
const evenings = [
  channel({ minSeverity: "warning", evening: { at: "20:00", until: "08:00", timezone: "Europe/Berlin" } }),
];
const warning = condition({ family: "refresh", reason: "refresh_stuck" });
const critical = condition({ family: "refresh", reason: "refresh_failed", severity: "critical" });
const other = condition({ family: "refresh", reason: "refresh_stuck", profile: "anthropic:b" });
const silence = {
  id: "s1",
  matchers: { agent: "ops", provider: "anthro*" },
  startsAt: after(0),
  endsAt: after(2 * HOUR),
  comment: "",
};

const REFRESHING: Timeline = {
  events: Array.from({ length: 91 }, (_, index) => {
    const login = token((index + 1) * 8 * HOUR + 20 * MINUTE, { type: "oauth", hasRefresh: true });
    return [index * 8 * HOUR, see(ops([login]))] as const;
  }),
  lastMs: 30 * DAY,
};

const YEAR: Timeline = {
  events: [
    [0, see(ops([token(30 * DAY)]))],
    [30 * DAY + 10 * HOUR, see(ops([token(395 * DAY)]))],
  ],
  lastMs: 32 * DAY,
  channels: warnings,
};

const CASES: readonly Case[] = [
  { name: "30 days of a login that refreshes itself every 8 hours", ...REFRESHING, lines: [] },
  {
    name: "the last month of a token that lives a year",
    ...YEAR,
    lines: [
      "29d mail: first warning expiring",
      "29d 18h mail: reminder warning expiring",
      "29d 23h mail: escalated critical expiring",
      "30d mail: first critical no_usable_credential + reminder critical expired",
      "30d 4h mail: repeat critical no_usable_credential + repeat critical expired",
      "30d 8h mail: repeat critical no_usable_credential + repeat critical expired",
      "30d 10h mail: resolved critical no_usable_credential + resolved critical expired",
    ],
  },
  {
    name: "a long-lived token, with reminders a month and a week before",
    ...YEAR,
    events: [
      [0, see(ops([token(40 * DAY)]))],
      [35 * DAY, see(ops([token(40 * DAY)], shutOut("disabled", 35 * DAY + 5 * HOUR, "billing")))],
      [39 * DAY + 12 * HOUR, see(ops([token(400 * DAY)]))],
    ],
    lastMs: 50 * DAY,
    everyMs: HOUR,
    policy: { remindAtMs: [30 * DAY, 7 * DAY, DAY] },
    lines: [
      "10d mail: first warning expiring",
      "33d mail: reminder warning expiring",
      "35d mail: first critical no_usable_credential + first warning disabled",
      "35d 4h mail: repeat critical no_usable_credential",
      "35d 5h mail: resolved critical no_usable_credential + resolved warning disabled",
      "39d mail: reminder warning expiring",
      "39d 12h mail: resolved warning expiring",
    ],
  },
  {
    name: "a lock for want of money, and its end",
    events: [
      [0, see(ops([credential()]))],
      [2 * HOUR, see(ops([credential()], shutOut("disabled", 7 * HOUR, "billing")))],
    ],
    lastMs: DAY,
    channels: warnings,
    lines: [
      "2h mail: first critical no_usable_credential + first warning disabled",
      "6h mail: repeat critical no_usable_credential",
      "7h mail: resolved critical no_usable_credential + resolved warning disabled",
    ],
  },
  {
    name: "a cooldown of 14 minutes, in which the agent cannot answer",
    events: [[0, see(ops([credential()], shutOut("cooldown", 14 * MINUTE, "rate_limit")))]],
    lastMs: HOUR,
    everyMs: MINUTE,
    lines: [],
  },
  {
    name: "a cooldown that lasts",
    events: [[0, see(ops([credential()], shutOut("cooldown", 30 * MINUTE, "rate_limit")))]],
    lastMs: HOUR,
    everyMs: MINUTE,
    channels: warnings,
    lines: [
      "15m mail: first critical no_usable_credential",
      "16m mail: first warning cooldown",
      "30m mail: resolved critical no_usable_credential + resolved warning cooldown",
    ],
  },
  {
    name: "a store that cannot be read: its last good contents still count, and nothing is taken back",
    events: [
      [0, see(ops([token(90 * MINUTE)]))],
      [10 * MINUTE, see(unreadable([token(90 * MINUTE)], 5 * MINUTE))],
      [3 * HOUR, see(ops([token(300 * DAY)]))],
    ],
    lastMs: 5 * HOUR,
    channels: warnings,
    lines: [
      "0s mail: first warning expiring",
      "20m mail: first warning bad_json",
      "30m mail: escalated critical expiring",
      "1h 10m mail: escalated critical bad_json",
      "1h 30m mail: first critical no_usable_credential + reminder critical expired",
      "3h mail: resolved critical no_usable_credential + resolved critical bad_json + resolved critical expired",
    ],
  },
  {
    name: "a store that flaps: once as flapping, then its state once it has settled",
    events: Array.from({ length: 24 }, (_, index) => {
      const atMs = index * 10 * MINUTE;
      return [atMs, see(index % 2 === 0 ? unreadable([credential()], atMs) : ops([credential()]))] as const;
    }),
    lastMs: 8 * HOUR,
    channels: warnings,
    policy: { flapping: { changes: 4, withinMs: HOUR } },
    lines: ["40m mail: flapping warning bad_json", "4h 50m mail: resolved warning bad_json"],
  },
  {
    name: "what flapped and then stays is told once more when it has settled, and gets worse at once",
    events: [
      ...Array.from({ length: 6 }, (_, index) => [index * MINUTE, hold(index % 2 === 0 ? [warning] : [])] as const),
      [6 * MINUTE, hold([warning])],
      [20 * MINUTE, hold([critical])],
    ],
    lastMs: 3 * HOUR,
    everyMs: MINUTE,
    policy: { flapping: { changes: 3, withinMs: HOUR } },
    lines: [
      "0s mail: first warning refresh_stuck",
      "1m mail: resolved warning refresh_stuck",
      "2m mail: first warning refresh_stuck",
      "4m mail: flapping warning refresh_stuck",
      "20m mail: escalated critical refresh_failed",
      "1h 20m mail: repeat critical refresh_failed",
    ],
  },
  {
    name: "unknown for a while: neither new nor over",
    events: [
      [0, hold([warning])],
      [HOUR, hold([], [warning.key, other.key])],
      [2 * DAY, hold([warning])],
      [2 * DAY + HOUR, hold([])],
    ],
    lastMs: 3 * DAY,
    lines: [
      "0s mail: first warning refresh_stuck",
      "2d mail: repeat warning refresh_stuck",
      "2d 1h mail: resolved warning refresh_stuck",
    ],
  },
  {
    name: "a silence hides what is new and what is said again, and what still holds is told when it ends",
    events: [
      [0, set({ silences: [silence] })],
      [HOUR, hold([warning])],
      [3 * HOUR, hold([])],
    ],
    lastMs: 4 * HOUR,
    lines: ["2h mail: first warning refresh_stuck", "3h mail: resolved warning refresh_stuck"],
  },
  {
    name: "a silence does not hide the end of what was told before it",
    events: [
      [0, hold([warning])],
      [HOUR, set({ silences: [{ ...silence, endsAt: after(DAY) }] })],
      [2 * HOUR, hold([critical])],
      [3 * HOUR, hold([])],
      [4 * HOUR, hold([warning])],
      [5 * HOUR, hold([])],
    ],
    lastMs: 2 * DAY,
    lines: ["0s mail: first warning refresh_stuck", "3h mail: resolved warning refresh_stuck"],
  },
  {
    name: "what is said again is said together before long",
    events: [
      [0, hold([critical])],
      [HOUR, hold([critical, { ...critical, key: "b" }])],
      [90 * MINUTE, hold([critical, { ...critical, key: "b" }, { ...critical, key: "c" }])],
    ],
    lastMs: 11 * HOUR,
    lines: [
      "0s mail: first critical refresh_failed",
      "1h mail: first critical refresh_failed",
      "1h 30m mail: first critical refresh_failed",
      "4h mail: repeat critical refresh_failed + repeat critical refresh_failed + repeat critical refresh_failed",
      "8h mail: repeat critical refresh_failed + repeat critical refresh_failed + repeat critical refresh_failed",
    ],
  },
  {
    name: "it gets worse, better and worse again within an hour: told once; later it is news",
    events: [
      [0, hold([warning])],
      [10 * MINUTE, hold([critical])],
      [20 * MINUTE, hold([warning])],
      [30 * MINUTE, hold([critical])],
      [40 * MINUTE, hold([warning])],
      [100 * MINUTE, hold([critical])],
    ],
    lastMs: 3 * HOUR,
    lines: [
      "0s mail: first warning refresh_stuck",
      "10m mail: escalated critical refresh_failed",
      "1h 40m mail: escalated critical refresh_failed",
    ],
  },
  {
    name: "quiet hours: one digest afterwards, of what still holds",
    channels: nights,
    events: [
      [10 * HOUR, hold([warning])],
      [11 * HOUR, hold([warning, other])],
      [12 * HOUR, hold([warning, other, condition({ family: "unusable", reason: "disabled" })])],
      [13 * HOUR, hold([warning, other])],
    ],
    lastMs: DAY,
    lines: ["18h mail: first warning refresh_stuck + first warning refresh_stuck"],
  },
  {
    name: "quiet hours: what gets critical passes, and its end does too",
    channels: nights,
    events: [
      [8 * HOUR, hold([warning])],
      [10 * HOUR, hold([critical])],
      [11 * HOUR, hold([])],
    ],
    lastMs: DAY,
    lines: [
      "8h mail: first warning refresh_stuck",
      "10h mail: escalated critical refresh_failed",
      "11h mail: resolved critical refresh_failed",
    ],
  },
  {
    name: "quiet hours: the end of a warning waits for the morning",
    channels: nights,
    events: [
      [8 * HOUR, hold([warning])],
      [10 * HOUR, hold([])],
    ],
    lastMs: DAY,
    lines: ["8h mail: first warning refresh_stuck", "18h mail: resolved warning refresh_stuck"],
  },
  {
    // In the night to the 29th of March the clocks go from 02:00 to 03:00.
    name: "quiet hours end an hour sooner when clocks are set forward",
    channels: nights,
    events: [[27 * DAY + 10 * HOUR, hold([warning])]],
    lastMs: 27 * DAY + 20 * HOUR,
    lines: ["27d 17h mail: first warning refresh_stuck"],
  },
  {
    // In the night to the 25th of October they go from 03:00 back to 02:00.
    name: "quiet hours end an hour later when clocks are set back",
    channels: nights,
    events: [
      [0, set({ clockOffMs: 237 * DAY })],
      [8 * HOUR + 30 * MINUTE, hold([warning])],
    ],
    lastMs: 20 * HOUR,
    lines: ["18h mail: first warning refresh_stuck"],
  },
  {
    name: "in the evening, once, what ends before the morning",
    channels: evenings,
    // Berlin is at 13:00; the evening comes after 7 hours, the morning after 19.
    events: [[0, see(ops([token(18 * HOUR), token(20 * HOUR, { profileId: "anthropic:b" })]))]],
    lastMs: 11 * HOUR,
    lines: ["0s mail: first warning expiring + first warning expiring", "7h mail: evening warning expiring"],
  },
  {
    name: "in the evening even in quiet hours: whoever asks for a digest names the hour",
    channels: [channel({ ...evenings[0], quietHours: { from: "19:00", to: "07:00", timezone: "Europe/Berlin" } })],
    events: [[0, see(ops([token(18 * HOUR)]))]],
    lastMs: 11 * HOUR,
    lines: ["0s mail: first warning expiring", "7h mail: evening warning expiring"],
  },
];

describe("who is told what and when", () => {
  test.each(CASES)("$name", ({ name: _name, lines, ...timeline }) => {
    expect(play(timeline).lines).toEqual(lines);
  });

  test.each(CASES)("the same with a restart after every step: $name", ({ name: _name, lines, ...timeline }) => {
    expect(play({ ...timeline, restarts: true }).lines).toEqual(lines);
  });
});

test.each([
  ["shorter", [30 * DAY, 7 * DAY, DAY, 6 * HOUR, HOUR], [DAY, 6 * HOUR, HOUR]],
  ["longer", [DAY, 6 * HOUR, HOUR], [30 * DAY, 7 * DAY, DAY, 6 * HOUR, HOUR]],
])("a ladder that is made %s meanwhile: no step is told twice, and none ahead is lost", (_name, before, later) => {
  const { lines } = play({
    events: [
      [0, hold([condition({ expiresAt: after(25 * HOUR) })])],
      [0, set({ policy: { remindAtMs: before } })],
      [3 * HOUR, set({ policy: { remindAtMs: later } })],
    ],
    lastMs: 24 * HOUR + 30 * MINUTE,
  });
  expect(lines.map((line) => line.replace(" warning expiring", ""))).toEqual([
    "0s mail: first",
    "1h mail: reminder",
    "19h mail: reminder",
    "1d mail: reminder",
  ]);
});

describe("clocks that jump", () => {
  const jumps = [
    ["an hour back", -HOUR],
    ["an hour ahead", HOUR],
    ["a day back", -DAY],
    ["a day ahead", DAY],
  ] as const;

  test.each([
    ["an hour back", -HOUR, []],
    ["an hour ahead", HOUR, []],
    // A day that passes at once is a day in which it should have been repeated.
    ["a day back", -DAY, ["1h 30m mail: repeat critical refresh_failed"]],
    ["a day ahead", DAY, ["1h mail: repeat critical refresh_failed"]],
  ])("%s and right again: nothing is lost, and the end is told once", (_name, offMs, repeats) => {
    const { lines } = play({
      events: [
        [0, hold([critical])],
        [HOUR, set({ clockOffMs: offMs })],
        [90 * MINUTE, set({ clockOffMs: 0 })],
        [2 * HOUR, hold([])],
      ],
      lastMs: 3 * HOUR,
    });
    expect(lines).toEqual([
      "0s mail: first critical refresh_failed",
      ...repeats,
      "2h mail: resolved critical refresh_failed",
    ]);
  });

  test.each(jumps)("%s for good: repeats go on, and something new is told at once", (_name, offMs) => {
    const { messages } = play({
      events: [
        [0, hold([critical])],
        [HOUR, set({ clockOffMs: offMs })],
        [2 * HOUR, hold([critical, other])],
      ],
      lastMs: 9 * HOUR,
      channels: warnings,
    });
    const told = messages.map(({ atMs, notification: { items } }) => [atMs / HOUR, items[0]?.because] as const);
    expect(told).toContainEqual([2, "first"]);
    const gaps = told.filter(([, because]) => because === "repeat").map(([atHours]) => atHours);
    // At the latest four hours after the clock was set, and every four hours from there.
    expect(gaps).toEqual(offMs < 0 ? [5, 9] : offMs === DAY ? [1, 5, 9] : [3, 7]);
  });

  test("back: what must hold for a while is told after that while, not a day later", () => {
    const { lines } = play({
      events: [
        [0, hold([condition({ family: "unusable", reason: "cooldown" })])],
        [5 * MINUTE, set({ clockOffMs: -DAY })],
      ],
      lastMs: HOUR,
    });
    expect(lines).toEqual(["20m mail: first warning cooldown"]);
  });

  test.each(jumps.slice(0, 1).concat(jumps.slice(2, 3)))("%s on the ladder: no step is told twice", (_name, offMs) => {
    const end = condition({ expiresAt: after(3 * HOUR) });
    const over = condition({ expiresAt: after(3 * HOUR), reason: "expired" });
    const { lines } = play({
      events: [
        [0, hold([end])],
        [2 * HOUR + 10 * MINUTE, set({ clockOffMs: offMs })],
        [2 * HOUR + 40 * MINUTE, set({ clockOffMs: 0 })],
        [3 * HOUR, hold([over])],
      ],
      lastMs: 4 * HOUR,
    });
    expect(lines).toEqual([
      "0s mail: first warning expiring",
      "2h mail: reminder warning expiring",
      "3h mail: reminder warning expired",
    ]);
  });

  /** The days of the digests, by the clock of the time, when it is set shortly after the first. */
  function digestDays(offMs: number, rightAgainMs: number): readonly string[] {
    // Every night something ends.
    const ends = Array.from({ length: 6 }, (_, day) =>
      condition({ profile: `anthropic:${day}`, expiresAt: after(day * DAY + 18 * HOUR) }),
    );
    const { messages } = play({
      events: [
        [0, hold(ends)],
        [7 * HOUR + 10 * MINUTE, set({ clockOffMs: offMs })],
        [rightAgainMs, set({ clockOffMs: 0 })],
      ],
      lastMs: 3 * DAY,
      channels: evenings,
      policy: { remindAtMs: [] },
    });
    return messages
      .filter(({ notification }) => notification.items.some(({ because }) => because === "evening"))
      .map(({ now }) => now.toISOString().slice(5, 13));
  }

  test.each([
    ["an hour back", -HOUR, ["03-01T19", "03-02T19", "03-03T19"]],
    ["an hour ahead", HOUR, ["03-01T19", "03-02T19", "03-03T19"]],
    // It was never the second of March; the digest of that evening is still to come.
    ["a day ahead", DAY, ["03-01T19", "03-02T19", "03-02T19", "03-03T19"]],
    // A day that seems to come again has its own digest: better twice than never.
    ["a day back", -DAY, ["03-01T19", "03-01T21", "03-02T19", "03-03T19"]],
  ])("%s for a while after the evening: one digest a day", (_name, offMs, days) => {
    expect(digestDays(offMs, 9 * HOUR)).toEqual(days);
  });

  test.each([
    ["an hour back", -HOUR, ["03-01T19", "03-02T19", "03-03T19"]],
    ["an hour ahead", HOUR, ["03-01T19", "03-02T19", "03-03T19"]],
    ["a day ahead", DAY, ["03-01T19", "03-02T19", "03-03T19", "03-04T19"]],
    ["a day back", -DAY, ["03-01T19", "03-01T19", "03-02T19"]],
  ])("%s for good after the evening: one digest a day", (_name, offMs, days) => {
    expect(digestDays(offMs, 10 * DAY)).toEqual(days);
  });
});

describe("messages that do not arrive", () => {
  const down = [0, set({ isRelayDown: true })] as const;

  test("what is over before it left is told late, with its end", () => {
    const { lines, dropped } = play({
      events: [down, [HOUR, hold([warning])], [2 * HOUR, hold([])]],
      lastMs: 3 * HOUR,
    });
    expect(lines).toEqual(["1h mail: first warning refresh_stuck", "2h mail: resolved warning refresh_stuck"]);
    expect(dropped).toEqual([]);
  });

  test("or goes with its end, when the policy says so", () => {
    const { lines, dropped } = play({
      events: [down, [HOUR, hold([warning])], [2 * HOUR, hold([])], [3 * HOUR, set({ isRelayDown: false })]],
      lastMs: 4 * HOUR,
      policy: { undelivered: "drop" },
    });
    expect(lines).toEqual(["1h mail: first warning refresh_stuck"]);
    expect(dropped).toEqual([`${HOUR}-0`]);
  });

  test("but not while something else in the same message still holds", () => {
    const { lines, dropped } = play({
      events: [
        down,
        [HOUR, hold([warning, other])],
        [2 * HOUR, hold([other])],
        [3 * HOUR, set({ isRelayDown: false })],
      ],
      lastMs: 4 * HOUR,
      policy: { undelivered: "drop" },
    });
    expect(dropped).toEqual([]);
    expect(lines).toEqual([
      "1h mail: first warning refresh_stuck + first warning refresh_stuck",
      "3h 5m mail: resolved warning refresh_stuck",
    ]);
  });

  test("a message that waits tells how long there is left when it arrives: no reminder queues behind it but the end", () => {
    const at = after(30 * HOUR);
    const { lines } = play({
      events: [
        [0, hold([condition({ expiresAt: at })])],
        [10 * HOUR, set({ isRelayDown: true })],
        [28 * HOUR, set({ isRelayDown: false })],
        [30 * HOUR, hold([condition({ expiresAt: at, reason: "expired" })])],
      ],
      lastMs: 31 * HOUR,
      policy: { remindAtMs: [DAY, 12 * HOUR, 6 * HOUR, HOUR] },
    });
    expect(lines).toEqual([
      "0s mail: first warning expiring",
      "6h mail: reminder warning expiring",
      "18h mail: reminder warning expiring",
      "1d 5h mail: reminder warning expiring",
      "1d 6h mail: reminder warning expired",
    ]);
  });

  test("nothing is repeated while the last message is still on its way, but worse is told", () => {
    const { lines } = play({
      events: [down, [0, hold([warning])], [2 * DAY, hold([critical])]],
      lastMs: 3 * DAY,
    });
    expect(lines).toEqual(["0s mail: first warning refresh_stuck", "2d mail: escalated critical refresh_failed"]);
  });
});

describe("receivers that forget", () => {
  test("hear nothing new while the last message is still on its way", () => {
    const { lines } = play({
      events: [
        [0, set({ isRelayDown: true })],
        [0, hold([critical])],
      ],
      lastMs: HOUR,
      everyMs: MINUTE,
      channels: [channel({ name: "am", refreshEveryMs: 2 * MINUTE })],
    });
    expect(lines).toEqual(["0s am: first critical refresh_failed"]);
  });

  const alertmanager = [
    channel({ name: "am", refreshEveryMs: 2 * MINUTE, quietHours: { from: "00:00", to: "23:59", timezone: "UTC" } }),
  ];

  test("hear of what goes on at all times, silenced or unknown as well, and of its end", () => {
    const { lines } = play({
      events: [
        [0, hold([critical])],
        [4 * MINUTE, set({ silences: [{ ...silence, endsAt: after(DAY) }] })],
        [6 * MINUTE, hold([], [critical.key])],
        [9 * MINUTE, hold([])],
      ],
      lastMs: 15 * MINUTE,
      everyMs: MINUTE,
      channels: alertmanager,
    });
    expect(lines).toEqual([
      "0s am: first critical refresh_failed",
      "2m am: repeat critical refresh_failed",
      "4m am: repeat critical refresh_failed",
      "6m am: repeat critical refresh_failed",
      "8m am: repeat critical refresh_failed",
      "9m am: resolved critical refresh_failed",
    ]);
  });
});

describe("against a fixed window of 24 hours", () => {
  test.each([
    ["a login that refreshes itself", REFRESHING, 24],
    ["a token in its last month", YEAR, 1],
  ])("%s", (_name, timeline, atLeastPerDay) => {
    const { messages, snapshots } = play(timeline);
    const theirs = countFixedWindowAlerts(snapshots);
    expect(theirs).toBeGreaterThanOrEqual(atLeastPerDay);
    expect(messages.length / 30).toBeLessThan(theirs / 4);
  });
});
