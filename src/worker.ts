import type { Logger } from "pino";
import type { Checker } from "./check.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { ExpositionPublisher } from "./metrics/expose.ts";
import { isBlinding } from "./problem.ts";
import type { RunReason } from "./schedule.ts";
import { isNothingFound, type Snapshot } from "./snapshot.ts";
import { findTransitions } from "./transitions.ts";
import type { WebState } from "./web/state.ts";

export interface WorkerOptions {
  /** Asked for each run, because a reload replaces it. */
  readonly checker: () => Checker;
  readonly exposition: ExpositionPublisher;
  /** The next runs of the schedule, soonest first. */
  readonly nextRuns: (count: number) => readonly Date[];
  /** What went wrong with what we keep ourselves, so far. */
  readonly warnings: () => readonly string[];
  readonly onSnapshot: (snapshot: Snapshot) => void;
  /** The metrics of a check can be had now, also of one that broke off. */
  readonly onMetrics: () => void;
  /** Asked for each run too; null when nobody listens. */
  readonly heartbeat: () => Heartbeat | null;
  readonly log: Logger;
  /** Behind a command of ours in the log, so that it means the config and state of this process; with a space in front. */
  readonly commandOptions: () => string;
  readonly now: () => Date;
  readonly isDemo: boolean;
}

export interface Worker {
  readonly state: WebState;
  /** One check: read, judge, publish, log what changed. A check that breaks off leaves everything as it was. */
  run(reason: RunReason): Promise<void>;
}

/** After so many runs that did not happen, the worker is not ready any more, and the watchdog of a service manager bites. */
export const OVERDUE_RUNS = 3;

export function createWorker(options: WorkerOptions): Worker {
  const { log, exposition, now } = options;
  let state: WebState = {
    snapshot: null,
    lastCheckAt: null,
    nextCheckAt: null,
    overdueAt: null,
    isDemo: options.isDemo,
  };

  let warned = 0;

  return {
    get state() {
      return state;
    },
    async run(reason) {
      const startedMs = performance.now();
      // Between the runs of the schedule it would only say the same again.
      const heartbeat = reason === "remote" ? null : options.heartbeat();
      heartbeat?.start();
      const snapshot = await check(options, reason);
      if (snapshot !== null) {
        tellTransitions(options, state.snapshot, snapshot);
        for (const warning of options.warnings().slice(warned)) log.warn(warning);
        warned = options.warnings().length;
        options.onSnapshot(snapshot);
      }
      const upcoming = options.nextRuns(OVERDUE_RUNS);
      const finishedAt = now();
      const durationSeconds = (performance.now() - startedMs) / 1_000;
      heartbeat?.end(snapshot !== null, durationSeconds * 1_000);
      const nextCheckAt = upcoming[0] ?? null;
      state = {
        ...state,
        ...(snapshot === null
          ? {}
          : { snapshot, lastCheckAt: finishedAt, overdueAt: upcoming[OVERDUE_RUNS - 1] ?? null }),
        nextCheckAt,
      };
      const outcome = snapshot === null ? "failed" : isReadInFull(snapshot) ? "ok" : "problems";
      await exposition.finishCheck({ snapshot, outcome, durationSeconds, finishedAt, nextCheckAt });
      options.onMetrics();
      log.debug({ reason, outcome, durationSeconds }, "check finished");
    },
  };
}

async function check({ checker, log, now }: WorkerOptions, reason: RunReason): Promise<Snapshot | null> {
  try {
    return await checker().check(now());
  } catch (error) {
    log.error({ err: error, reason }, "the check broke off; what was known before stays published");
    return null;
  }
}

function tellTransitions({ log, commandOptions }: WorkerOptions, before: Snapshot | null, after: Snapshot): void {
  if (isNothingFound(after) && (before === null || !isNothingFound(before))) {
    log.warn({ searched: after.searched }, "nothing found yet; looking again at every check");
  }
  for (const { level, message, fields } of findTransitions(before, after, commandOptions()))
    log[level](fields, message);
}

function isReadInFull({ problems, installations }: Snapshot): boolean {
  const all = [
    ...problems,
    ...installations.flatMap((one) => [...one.problems, ...one.stores.flatMap((s) => s.problems)]),
  ];
  return !all.some(isBlinding);
}
