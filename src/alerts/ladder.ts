import type { Condition } from "./condition.ts";

/** Milliseconds until the end of a credential, less than 0 after it; null for what has no end to remind of. */
export function leftMsOf(condition: Condition, now: Date): number | null {
  const { expiresAt } = condition;
  return !hasLadder(condition) || expiresAt === null ? null : expiresAt.getTime() - now.getTime();
}

/** True when one of the times before the end, or the end itself, was reached since so much was left. */
export function isReminderDue(
  condition: Condition,
  toldLeftMs: number | null,
  remindAtMs: readonly number[],
  now: Date,
): boolean {
  const leftMs = leftMsOf(condition, now);
  if (leftMs === null) return false;
  return [...remindAtMs, 0].some((beforeMs) => leftMs <= beforeMs && beforeMs < (toldLeftMs ?? Infinity));
}

/** When the next step comes; null when none does any more. */
export function nextStepAt(condition: Condition, remindAtMs: readonly number[], now: Date): Date | null {
  const { expiresAt } = condition;
  if (!hasLadder(condition) || expiresAt === null) return null;
  const ahead = [...remindAtMs, 0].map((beforeMs) => expiresAt.getTime() - beforeMs).filter((ms) => ms > now.getTime());
  return ahead.length === 0 ? null : new Date(Math.min(...ahead));
}

/** Only the end of a credential is counted down; that of a cooldown or lock is good news. */
export function hasLadder({ family, expiresAt }: Condition): boolean {
  return family === "expiry" && expiresAt !== null;
}
