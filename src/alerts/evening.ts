import type { Told } from "./alert-store.ts";
import type { Condition } from "./condition.ts";
import { lastTimeOfDay, nextTimeOfDay } from "./local-time.ts";
import type { EveningDigest } from "./policy.ts";

/** A digest made this shortly ago or, after the clock was set back, ahead, is that of this very evening. */
const SAME_EVENING_MS = 12 * 3_600_000;

/** An evening that has begun, and the night after it that is not over yet. */
export interface Evening {
  /** The hour that the channel asked for. */
  readonly dueAt: Date;
  /** When its digest was made, or is now. What could not be told then is told as soon as it can. */
  readonly madeAt: Date;
  readonly until: Date;
}

/** The evening or night that it is now; null at daytime. `madeAt` is when the last digest was made. */
export function findEvening(evening: EveningDigest | null, madeAt: Date | null, now: Date): Evening | null {
  if (evening === null) return null;
  const dueAt = lastTimeOfDay(evening.at, evening.timezone, now);
  const until = nextTimeOfDay(evening.until, evening.timezone, dueAt);
  return now < until ? { dueAt, madeAt: madeAt !== null && madeAt >= dueAt ? madeAt : now, until } : null;
}

/** True when a channel has heard of a condition since the digest of this evening was made. */
export function isToldSince({ madeAt }: Evening, { toldAt, because }: Told): boolean {
  if (toldAt >= madeAt) return true;
  // The clock may have been set back meanwhile.
  return because === "evening" && madeAt.getTime() - toldAt.getTime() < SAME_EVENING_MS;
}

/** When a digest was made, as far as it can be: an instant far ahead was written while the clock was wrong. */
export function believeMadeAt(madeAt: Date, now: Date): Date {
  return madeAt.getTime() - now.getTime() > SAME_EVENING_MS ? now : madeAt;
}

/** True when the credential ends in the night. */
export function endsBefore({ family, expiresAt }: Condition, until: Date, now: Date): boolean {
  return family === "expiry" && expiresAt !== null && expiresAt > now && expiresAt <= until;
}
