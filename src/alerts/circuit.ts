import { backoffMs, boundRetryAfter } from "./backoff.ts";

/** After so many messages failed in a row a channel is tried with one at a time, at growing intervals. */
const MESSAGES_TO_OPEN = 5;

/** No wait is longer; a longer one means that the clock was set back. */
const LONGEST_WAIT_MS = 60 * 60_000;

/** What one channel has been like lately. */
export interface Circuit {
  /** Ids of messages that failed in a row: one that fails again and again says nothing of the others. */
  readonly failed: ReadonlySet<string>;
  /** In a row, since there are so many of them that it is the channel. */
  readonly failures: number;
  /** Nothing is sent before; null when nothing speaks against it. */
  readonly pausedUntil: Date | null;
}

export const CLOSED: Circuit = { failed: new Set(), failures: 0, pausedUntil: null };

interface Failure {
  /** Of the message. */
  readonly id: string;
  readonly retryAfterMs: number | null;
  readonly now: Date;
}

/** The circuit after an attempt that failed, or was refused. What the server asked for holds for the whole channel. */
export function afterFailure(circuit: Circuit, { id, retryAfterMs, now }: Failure, random: () => number): Circuit {
  const failed = new Set([...circuit.failed, id]);
  const failures = failed.size < MESSAGES_TO_OPEN ? 0 : circuit.failures + 1;
  const ownMs = failures === 0 ? 0 : backoffMs(failures, random);
  const waitMs = Math.max(ownMs, boundRetryAfter(retryAfterMs));
  return { failed, failures, pausedUntil: waitMs === 0 ? null : new Date(now.getTime() + waitMs) };
}

/** When a channel may be tried again; null is now. */
export function waitsUntil({ pausedUntil }: Circuit, now: Date): Date | null {
  if (pausedUntil === null || pausedUntil <= now) return null;
  return pausedUntil.getTime() - now.getTime() > LONGEST_WAIT_MS ? null : pausedUntil;
}

/** Whether so much went wrong that what waits has to wait until one message gets through. */
export function isOpen({ failures }: Circuit): boolean {
  return failures > 0;
}
