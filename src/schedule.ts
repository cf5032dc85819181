import type { ScheduledTask } from "node-cron";
import type { Clocks, Gap } from "./clock-gap.ts";
import { ConfigError } from "./errors.ts";
import { watchForGaps } from "./gap-watch.ts";
import { nameZone } from "./timezone.ts";

/**
 * Why a run happens: for the log. `missed` makes up for runs the schedule could not start in time, `clock` follows a
 * clock that was set, `alerts` is for what time alone changes, `remote` follows the answer of another host.
 */
export type RunReason = "start" | "schedule" | "missed" | "clock" | "watch" | "reload" | "alerts" | "remote";

/** Those that look at everything anew; the others are about something that is known already. */
export const BEATS: ReadonlySet<RunReason> = new Set(["start", "schedule", "missed", "clock", "reload"]);

interface Timing {
  /** Five fields, or six with seconds in front. */
  readonly cron: string;
  /** IANA name, such as `UTC` or `Europe/Berlin`, or `LOCAL_ZONE`. */
  readonly timezone: string;
}

export interface ScheduleOptions extends Timing {
  readonly run: (reason: RunReason) => Promise<void>;
  /** A run did not start at its time. Unless another was under way then, a `missed` run follows. */
  readonly onMissed: (dueAt: Date) => void;
  /** The machine slept, the process was stopped, or the clock was set; the schedule goes by the clock of now. */
  readonly onGaps?: (gaps: readonly Gap[]) => void;
  /** A run rejected; the schedule goes on. */
  readonly onError: (error: unknown) => void;
  /** What tells a sleep from a clock that was set; the system's, unless somebody has others. */
  readonly clocks?: () => Clocks;
}

export interface Schedule {
  /**
   * Runs now or, when a run is under way, once more after it, however often it was asked meanwhile. Resolves after a
   * run that began no earlier than this call.
   */
  request(reason: RunReason): Promise<void>;
  /** The next instants of the schedule, soonest first. */
  nextRuns(count: number): readonly Date[];
  /** Takes another timing; rejects with a ConfigError and keeps the one before when it cannot be used. */
  change(timing: Timing): Promise<void>;
  /** Starts nothing more and waits for the run under way. */
  stop(): Promise<void>;
}

/** A phone that wakes up a little late has not missed its run. */
const TOLERANCE_MS = 30_000;

/** How often the clocks are compared: seldom, and just before node-cron looks, which goes through every instant it missed. */
const LOOK_MS = { least: 250, most: 30_000, ahead: 100 };

/** What node-cron would print is told through the options, or not of interest. */
const SILENT = { info: ignore, warn: ignore, error: ignore, debug: ignore };

/** Runs by the clock, never two at a time. Loads node-cron; rejects with a ConfigError for a timing it cannot use. */
export async function createSchedule(options: ScheduleOptions): Promise<Schedule> {
  const { createTask } = await import("node-cron");
  const runner = new Runner(options);

  const startTask = async (timing: Timing): Promise<ScheduledTask> => {
    try {
      // node-cron finds out only while it starts, and then cannot be stopped either.
      const timezone = nameZone(timing.timezone);
      Intl.DateTimeFormat("en", { timeZone: timezone });
      const task = createTask(timing.cron, () => runner.request("schedule"), {
        timezone,
        noOverlap: true,
        missedExecutionTolerance: TOLERANCE_MS,
        logger: SILENT,
      });
      task.on("execution:missed", async ({ date }) => {
        // After a long sleep it tells of every one.
        gaps.look();
        if (date.getTime() <= coveredUntilMs) return;
        options.onMissed(date);
        if (runner.hasRunSince(date)) return;
        await runner.request("missed");
      });
      task.on("execution:overlap", ({ date }) => options.onMissed(date));
      await task.start();
      return task;
    } catch (error) {
      throw explainTiming(timing, error);
    }
  };

  let task = await startTask(options);
  let isStopped = false;
  // Two changes at once would each replace the same task, and one of theirs would run on unseen.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const done = last.then(act);
    last = done.catch(ignore);
    return done;
  };

  /** node-cron waits for an instant by a timer, which neither a sleep nor another clock makes shorter or longer. */
  const rearm = (): Promise<void> =>
    inTurn(async () => {
      if (isStopped) return;
      await task.stop();
      await task.start();
    });
  const catchUp = (found: readonly Gap[], nowMs: number): void => {
    // A run that took long makes a look late as well.
    const isOwnDoing = found.every(
      (gap) => gap.kind === "stopped" && runner.hasRunSince(new Date(nowMs - gap.lastedMs)),
    );
    if (isOwnDoing) return;
    coveredUntilMs = nowMs;
    rearm().catch(options.onError);
    options.onGaps?.(found);
    if (found.some(({ kind }) => kind === "clock_set")) {
      runner.request("clock").catch(options.onError);
    } else if (dueAt !== null && dueAt.getTime() <= nowMs) {
      options.onMissed(dueAt);
      runner.request("missed").catch(options.onError);
    }
  };
  let coveredUntilMs = Number.NEGATIVE_INFINITY;
  let dueAt: Date | null = null;
  const gaps = watchForGaps({
    nextLookMs() {
      [dueAt = null] = task.getNextRuns(1);
      const untilDueMs = (dueAt?.getTime() ?? Infinity) - Date.now();
      return Math.max(LOOK_MS.least, Math.min(LOOK_MS.most, untilDueMs - LOOK_MS.ahead));
    },
    leastMs: TOLERANCE_MS,
    onGaps: catchUp,
    ...(options.clocks === undefined ? {} : { clocks: options.clocks }),
  });

  return {
    request(reason) {
      gaps.look();
      return runner.request(reason);
    },
    nextRuns: (count) => task.getNextRuns(count),
    change: (timing) =>
      inTurn(async () => {
        if (isStopped) return;
        const replaced = task;
        task = await startTask(timing);
        await replaced.destroy();
      }),
    stop: () =>
      inTurn(async () => {
        isStopped = true;
        gaps.stop();
        await task.destroy();
        await runner.stop();
      }),
  };
}

/** One run at a time, and one more for whoever asked during it. */
class Runner {
  readonly #options: Pick<ScheduleOptions, "run" | "onError">;
  #current: Promise<void> | null = null;
  #following: Promise<void> | null = null;
  #endedAt = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor(options: Pick<ScheduleOptions, "run" | "onError">) {
    this.#options = options;
  }

  request(reason: RunReason): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    if (this.#current === null) return (this.#current = this.#run(reason));
    return (this.#following ??= this.#follow(this.#current, reason));
  }

  hasRunSince(instant: Date): boolean {
    return this.#current !== null || this.#endedAt > instant.getTime();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#current;
  }

  async #run(reason: RunReason): Promise<void> {
    try {
      // A run may be synchronous throughout, and must still not end before it is noted as the current one.
      await Promise.resolve();
      await this.#options.run(reason);
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#endedAt = Date.now();
      this.#current = null;
    }
  }

  async #follow(before: Promise<void>, reason: RunReason): Promise<void> {
    await before;
    this.#following = null;
    await this.request(reason);
  }
}

function explainTiming({ cron, timezone }: Timing, cause: unknown): ConfigError {
  const found = `${JSON.stringify(cron)} and ${JSON.stringify(timezone)}`;
  const reason = cause instanceof Error ? `: ${cause.message}` : "";
  const expected = 'a cron expression such as "*/5 * * * *" and a time zone such as "UTC"';
  return new ConfigError(`schedule: expected ${expected}, got ${found}${reason}`, { cause });
}

function ignore(): void {
  // Nothing to do.
}
