import { type Clocks, findGaps, type Gap, readClocks } from "./clock-gap.ts";

export interface GapWatchOptions {
  /** How long to the next look; asked after each. It counts only while the machine is awake, and never wakes it. */
  readonly nextLookMs: () => number;
  /** A shorter gap is none. */
  readonly leastMs: number;
  /** `nowMs` is what the wall clock says now. */
  readonly onGaps: (gaps: readonly Gap[], nowMs: number) => void;
  /** Ours, unless somebody has others. */
  readonly clocks?: () => Clocks;
}

export interface GapWatch {
  /** Looks now rather than later, where something else woke us. */
  look(): void;
  stop(): void;
}

/** Compares the clocks every now and then: timers alone do not notice that the machine slept, or that its clock was set. */
export function watchForGaps({ nextLookMs, leastMs, onGaps, clocks = readClocks }: GapWatchOptions): GapWatch {
  let before = clocks();
  let plannedMs = 0;
  let timer: NodeJS.Timeout | null = null;
  const arm = (): void => {
    if (timer !== null) clearTimeout(timer);
    plannedMs = nextLookMs();
    timer = setTimeout(look, plannedMs).unref();
  };
  const look = (): void => {
    const after = clocks();
    const gaps = findGaps(before, after, plannedMs, leastMs);
    before = after;
    if (gaps.length > 0) onGaps(gaps, after.wallMs);
    arm();
  };
  arm();
  return {
    look,
    stop() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
