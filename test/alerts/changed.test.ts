import { describe, expect, test } from "vitest";
import { credential } from "../judge/reading-builder.ts";
import { channel, condition } from "./conditions-builder.ts";
import { DAY, HOUR, MINUTE, play, type Timeline } from "./timeline.ts";
import { hold, ops, see, set, shutOut } from "./worlds.ts";

interface Case extends Timeline {
  readonly name: string;
  readonly lines: readonly string[];
}

const cooldown = condition({ family: "unusable", reason: "cooldown" });
const disabled = condition({ family: "unusable", reason: "disabled" });
const blocked = condition({ family: "unusable", reason: "blocked" });
const warning = condition({ family: "refresh", reason: "refresh_stuck" });
const critical = condition({ family: "refresh", reason: "refresh_failed", severity: "critical" });
const invalid = condition({ family: "store", profile: null, reason: "invalid_entry", severity: "info" });
const broken = condition({ family: "store", profile: null, reason: "bad_json", severity: "critical" });
const answering = condition({ family: "answer", profile: null, reason: "no_usable_credential", severity: "critical" });
const pager = [channel({ name: "pager", minSeverity: "critical" })];
const refreshers = [channel({ match: [{ reason: "refresh_failed" }] })];

const OTHER_TROUBLE: readonly Case[] = [
  {
    name: "a cooldown becomes a lock for want of money",
    events: [
      [0, hold([cooldown])],
      [2 * HOUR, hold([disabled])],
    ],
    lastMs: 20 * HOUR,
    lines: ["15m mail: first warning cooldown", "2h mail: changed warning disabled"],
  },
  {
    name: "a lock becomes a cooldown: told when that has lasted, not while it may pass",
    events: [
      [0, hold([disabled])],
      [HOUR, hold([cooldown])],
      [HOUR + 10 * MINUTE, hold([disabled])],
      [2 * HOUR, hold([cooldown])],
    ],
    lastMs: 3 * HOUR,
    lines: ["0s mail: first warning disabled", "2h 15m mail: changed warning cooldown"],
  },
  {
    name: "an agent that only had to wait has to be helped now",
    events: [
      [0, hold([{ ...answering, heldLike: "cooldown" }])],
      [HOUR, hold([answering])],
    ],
    lastMs: 2 * HOUR,
    lines: ["15m mail: first critical no_usable_credential", "1h mail: changed critical no_usable_credential"],
  },
  {
    name: "to and fro: told as flapping, and then nothing more",
    events: [
      [0, hold([disabled])],
      ...Array.from(
        { length: 30 },
        (_, index) => [(index + 1) * 5 * MINUTE, hold([index % 2 ? disabled : blocked])] as const,
      ),
    ],
    lastMs: 150 * MINUTE,
    lines: [
      "0s mail: first warning disabled",
      "5m mail: changed warning blocked",
      "10m mail: changed warning disabled",
      "15m mail: changed warning blocked",
      "20m mail: changed warning disabled",
      "25m mail: changed warning blocked",
      "30m mail: flapping warning disabled",
    ],
  },
  {
    name: "graver trouble is told as graver, and less grave trouble is left to the repetitions",
    events: [
      [0, hold([warning])],
      [HOUR, hold([critical])],
      [3 * HOUR, hold([warning])],
    ],
    lastMs: 20 * HOUR,
    lines: ["0s mail: first warning refresh_stuck", "1h mail: escalated critical refresh_failed"],
  },
  {
    name: "graver trouble of another kind is told when it has lasted as long as it must, and not when it passes",
    events: [
      [0, hold([invalid])],
      [HOUR, hold([broken])],
      [HOUR + 2 * MINUTE, hold([invalid])],
      [2 * HOUR, hold([broken])],
    ],
    lastMs: 3 * HOUR,
    lines: ["0s mail: first info invalid_entry", "2h 10m mail: escalated critical bad_json"],
  },
  {
    name: "what held already and gets graver is told at once",
    events: [
      [0, hold([{ ...broken, severity: "warning" }])],
      [HOUR, hold([broken])],
    ],
    lastMs: 3 * HOUR,
    lines: ["10m mail: first warning bad_json", "1h mail: escalated critical bad_json"],
  },
  {
    name: "a receiver that forgets hears of what it knows while graver trouble has to last",
    channels: [channel({ refreshEveryMs: 2 * MINUTE })],
    everyMs: 2 * MINUTE,
    events: [
      [0, hold([invalid])],
      [4 * MINUTE, hold([broken])],
    ],
    lastMs: 16 * MINUTE,
    lines: [
      "0s mail: first info invalid_entry",
      ...[2, 4, 6, 8, 10, 12].map((minute) => `${minute}m mail: repeat info invalid_entry`),
      "14m mail: escalated critical bad_json",
      "16m mail: repeat critical bad_json",
    ],
  },
  {
    name: "another sentence about the same trouble is no news",
    events: [
      [0, hold([disabled])],
      [HOUR, hold([{ ...disabled, summary: "another", action: "another" }])],
    ],
    lastMs: 2 * HOUR,
    lines: ["0s mail: first warning disabled"],
  },
];

