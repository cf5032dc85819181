import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lastTimeOfDay, nextTimeOfDay } from "../src/alerts/local-time.ts";
import { formatInstant } from "../src/alerts/message-words.ts";
import { createSchedule } from "../src/schedule.ts";
import { LOCAL_ZONE, nameZone } from "../src/timezone.ts";

const AT = new Date("2026-03-01T12:00:00Z");

describe("the zone of this system", () => {
  const before = process.env["TZ"];
  beforeEach(() => {
    process.env["TZ"] = "Asia/Kolkata";
  });
  afterEach(() => {
    process.env["TZ"] = before;
  });

  test("is what dates in messages are in", () => {
    expect(formatInstant(AT, LOCAL_ZONE)).toBe("2026-03-01 17:30 UTC+05:30");
    expect(formatInstant(AT, "UTC")).toBe("2026-03-01 12:00 UTC");
    process.env["TZ"] = "America/St_Johns";
    expect(formatInstant(AT, LOCAL_ZONE)).toBe("2026-03-01 08:30 UTC-03:30");
    expect(formatInstant(AT, LOCAL_ZONE)).toBe(formatInstant(AT, "America/St_Johns"));
  });

  test("costs no message that names the last instant of all, which no later zone has a date for", () => {
    const last = new Date(8.64e15);
    expect(formatInstant(last, LOCAL_ZONE)).toBe("+275760-09-13 00:00 UTC");
    expect(formatInstant(last, "Europe/Berlin")).toBe("+275760-09-13 00:00 UTC");
    expect(formatInstant(last, "America/St_Johns")).toBe("+275760-09-12 21:30 UTC-02:30");
  });

  test("is what times of day are meant in", () => {
    expect(nextTimeOfDay("22:00", LOCAL_ZONE, AT)).toEqual(new Date("2026-03-01T16:30:00Z"));
    expect(lastTimeOfDay("07:00", LOCAL_ZONE, AT)).toEqual(new Date("2026-03-01T01:30:00Z"));
  });

  test("is what a schedule is meant in, by its name", async () => {
    expect([nameZone(LOCAL_ZONE), nameZone("Europe/Berlin")]).toEqual(["Asia/Calcutta", "Europe/Berlin"]);
    const options = { run: async () => undefined, onMissed: () => undefined, onError: () => undefined };
    const schedule = await createSchedule({ cron: "0 9 * * *", timezone: LOCAL_ZONE, ...options });
    const [next] = schedule.nextRuns(1);
    await schedule.stop();
    expect(next?.toISOString()).toMatch(/T03:30:00\.000Z$/);
  });
});
