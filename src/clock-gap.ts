import { uptime } from "node:os";

/** The same instant by three clocks, in milliseconds. */
export interface Clocks {
  /** What the calendar says; anybody may set it. */
  readonly wallMs: number;
  /** Counts while the machine is awake, as timers do: Linux' CLOCK_MONOTONIC. */
  readonly awakeMs: number;
  /** Counts while it sleeps too: Linux' CLOCK_BOOTTIME, in whole seconds on Android. Null where nothing says. */
  readonly bootMs: number | null;
}

/** Why more time went by than a timer counted. */
export type Gap =
  /** The machine slept, as a phone in Doze does. Where nothing tells, a clock that was set forward is taken for this. */
  | { readonly kind: "slept"; readonly lastedMs: number }
  /** The process was stopped or frozen, as Android does to what nobody looks at. */
  | { readonly kind: "stopped"; readonly lastedMs: number }
  /** Somebody set the clock; negative when back. */
  | { readonly kind: "clock_set"; readonly byMs: number };

export function readClocks(): Clocks {
  return { wallMs: Date.now(), awakeMs: performance.now(), bootMs: readBootMs() };
}

/**
 * What happened between two looks at the clocks of which the second was planned `plannedMs` after the first; nothing
 * below `leastMs`. A clock that was set during a sleep is two gaps.
 */
export function findGaps(before: Clocks, after: Clocks, plannedMs: number, leastMs: number): readonly Gap[] {
  const awakeMs = after.awakeMs - before.awakeMs;
  const unseenMs = after.wallMs - before.wallMs - awakeMs;
  const hasBoot = before.bootMs !== null && after.bootMs !== null;
  const sleptMs = hasBoot ? after.bootMs - before.bootMs - awakeMs : Math.max(0, unseenMs);
  const byMs = unseenMs - sleptMs;
  const lateMs = awakeMs - plannedMs;
  return [
    ...(sleptMs >= leastMs ? [{ kind: "slept", lastedMs: sleptMs } as const] : []),
    ...(lateMs >= leastMs ? [{ kind: "stopped", lastedMs: lateMs } as const] : []),
    ...(Math.abs(byMs) >= leastMs ? [{ kind: "clock_set", byMs } as const] : []),
  ];
}

function readBootMs(): number | null {
  try {
    return uptime() * 1_000;
  } catch {
    return null;
  }
}
