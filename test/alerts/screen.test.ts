import { describe, expect, test } from "vitest";
import { decide } from "../../src/alerts/decide.ts";
import { EMPTY_MEMORY } from "../../src/alerts/memory.ts";
import { DEFAULT_ALERT_POLICY } from "../../src/alerts/policy.ts";
import { channel, condition, setOf } from "./conditions-builder.ts";
import { after, DAY, HOUR, MINUTE, play, type Timeline } from "./timeline.ts";
import { hold, set } from "./worlds.ts";

interface Case extends Timeline {
  readonly name: string;
  readonly lines: readonly string[];
}

const warning = condition({ family: "refresh", reason: "refresh_stuck" });
const critical = condition({ family: "refresh", reason: "refresh_failed", severity: "critical" });
const other = condition({ family: "refresh", reason: "refresh_stuck", profile: "anthropic:b" });
const answering = condition({ family: "answer", profile: null, reason: "no_usable_credential", severity: "critical" });
const screen = channel({ name: "phone", isScreen: true });
const snooze = {
  id: "s1",
  matchers: { installation: "openclaw", agent: "ops", profile: "anthropic:default" },
  startsAt: after(HOUR),
  endsAt: after(9 * HOUR),
  comment: "",
};
const snoozed = [HOUR, set({ silences: [snooze] })] as const;
const TOLD = "0s phone: first warning refresh_stuck";
const HIDDEN = "1h phone: hidden warning refresh_stuck";

const SNOOZED: readonly Case[] = [
  {
    name: "is taken off the screen, and comes back afterwards as it is by then",
    events: [[0, hold([warning])], snoozed],
    lastMs: 10 * HOUR,
    lines: [TOLD, HIDDEN, "9h phone: first warning refresh_stuck"],
  },
  {
    name: "is told no more when it is over meanwhile",
    events: [[0, hold([warning])], snoozed, [2 * HOUR, hold([])]],
    lastMs: 2 * DAY,
    lines: [TOLD, HIDDEN],
  },
  {
    name: "hides what it became meanwhile, too, but not what else comes of it",
    events: [[0, hold([warning])], snoozed, [2 * HOUR, hold([critical])], [3 * HOUR, hold([critical, answering])]],
    lastMs: 10 * HOUR,
    lines: [
      TOLD,
      HIDDEN,
      "3h phone: first critical no_usable_credential",
      "7h phone: repeat critical no_usable_credential",
      "9h phone: first critical refresh_failed",
    ],
  },
  {
    name: "that was ended by hand brings it back at once",
    events: [[0, hold([warning])], snoozed, [2 * HOUR, set({ silences: [{ ...snooze, endsAt: after(2 * HOUR) }] })]],
    lastMs: 10 * HOUR,
    lines: [TOLD, HIDDEN, "2h phone: first warning refresh_stuck"],
  },
  {
    name: "leaves alone what it does not name",
    events: [[0, hold([warning, other])], snoozed],
    lastMs: 8 * HOUR,
    lines: [`${TOLD} + first warning refresh_stuck`, HIDDEN],
  },
  {
    name: "hides what is still on its way after that arrived",
    events: [[0, hold([warning])], [0, set({ isRelayDown: true })], snoozed, [2 * HOUR, set({ isRelayDown: false })]],
    lastMs: 8 * HOUR,
    lines: [TOLD, HIDDEN],
  },
  {
    name: "has nothing to hide of what never arrived",
    events: [[0, hold([warning])], [0, set({ giveUp: true })], snoozed],
    lastMs: 8 * HOUR,
    lines: [TOLD],
  },
  {
    name: "changes nothing where messages do not stay on a screen",
    channels: [channel()],
    events: [[0, hold([warning])], snoozed],
    lastMs: 8 * HOUR,
    lines: ["0s mail: first warning refresh_stuck"],
  },
];

describe("a silence over what a screen shows", () => {
  test.each(SNOOZED)("$name", ({ lines, ...timeline }) => {
    expect(play({ channels: [screen], ...timeline }).lines).toEqual(lines);
    expect(play({ channels: [screen], ...timeline, restarts: true }).lines).toEqual(lines);
  });
});

const AGAIN = "2h phone: repeat warning refresh_stuck";
const switchedOn = [2 * HOUR, set({ boot: { id: "second" } })] as const;

