import { describe, expect, test } from "vitest";
import { lastTimeOfDay, minuteOfDay, nextTimeOfDay } from "../../src/alerts/local-time.ts";
import { isKeptQuiet, quietUntil } from "../../src/alerts/quiet-hours.ts";

const at = (text: string): Date => new Date(text);

test.each([
  ["Europe/Berlin in winter", "2026-01-10T21:30:00Z", "Europe/Berlin", 22 * 60 + 30],
  ["Europe/Berlin in summer", "2026-07-10T21:30:00Z", "Europe/Berlin", 23 * 60 + 30],
  ["a half-hour zone over midnight", "2026-01-10T20:00:00Z", "Asia/Kolkata", 90],
  ["west of Greenwich", "2026-01-10T03:00:00.999Z", "America/New_York", 22 * 60],
])("minutes of the day in %s", (_name, now, timezone, minutes) => {
  expect(minuteOfDay(at(now), timezone)).toBe(minutes);
});

describe("a time of day in Berlin", () => {
  test.each([
    ["later today", "20:00", "2026-01-10T12:00:00Z", "2026-01-10T19:00:00.000Z"],
    ["tomorrow", "08:00", "2026-01-10T12:00:00Z", "2026-01-11T07:00:00.000Z"],
    ["that very instant counts as past", "20:00", "2026-01-10T19:00:00Z", "2026-01-11T19:00:00.000Z"],
    ["after the clocks were set forward", "08:00", "2026-03-28T20:00:00Z", "2026-03-29T06:00:00.000Z"],
    ["skipped: the moment of the change", "02:30", "2026-03-28T20:00:00Z", "2026-03-29T01:00:00.000Z"],
    ["after they were set back", "08:00", "2026-10-24T20:00:00Z", "2026-10-25T07:00:00.000Z"],
    ["shown twice: the first", "02:30", "2026-10-24T20:00:00Z", "2026-10-25T00:30:00.000Z"],
  ])("next: %s", (_name, time, after, expected) => {
    expect(nextTimeOfDay(time, "Europe/Berlin", at(after)).toISOString()).toBe(expected);
  });

  test.each([
    ["earlier today", "08:00", "2026-01-10T12:00:00Z", "2026-01-10T07:00:00.000Z"],
    ["yesterday", "20:00", "2026-01-10T12:00:00Z", "2026-01-09T19:00:00.000Z"],
    ["that very instant counts", "20:00", "2026-01-10T19:00:00Z", "2026-01-10T19:00:00.000Z"],
  ])("last: %s", (_name, time, before, expected) => {
    expect(lastTimeOfDay(time, "Europe/Berlin", at(before)).toISOString()).toBe(expected);
  });
});

describe("quiet hours", () => {
  const night = { from: "22:00", to: "07:00", timezone: "UTC" };
  const noon = { from: "12:00", to: "13:00", timezone: "UTC" };

  test.each([
    ["over midnight, before", night, "2026-01-10T21:59:59Z", false],
    ["over midnight, from its first instant", night, "2026-01-10T22:00:00Z", true],
    ["over midnight, to its last", night, "2026-01-11T06:59:59Z", true],
    ["over midnight, after", night, "2026-01-11T07:00:00Z", false],
    ["within a day", noon, "2026-01-10T12:30:00Z", true],
    ["within a day, after", noon, "2026-01-10T13:00:00Z", false],
    ["from and to the same time", { ...noon, to: "12:00" }, "2026-01-10T12:00:00Z", false],
  ])("%s", (_name, quiet, now, expected) => {
    expect(isKeptQuiet(quiet, "warning", at(now))).toBe(expected);
    expect(isKeptQuiet(quiet, "critical", at(now))).toBe(false);
    expect(quietUntil(quiet, at(now)) !== null).toBe(expected);
  });
});
