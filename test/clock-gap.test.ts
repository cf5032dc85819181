import { expect, test } from "vitest";
import { findGaps, readClocks } from "../src/clock-gap.ts";

const HOUR = 3_600_000;
const LEAST = 30_000;
const START = { wallMs: 1_790_000_000_000, awakeMs: 5_000, bootMs: 9_000 };

/** The clocks after so much time; what `set` adds was never lived through. */
function after({ awake = 0, slept = 0, set = 0 }, hasBoot = true) {
  return {
    wallMs: START.wallMs + awake + slept + set,
    awakeMs: START.awakeMs + awake,
    bootMs: hasBoot ? START.bootMs + awake + slept : null,
  };
}

test.each([
  ["on time", { awake: 10_000 }, []],
  ["a little late", { awake: 39_999 }, []],
  ["a sleep", { awake: 10_000, slept: 3 * HOUR }, [{ kind: "slept", lastedMs: 3 * HOUR }]],
  ["a short sleep", { awake: 10_000, slept: 29_000 }, []],
  ["a stopped process", { awake: HOUR + 10_000 }, [{ kind: "stopped", lastedMs: HOUR }]],
  ["a clock set forward", { awake: 10_000, set: HOUR }, [{ kind: "clock_set", byMs: HOUR }]],
  ["a clock set back", { awake: 10_000, set: -HOUR }, [{ kind: "clock_set", byMs: -HOUR }]],
  ["a clock slewed", { awake: 10_000, set: 900 }, []],
  [
    "a sleep, and a clock that the network sets on waking",
    { awake: 10_000, slept: 8 * HOUR, set: -60_000 },
    [
      { kind: "slept", lastedMs: 8 * HOUR },
      { kind: "clock_set", byMs: -60_000 },
    ],
  ],
])("%s", (_, time, gaps) => {
  expect(findGaps(START, after(time), 10_000, LEAST)).toEqual(gaps);
});

test.each([
  ["forward, which may have been a sleep", HOUR, [{ kind: "slept", lastedMs: HOUR }]],
  ["back, which cannot", -HOUR, [{ kind: "clock_set", byMs: -HOUR }]],
])("where nothing tells how long the machine is up, a clock that went %s", (_, set, gaps) => {
  expect(findGaps({ ...START, bootMs: null }, after({ awake: 10_000, set }, false), 10_000, LEAST)).toEqual(gaps);
});

test("the clocks of this machine agree on how time passes", () => {
  const before = readClocks();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  expect(findGaps(before, readClocks(), 0, LEAST)).toEqual([]);
});
