import { describe, expect, test } from "vitest";
import { isKeptQuiet, quietUntil } from "../../src/alerts/quiet-hours.ts";

/** Clocks in Berlin are set back on 2026-10-25 at 01:00 UTC, and ahead on 2026-03-29 at 01:00 UTC. */
const berlin = (from: string, to: string) => ({ from, to, timezone: "Europe/Berlin" });

test.each([
  ["before an hour that comes twice they end in", "22:00", "02:30", "2026-10-25T00:20:00Z", "2026-10-25T00:30:00Z"],
  ["after they ended in it", "22:00", "02:30", "2026-10-25T00:40:00Z", null],
  ["when it comes again", "22:00", "02:30", "2026-10-25T01:10:00Z", null],
  ["when an hour in which they begin comes again", "02:30", "08:00", "2026-10-25T01:10:00Z", "2026-10-25T07:00:00Z"],
  ["at the end that is skipped", "22:00", "02:30", "2026-03-29T01:00:00Z", null],
  ["at the beginning that is skipped", "02:30", "08:00", "2026-03-29T01:00:00Z", "2026-03-29T06:00:00Z"],
  ["at noon", "22:00", "07:00", "2026-03-29T10:00:00Z", null],
  ["of equal times", "08:00", "08:00", "2026-03-29T06:00:00Z", null],
])("quiet hours %s", (_name, from, to, at, until) => {
  const quiet = berlin(from, to);
  expect(quietUntil(quiet, new Date(at))).toEqual(until === null ? null : new Date(until));
  expect(isKeptQuiet(quiet, "warning", new Date(at))).toBe(until !== null);
  expect(isKeptQuiet(quiet, "critical", new Date(at))).toBe(false);
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
    expect(isKeptQuiet(quiet, "warning", new Date(now))).toBe(expected);
    expect(isKeptQuiet(quiet, "critical", new Date(now))).toBe(false);
    expect(quietUntil(quiet, new Date(now)) !== null).toBe(expected);
  });
});
