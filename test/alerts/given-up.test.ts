import { describe, expect, test } from "vitest";
import { channel, condition } from "./conditions-builder.ts";
import { after, DAY, HOUR, MINUTE, play } from "./timeline.ts";
import { hold, set } from "./worlds.ts";

const warning = condition({ family: "refresh", reason: "refresh_stuck" });
const critical = condition({ family: "refresh", reason: "refresh_failed", severity: "critical" });
const refuse = set({ giveUp: true });
const accept = set({ giveUp: false });

describe("what a channel refuses for good", () => {
  test.each(["info", "warning", "critical"] as const)("is told anew every hour until it arrives: %s", (severity) => {
    const { lines } = play({
      events: [
        [0, refuse],
        [0, hold([{ ...warning, severity }])],
        [90 * MINUTE, accept],
      ],
      lastMs: 3 * HOUR,
    });
    expect(lines).toEqual([
      `0s mail: first ${severity} refresh_stuck`,
      `1h mail: first ${severity} refresh_stuck`,
      `2h mail: first ${severity} refresh_stuck`,
    ]);
  });

  test("is told at once when somebody mended the channel, and once", () => {
    const { lines } = play({
      events: [
        [0, refuse],
        [0, hold([warning])],
        [20 * MINUTE, set({ giveUp: false, changedAt: after(18 * MINUTE) })],
      ],
      lastMs: 3 * HOUR,
    });
    expect(lines).toEqual(["0s mail: first warning refresh_stuck", "20m mail: first warning refresh_stuck"]);
  });

  test("is not told over and over because a file has a date in the future", () => {
    const { lines } = play({
      events: [
        [0, set({ giveUp: true, changedAt: after(DAY) })],
        [0, hold([warning])],
      ],
      lastMs: 90 * MINUTE,
    });
    expect(lines).toHaveLength(2);
  });

  test("is not resolved when nothing of it ever arrived, however often it was tried and however grave it got", () => {
    const { lines, memory } = play({
      events: [
        [0, refuse],
        [0, hold([warning])],
        [90 * MINUTE, hold([critical])],
        [3 * HOUR, hold([])],
        [3 * HOUR, accept],
      ],
      lastMs: 5 * HOUR,
    });
    expect(lines).toEqual([
      "0s mail: first warning refresh_stuck",
      "1h mail: first warning refresh_stuck",
      "1h 30m mail: first critical refresh_failed",
      "2h 30m mail: first critical refresh_failed",
    ]);
    expect(memory).toMatchObject({ told: [], episodes: [] });
  });

  test("is resolved when it had arrived before, though a later message was refused", () => {
    const { lines } = play({
      events: [
        [0, hold([warning])],
        [HOUR, refuse],
        [HOUR, hold([critical])],
        [90 * MINUTE, accept],
        [90 * MINUTE, hold([])],
      ],
      lastMs: 5 * HOUR,
    });
    expect(lines).toEqual([
      "0s mail: first warning refresh_stuck",
      "1h mail: escalated critical refresh_failed",
      "1h 30m mail: resolved critical refresh_failed",
    ]);
  });

  test("says again what it was about: that it got worse", () => {
    const { lines } = play({
      events: [
        [0, hold([warning])],
        [HOUR, refuse],
        [HOUR, hold([critical])],
        [90 * MINUTE, accept],
      ],
      lastMs: 2 * HOUR,
    });
    expect(lines).toEqual([
      "0s mail: first warning refresh_stuck",
      "1h mail: escalated critical refresh_failed",
      "2h mail: escalated critical refresh_failed",
    ]);
  });
});

describe("an end that was refused", () => {
  const events = [
    [0, hold([critical])],
    [HOUR, refuse],
    [HOUR, hold([])],
  ] as const;

  test("is told anew until it arrives, days later if need be", () => {
    const { lines, memory } = play({
      events: [...events, [6 * DAY + 30 * MINUTE, accept]],
      lastMs: 8 * DAY,
      everyMs: 30 * MINUTE,
      restarts: true,
    });
    expect(new Set(lines.slice(1).map((line) => line.split(": ")[1]))).toEqual(
      new Set(["resolved critical refresh_failed"]),
    );
    expect(lines.at(-1)).toBe("6d 1h mail: resolved critical refresh_failed");
    expect(memory).toMatchObject({ told: [], episodes: [] });
  });

  test("says when it really was over", () => {
    const { messages } = play({ events: [...events, [90 * MINUTE, accept]], lastMs: 3 * HOUR });
    expect(messages.at(-1)).toMatchObject({
      atMs: 2 * HOUR,
      notification: { items: [{ because: "resolved", startsAt: after(0), endsAt: after(HOUR) }] },
    });
  });

  test("is told at once when somebody mended the channel", () => {
    const mended = set({ giveUp: false, changedAt: after(68 * MINUTE) });
    expect(play({ events: [...events, [70 * MINUTE, mended]], lastMs: 75 * MINUTE }).lines.slice(1)).toEqual([
      "1h mail: resolved critical refresh_failed",
      "1h 10m mail: resolved critical refresh_failed",
    ]);
  });

  test("is not told while nobody can say whether it is over still", () => {
    const { lines } = play({
      events: [...events, [90 * MINUTE, hold([], [critical.key])], [90 * MINUTE, accept], [150 * MINUTE, hold([])]],
      lastMs: 4 * HOUR,
    });
    expect(lines.slice(1)).toEqual([
      "1h mail: resolved critical refresh_failed",
      "2h 30m mail: resolved critical refresh_failed",
    ]);
  });

  test("is owed still when it begins again, is refused again and ends again", () => {
    const { lines } = play({
      events: [...events, [70 * MINUTE, hold([critical])], [80 * MINUTE, accept], [80 * MINUTE, hold([])]],
      lastMs: 4 * HOUR,
    });
    expect(lines.slice(1)).toEqual([
      "1h mail: resolved critical refresh_failed",
      "1h 10m mail: first critical refresh_failed",
      "1h 20m mail: resolved critical refresh_failed",
    ]);
  });

  test("is not owed to a channel that wants no ends", () => {
    const { lines } = play({ events, lastMs: 4 * HOUR, channels: [channel({ sendResolved: false })] });
    expect(lines).toHaveLength(1);
  });

  test("is given up after a month", () => {
    const { lines, memory } = play({ events, lastMs: 32 * DAY, everyMs: 12 * HOUR });
    expect(lines).toHaveLength(1 + 61);
    expect(memory).toMatchObject({ told: [], episodes: [] });
  });
});
