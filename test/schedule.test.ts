import { getTasks } from "node-cron";
import { afterEach, describe, expect, it } from "vitest";
import { type Clocks, type Gap, readClocks } from "../src/clock-gap.ts";
import { ConfigError } from "../src/errors.ts";
import { createSchedule } from "../src/schedule.ts";
import type { RunReason, Schedule, ScheduleOptions } from "../src/schedule.ts";
import { waitFor } from "./wait.ts";

const HOUR = 3_600_000;
const YEARLY = { cron: "0 0 1 1 *", timezone: "UTC" };
const EVERY_SECOND = { cron: "* * * * * *", timezone: "UTC" };

const started: Schedule[] = [];

afterEach(async () => {
  for (const schedule of started.splice(0)) await schedule.stop();
});

async function start(given: Partial<ScheduleOptions> = {}): Promise<Schedule> {
  const options = { ...YEARLY, run: async () => undefined, onMissed: () => undefined, onError: () => undefined };
  const schedule = await createSchedule({ ...options, ...given });
  started.push(schedule);
  return schedule;
}

/** Runs that end when told to. */
function heldRuns() {
  const runs: { readonly reason: RunReason; readonly end: () => void }[] = [];
  const run = async (reason: RunReason) => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    runs.push({ reason, end: () => resolve(undefined) });
    await promise;
  };
  const reasons = () => runs.map(({ reason }) => reason);
  return { runs, run, reasons };
}

/** Stops this process's clock, as a suspended phone does. */
function blockFor(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}

describe("request", () => {
  it("runs at once, and resolves when the run has ended", async () => {
    const { runs, run, reasons } = heldRuns();
    const schedule = await start({ run });
    const done = schedule.request("start");
    await waitFor("the run", () => runs[0]);
    runs[0]!.end();
    await done;
    expect(reasons()).toEqual(["start"]);
  });

  it("asked during a run, runs once more after it, however often", async () => {
    const { runs, run, reasons } = heldRuns();
    const schedule = await start({ run });
    const first = schedule.request("start");
    const others = [schedule.request("watch"), schedule.request("reload"), schedule.request("watch")];
    await waitFor("the first run", () => runs[0]);
    expect(reasons()).toEqual(["start"]);
    runs[0]!.end();
    await first;
    await waitFor("the second run", () => runs[1]);
    const last = schedule.request("reload");
    runs[1]!.end();
    await Promise.all(others);
    await waitFor("the third run", () => runs[2]);
    runs[2]!.end();
    await last;
    expect(reasons()).toEqual(["start", "watch", "reload"]);
  });

  it("goes on after a run that failed", async () => {
    const errors: unknown[] = [];
    const failure = new Error("the run broke");
    const schedule = await start({ run: () => Promise.reject(failure), onError: (error) => errors.push(error) });
    await schedule.request("start");
    await schedule.request("watch");
    expect(errors).toEqual([failure, failure]);
  });
});

describe("the clock", () => {
  it("starts runs", async () => {
    const { runs, run, reasons } = heldRuns();
    await start({ ...EVERY_SECOND, run });
    await waitFor("the run", () => runs[0]);
    runs[0]!.end();
    expect(reasons()).toEqual(["schedule"]);
  });

  it("never starts a second run beside one that takes long, and counts what it left out", async () => {
    const { runs, run } = heldRuns();
    const missed: Date[] = [];
    await start({ ...EVERY_SECOND, run, onMissed: (dueAt) => missed.push(dueAt) });
    await waitFor("the run", () => runs[0]);
    await waitFor("a missed run", () => missed[0]);
    expect(runs).toHaveLength(1);
    runs[0]!.end();
    await waitFor("the next run", () => runs[1]);
    runs[1]!.end();
  });

  it("counts the runs missed while the process slept, and makes up for them once", async () => {
    const missed: Date[] = [];
    const reasons: RunReason[] = [];
    await start({
      ...EVERY_SECOND,
      run: async (reason) => void reasons.push(reason),
      onMissed: (dueAt) => missed.push(dueAt),
    });
    blockFor(2_200);
    await waitFor("the missed run", () => (reasons.includes("missed") ? true : null));
    expect(missed.length).toBeGreaterThanOrEqual(1);
    expect(reasons.filter((reason) => reason === "missed")).toHaveLength(1);
  });

  it("does not run back to back when a run itself takes longer than the period", async () => {
    const missed: Date[] = [];
    const reasons: RunReason[] = [];
    const schedule = await start({
      ...EVERY_SECOND,
      run: async (reason) => {
        reasons.push(reason);
        if (reasons.length === 1) blockFor(2_200);
      },
      onMissed: (dueAt) => missed.push(dueAt),
    });
    await schedule.request("start");
    await waitFor("a run of the schedule", () => (reasons.includes("schedule") ? true : null));
    expect(missed.length).toBeGreaterThanOrEqual(1);
    expect(reasons).not.toContain("missed");
  });

  it("follows the time zone", async () => {
    const schedule = await start({ cron: "0 9 1 7 *", timezone: "Europe/Berlin" });
    const [first, second] = schedule.nextRuns(2);
    expect(first?.toISOString()).toMatch(/-07-01T07:00:00\.000Z$/);
    expect(second?.getUTCFullYear()).toBe(first!.getUTCFullYear() + 1);
  });
});

