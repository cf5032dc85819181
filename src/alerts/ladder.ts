import type { Condition } from "./condition.ts";

/**
 * How many steps of the reminder ladder lie behind `now`: one for each time before the end that was reached, and one
 * more at the end itself. 0 for what has no end to remind of.
 */
export function stepOf(condition: Condition, remindAtMs: readonly number[], now: Date): number {
  const { expiresAt } = condition;
  if (!hasLadder(condition) || expiresAt === null) return 0;
  const remainingMs = expiresAt.getTime() - now.getTime();
  return remindAtMs.filter((beforeMs) => remainingMs <= beforeMs).length + (remainingMs <= 0 ? 1 : 0);
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
