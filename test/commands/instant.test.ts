import { describe, expect, test } from "vitest";
import { parseDurationOption, parseInstantOption } from "../../src/commands/instant.ts";
import { inHours, NOW } from "../snapshot-builder.ts";

describe("--at", () => {
  test.each([
    ["full", "2026-10-01T08:30:00Z", new Date("2026-10-01T08:30:00Z")],
    ["without seconds", "2026-10-01T08:30Z", new Date("2026-10-01T08:30:00Z")],
    ["with an offset", "2026-10-01T08:30+02:00", new Date("2026-10-01T06:30:00Z")],
    ["a date is its midnight in UTC", "2026-10-01", new Date("2026-10-01T00:00:00Z")],
    ["later", "+6h", inHours(6)],
    ["earlier", "-1d12h", inHours(-36)],
    ["blanks around it", " +6h ", inHours(6)],
  ])("%s", (_name, text, expected) => {
    expect(parseInstantOption(text, NOW)).toEqual(expected);
  });

  test.each([
    "",
    "6h",
    "+6",
    "+",
    "tomorrow",
    "2026-13-01",
    "1790000000000",
    "2026-10-01T25:00Z",
    "2026-02-30",
    "2026-02-29T08:00Z",
    "2026-00-10",
  ])("refuses %j", (text) => {
    expect(() => parseInstantOption(text, NOW)).toThrow(/^--at: expected a time such as/);
  });
});

test.each(["+99999999d", "-99999999d", "+9999999999999999999w", "0001-01-01", "-100w1000w1000w1000w"])(
  "--at refuses %j, which no clock means",
  (text) => {
    expect(() => parseInstantOption(text, NOW)).toThrow(
      `--at: expected a time from 1970 to 9999, got ${JSON.stringify(text)}`,
    );
  },
);

test("29 February exists every four years", () => {
  expect(parseInstantOption("2028-02-29", NOW)).toEqual(new Date("2028-02-29T00:00:00Z"));
});

test.each(["0s", "999ms", "36501d", "99999999999999w"])("a duration option refuses %s and tells its limits", (text) => {
  expect(() => parseDurationOption("warn", text, { minMs: 1_000 })).toThrow(
    `--warn: expected a duration of at least 1s and at most 36500d, got "${text}"`,
  );
});

test.each([
  ["31m", { maxMs: 1_800_000 }, "at most 30m"],
  ["0", { minMs: 1, maxMs: 1_800_000 }, "at least 1ms and at most 30m"],
])("a duration option refuses %s beyond limits of its own", (text, limits, expected) => {
  expect(() => parseDurationOption("for", text, limits)).toThrow(
    `--for: expected a duration of ${expected}, got "${text}"`,
  );
});

test("a duration option that was not given is null", () => {
  expect([parseDurationOption("warn", null), parseDurationOption("warn", "90m")]).toEqual([null, 5_400_000]);
});