describe("a gap between the clocks", () => {
  /** Those of this machine, and what is added to them. */
  function shiftedClocks() {
    const added = { wallMs: 0, bootMs: 0 };
    const clocks = (): Clocks => {
      const { wallMs, awakeMs } = readClocks();
      return { wallMs: wallMs + added.wallMs, awakeMs, bootMs: awakeMs + added.bootMs };
    };
    return { added, clocks };
  }

  it("makes up at once, and once, for what was due while the machine slept", async () => {
    const { added, clocks } = shiftedClocks();
    const [gaps, missed, reasons] = [[] as Gap[], [] as Date[], [] as RunReason[]];
    await start({
      ...EVERY_SECOND,
      clocks,
      run: async (reason) => void reasons.push(reason),
      onMissed: (dueAt) => missed.push(dueAt),
      onGaps: (found) => gaps.push(...found),
    });
    added.wallMs = added.bootMs = 3 * HOUR;
    await waitFor("the run", () => (reasons.includes("missed") ? true : null));
    expect(gaps).toEqual([{ kind: "slept", lastedMs: expect.closeTo(3 * HOUR, -4) }]);
    expect(missed).toHaveLength(1);
    await waitFor("the schedule", () => (reasons.at(-1) === "schedule" ? true : null));
  });

  it("runs nothing for a sleep in which nothing was due", async () => {
    const { added, clocks } = shiftedClocks();
    const [gaps, reasons] = [[] as Gap[], [] as RunReason[]];
    const schedule = await start({
      clocks,
      run: async (reason) => void reasons.push(reason),
      onGaps: (found) => gaps.push(...found),
    });
    added.wallMs = added.bootMs = HOUR;
    await schedule.request("watch");
    expect([gaps.length, reasons]).toEqual([1, ["watch"]]);
  });

  it("checks by the new time when the clock was set, which is no missed run", async () => {
    const { added, clocks } = shiftedClocks();
    const [gaps, missed, reasons] = [[] as Gap[], [] as Date[], [] as RunReason[]];
    const schedule = await start({
      clocks,
      run: async (reason) => void reasons.push(reason),
      onMissed: (dueAt) => missed.push(dueAt),
      onGaps: (found) => gaps.push(...found),
    });
    added.wallMs = -HOUR;
    await schedule.request("watch");
    expect(gaps).toEqual([{ kind: "clock_set", byMs: expect.closeTo(-HOUR, -4) }]);
    expect([missed, reasons[0]]).toEqual([[], "clock"]);
  });
});

describe("change", () => {
  it("takes another timing", async () => {
    const { runs, run } = heldRuns();
    const schedule = await start({ run });
    await schedule.change(EVERY_SECOND);
    const { reason, end } = await waitFor("the run", () => runs[0]);
    end();
    expect(reason).toBe("schedule");
  });

  it("twice at once, takes the later one and leaves no task of the other behind", async () => {
    const before = getTasks().size;
    const schedule = await start();
    await Promise.all([schedule.change(EVERY_SECOND), schedule.change({ cron: "0 9 1 7 *", timezone: "UTC" })]);
    expect(schedule.nextRuns(1)[0]?.toISOString()).toMatch(/-07-01T09:00:00\.000Z$/);
    expect(getTasks().size).toBe(before + 1);
  });

  it("during a stop, starts nothing", async () => {
    const before = getTasks().size;
    const schedule = await start();
    await Promise.all([schedule.change(EVERY_SECOND), schedule.stop(), schedule.change(EVERY_SECOND)]);
    expect(getTasks().size).toBe(before);
  });

  it.each([
    ["a word", { cron: "hourly", timezone: "UTC" }],
    ["an impossible minute", { cron: "61 * * * *", timezone: "UTC" }],
    ["a time zone that is none", { cron: "* * * * *", timezone: "Mars/Base" }],
  ])("refuses %s and keeps the one before", async (_, timing) => {
    const schedule = await start();
    const before = schedule.nextRuns(1);
    await expect(schedule.change(timing)).rejects.toThrow(ConfigError);
    await expect(
      createSchedule({ ...timing, run: async () => undefined, onMissed: () => undefined, onError: () => undefined }),
    ).rejects.toThrow(
      `schedule: expected a cron expression such as "*/5 * * * *" and a time zone such as "UTC", got ${JSON.stringify(timing.cron)}`,
    );
    expect(schedule.nextRuns(1)).toEqual(before);
  });
});

describe("stop", () => {
  it("waits for the run under way and starts none after it", async () => {
    const { runs, run, reasons } = heldRuns();
    const schedule = await start({ run });
    const asked = [schedule.request("start"), schedule.request("watch")];
    await waitFor("the run", () => runs[0]);
    let isStopped = false;
    const stopped = schedule.stop().then(() => (isStopped = true));
    expect(isStopped).toBe(false);
    runs[0]!.end();
    await stopped;
    await Promise.all([...asked, schedule.request("reload")]);
    expect(reasons()).toEqual(["start"]);
  });
});