const NOT_FOR_THIS_CHANNEL: readonly Case[] = [
  {
    name: "it falls below what the channel is told of, and rises again",
    channels: pager,
    events: [
      [0, hold([critical])],
      [2 * HOUR, hold([warning])],
      [3 * HOUR, hold([critical])],
      [5 * HOUR, hold([])],
    ],
    lastMs: DAY,
    lines: [
      "0s pager: first critical refresh_failed",
      "2h pager: eased critical refresh_failed",
      "3h pager: first critical refresh_failed",
      "5h pager: resolved critical refresh_failed",
    ],
  },
  {
    name: "it falls below it for a moment",
    channels: pager,
    events: [
      [0, hold([critical])],
      [10 * MINUTE, hold([warning])],
      [30 * MINUTE, hold([critical])],
    ],
    lastMs: 2 * HOUR,
    lines: ["0s pager: first critical refresh_failed"],
  },
  {
    name: "it falls below it soon after it was told, and stays there until it is over",
    channels: pager,
    events: [
      [0, hold([critical])],
      [10 * MINUTE, hold([warning])],
      [3 * HOUR, hold([])],
    ],
    lastMs: 4 * HOUR,
    lines: ["0s pager: first critical refresh_failed", "1h pager: eased critical refresh_failed"],
  },
  {
    name: "it becomes trouble that the channel is not told of, and is over later",
    channels: refreshers,
    events: [
      [0, hold([critical])],
      [2 * HOUR, hold([{ ...warning, severity: "critical" }])],
      [3 * HOUR, hold([])],
    ],
    lastMs: 4 * HOUR,
    lines: ["0s mail: first critical refresh_failed", "2h mail: eased critical refresh_failed"],
  },
  {
    name: "the channel wants no ends",
    channels: [channel({ minSeverity: "critical", sendResolved: false })],
    events: [
      [0, hold([critical])],
      [2 * HOUR, hold([warning])],
      [3 * HOUR, hold([critical])],
    ],
    lastMs: 4 * HOUR,
    lines: ["0s mail: first critical refresh_failed", "3h mail: first critical refresh_failed"],
  },
  {
    name: "the message about it was refused, until somebody mended the channel",
    channels: pager,
    events: [
      [0, hold([critical])],
      [2 * HOUR, set({ giveUp: true })],
      [2 * HOUR, hold([warning])],
      [150 * MINUTE, set({ giveUp: false })],
    ],
    lastMs: 5 * HOUR,
    lines: [
      "0s pager: first critical refresh_failed",
      "2h pager: eased critical refresh_failed",
      "3h pager: eased critical refresh_failed",
    ],
  },
  {
    name: "it goes up and down all the time: told once as flapping",
    channels: pager,
    events: Array.from(
      { length: 60 },
      (_, index) => [index * 5 * MINUTE, hold([index % 2 ? warning : critical])] as const,
    ),
    lastMs: 5 * HOUR,
    lines: ["0s pager: first critical refresh_failed", "30m pager: flapping critical refresh_failed"],
  },
  {
    name: "a receiver that forgets hears of it at once",
    channels: [channel({ name: "am", minSeverity: "critical", refreshEveryMs: 10 * MINUTE })],
    events: [
      [0, hold([critical])],
      [5 * MINUTE, hold([warning])],
    ],
    lastMs: HOUR,
    lines: ["0s am: first critical refresh_failed", "5m am: eased critical refresh_failed"],
  },
];

describe.each([
  ["when trouble becomes other trouble", OTHER_TROUBLE],
  ["when trouble becomes what a channel is not told of", NOT_FOR_THIS_CHANNEL],
])("%s", (_name, cases) => {
  test.each(cases)("$name", ({ lines, ...timeline }) => {
    expect(play(timeline).lines).toEqual(lines);
    expect(play({ ...timeline, restarts: true }).lines).toEqual(lines);
  });
});

test("says what is left of it", () => {
  const { messages } = play({
    channels: pager,
    events: [
      [0, hold([critical])],
      [2 * HOUR, hold([warning])],
    ],
    lastMs: 3 * HOUR,
  });
  expect(messages.at(-1)?.notification).toMatchObject({
    status: "resolved",
    items: [{ because: "eased", condition: critical, left: { severity: "warning", reason: "refresh_stuck" } }],
  });
});

test("a real cooldown that becomes a lock: the lock is told with its own command", () => {
  const { lines } = play({
    events: [
      [0, see(ops([credential()], shutOut("cooldown", 40 * MINUTE, "rate_limit")))],
      [20 * MINUTE, see(ops([credential()], shutOut("disabled", 7 * HOUR, "billing")))],
    ],
    lastMs: HOUR,
    channels: [channel({ minSeverity: "warning" })],
  });
  expect(lines).toEqual([
    "15m mail: first critical no_usable_credential",
    "20m mail: changed critical no_usable_credential + first warning disabled",
  ]);
});

test("what is less grave than told, and told again, says what it was told as", () => {
  const { messages } = play({
    events: [
      [0, hold([critical])],
      [10 * MINUTE, hold([warning])],
    ],
    lastMs: 25 * HOUR,
  });
  expect(messages.map(({ notification }) => notification.items)).toMatchObject([
    [{ because: "first" }],
    [{ because: "repeat", condition: { severity: "warning" }, severityBefore: "critical" }],
  ]);
});
