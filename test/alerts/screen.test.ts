import { describe, expect, test } from "vitest";
import { channel, condition } from "./conditions-builder.ts";
import { after, DAY, HOUR, play, type Timeline } from "./timeline.ts";
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
