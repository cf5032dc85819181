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

  test.each(["", "6h", "+6", "+", "tomorrow", "2026-13-01", "1790000000000", "2026-10-01T25:00Z"])(
    "refuses %j",
    (text) => {
      expect(() => parseInstantOption(text, NOW)).toThrow(/^--at: expected a time such as/);
    },
  );
});

test("a duration option that was not given is null", () => {
  expect([parseDurationOption("warn", null), parseDurationOption("warn", "90m")]).toEqual([null, 5_400_000]);
});