const SWITCHED_ON: readonly Case[] = [
  {
    name: "shows what still holds again, once",
    events: [[0, hold([warning])], switchedOn],
    lastMs: 12 * HOUR,
    lines: [TOLD, AGAIN],
  },
  {
    name: "shows what was told since only once",
    events: [
      [0, hold([warning])],
      [HOUR, hold([warning, other])],
      switchedOn,
      [3 * HOUR, hold([warning, other, answering])],
    ],
    lastMs: 5 * HOUR,
    lines: [
      TOLD,
      "1h phone: first warning refresh_stuck",
      `${AGAIN} + repeat warning refresh_stuck`,
      "3h phone: first critical no_usable_credential",
    ],
  },
  {
    name: "tells of what got worse, or other, as that",
    events: [
      [0, hold([warning, condition({ family: "unusable", reason: "disabled" })])],
      switchedOn,
      [2 * HOUR, hold([critical, condition({ family: "unusable", reason: "blocked" })])],
    ],
    lastMs: 3 * HOUR,
    lines: [
      "0s phone: first warning refresh_stuck + first warning disabled",
      "2h phone: escalated critical refresh_failed + changed warning blocked",
    ],
  },
  {
    name: "has nothing to show of what was over by then",
    events: [[0, hold([warning])], [HOUR, hold([])], switchedOn],
    lastMs: 3 * HOUR,
    lines: [TOLD, "1h phone: resolved warning refresh_stuck"],
  },
  {
    name: "shows nothing that is snoozed",
    events: [[0, hold([warning])], snoozed, switchedOn],
    lastMs: 10 * HOUR,
    lines: [TOLD, HIDDEN, "9h phone: first warning refresh_stuck"],
  },
  {
    name: "waits for quiet hours to end, except with what is critical",
    channels: [{ ...screen, quietHours: { from: "13:00", to: "19:00", timezone: "UTC" } }],
    events: [[0, hold([warning, answering])], switchedOn],
    lastMs: 8 * HOUR,
    lines: [
      "0s phone: first critical no_usable_credential + first warning refresh_stuck",
      "2h phone: repeat critical no_usable_credential",
      "6h phone: repeat critical no_usable_credential",
      "7h phone: repeat warning refresh_stuck",
    ],
  },
  {
    name: "shows what nobody knows of once somebody does",
    events: [[0, hold([warning])], switchedOn, [2 * HOUR, hold([], [warning.key])], [3 * HOUR, hold([warning])]],
    lastMs: 5 * HOUR,
    lines: [TOLD, "3h phone: repeat warning refresh_stuck"],
  },
  {
    name: "goes by how long it is up where its id is kept secret",
    events: [
      [0, set({ boot: { uptimeMs: 5 * HOUR } })],
      [0, hold([warning])],
      [HOUR, set({ boot: { uptimeMs: 6 * HOUR } })],
      [2 * HOUR, set({ boot: { uptimeMs: 1 } })],
    ],
    lastMs: 12 * HOUR,
    lines: [TOLD, AGAIN],
  },
  {
    name: "does not follow from a clock that is set",
    events: [
      [0, hold([warning])],
      [HOUR, set({ clockOffMs: -10 * HOUR })],
      [2 * HOUR, set({ clockOffMs: 5 * HOUR })],
    ],
    lastMs: 5 * HOUR,
    lines: [TOLD],
  },
  {
    name: "shows it once, though its clock is set back afterwards",
    events: [[0, hold([warning])], switchedOn, [3 * HOUR, set({ clockOffMs: -10 * HOUR })]],
    lastMs: 6 * HOUR,
    lines: [TOLD, AGAIN],
  },
  {
    name: "says again that something comes and goes",
    events: [
      ...Array.from({ length: 8 }, (_, at) => [at * 5 * MINUTE, hold(at % 2 === 0 ? [warning] : [])] as const),
      [40 * MINUTE, hold([warning])],
      [45 * MINUTE, set({ boot: { id: "second" } })],
    ],
    policy: { groupWaitMs: 0 },
    lastMs: HOUR,
    lines: [
      TOLD,
      "5m phone: resolved warning refresh_stuck",
      "10m phone: first warning refresh_stuck",
      "15m phone: resolved warning refresh_stuck",
      "20m phone: first warning refresh_stuck",
      "25m phone: resolved warning refresh_stuck",
      "30m phone: flapping warning refresh_stuck",
      "45m phone: flapping warning refresh_stuck",
    ],
  },
  {
    name: "is no news to who keeps messages",
    channels: [channel()],
    events: [[0, hold([warning])], switchedOn],
    lastMs: 5 * HOUR,
    lines: ["0s mail: first warning refresh_stuck"],
  },
];

describe("a machine with a screen that was switched off and on", () => {
  test.each(SWITCHED_ON)("$name", ({ lines, ...timeline }) => {
    expect(play({ channels: [screen], ...timeline }).lines).toEqual(lines);
    expect(play({ channels: [screen], ...timeline, restarts: true }).lines).toEqual(lines);
  });

  test("is not asked about while nothing is shown", () => {
    const boot = (): never => {
      throw new Error("asked");
    };
    const base = { memory: EMPTY_MEMORY, policy: DEFAULT_ALERT_POLICY, newId: () => "1", now: after(0), boot };
    expect(() => decide({ ...base, conditions: setOf([]), channels: [screen] })).not.toThrow();
    expect(() => decide({ ...base, conditions: setOf([warning]), channels: [channel()] })).not.toThrow();
    expect(() => decide({ ...base, conditions: setOf([warning]), channels: [screen] })).toThrow("asked");
  });
});

describe("what is over leaves a screen at once, for that makes no sound", () => {
  test.each([
    ["in quiet hours", { quietHours: { from: "12:30", to: "20:00", timezone: "UTC" } }],
    ["where nobody wants to be told of an end", { sendResolved: false }],
  ])("%s", (_name, wants) => {
    const events = [
      [0, hold([warning])],
      [HOUR, hold([])],
    ] as const;
    const { lines } = play({ channels: [{ ...screen, ...wants }], events, lastMs: 2 * HOUR });
    expect(lines).toEqual([TOLD, "1h phone: resolved warning refresh_stuck"]);
  });

  test("silenced in quiet hours", () => {
    const quietHours = { from: "12:30", to: "22:30", timezone: "UTC" };
    const { lines } = play({
      channels: [{ ...screen, quietHours }],
      events: [[0, hold([warning])], snoozed],
      lastMs: 12 * HOUR,
    });
    expect(lines).toEqual([TOLD, HIDDEN, "10h 30m phone: first warning refresh_stuck"]);
  });
});
