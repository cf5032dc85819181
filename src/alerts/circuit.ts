import { backoffMs, boundRetryAfter } from "./backoff.ts";

/** After so many failures in a row a channel is tried with one message at a time, at growing intervals. */
const FAILURES_TO_OPEN = 5;

/** No wait is longer; a longer one means that the clock was set back. */
const LONGEST_WAIT_MS = 60 * 60_000;

/** What one channel has been like lately. */
export interface Circuit {
  /** In a row. */
  readonly failures: number;
  /** Nothing is sent before; null when nothing speaks against it. */
  readonly pausedUntil: Date | null;
}

export const CLOSED: Circuit = { failures: 0, pausedUntil: null };

/** The circuit after an attempt that may help to repeat. What the server asked for holds for the whole channel. */
export function afterFailure(circuit: Circuit, retryAfterMs: number | null, now: Date, random: () => number): Circuit {
  const failures = circuit.failures + 1;
  const ownMs = failures < FAILURES_TO_OPEN ? 0 : backoffMs(failures - FAILURES_TO_OPEN + 1, random);
  const waitMs = Math.max(ownMs, boundRetryAfter(retryAfterMs));
  return { failures, pausedUntil: waitMs === 0 ? null : new Date(now.getTime() + waitMs) };
}

/** When a channel may be tried again; null is now. */
export function waitsUntil({ pausedUntil }: Circuit, now: Date): Date | null {
  if (pausedUntil === null || pausedUntil <= now) return null;
  return pausedUntil.getTime() - now.getTime() > LONGEST_WAIT_MS ? null : pausedUntil;
}

/** Whether so much went wrong that what waits has to wait until one message gets through. */
export function isOpen({ failures }: Circuit): boolean {
  return failures >= FAILURES_TO_OPEN;
}
