import type { Condition } from "./condition.ts";
import { lastTimeOfDay, nextTimeOfDay } from "./local-time.ts";
import type { EveningDigest } from "./policy.ts";

/** A digest made this shortly ago or, after the clock was set back, ahead, is that of this very evening. */
const SAME_EVENING_MS = 12 * 3_600_000;

/** The night, maybe past, that a digest made now would be about; null when it was made already. */
export function findDueEvening(evening: EveningDigest | null, madeAt: Date | null, now: Date): { until: Date } | null {
  if (evening === null) return null;
  const dueAt = lastTimeOfDay(evening.at, evening.timezone, now);
  if (madeAt !== null && madeAt >= dueAt) return null;
  return { until: nextTimeOfDay(evening.until, evening.timezone, dueAt) };
}

/** When a digest was made, as far as it can be: an instant far ahead was written while the clock was wrong. */
export function believeMadeAt(madeAt: Date, now: Date): Date {
  return madeAt.getTime() - now.getTime() > SAME_EVENING_MS ? now : madeAt;
}

/** True when the credential ends in the night. */
export function endsBefore({ family, expiresAt }: Condition, until: Date, now: Date): boolean {
  return family === "expiry" && expiresAt !== null && expiresAt > now && expiresAt <= until;
}
