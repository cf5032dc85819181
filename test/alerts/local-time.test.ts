import { describe, expect, test } from "vitest";
import { lastTimeOfDay, nextTimeOfDay } from "../../src/alerts/local-time.ts";

const at = (text: string): Date => new Date(text);

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
