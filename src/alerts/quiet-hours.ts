import type { Severity } from "./condition.ts";
import { minuteOfDay, nextTimeOfDay, parseTimeOfDay } from "./local-time.ts";
import type { QuietHours } from "./policy.ts";

/** True when something of this severity must wait now. Critical never does. Equal times of day are no quiet hours. */
export function isKeptQuiet(quiet: QuietHours | null, severity: Severity, now: Date): boolean {
  return severity !== "critical" && quiet !== null && isQuiet(quiet, now);
}

/** When the quiet hours that hold now end; null when none do. */
export function quietUntil(quiet: QuietHours | null, now: Date): Date | null {
  return quiet !== null && isQuiet(quiet, now) ? nextTimeOfDay(quiet.to, quiet.timezone, now) : null;
}

function isQuiet({ from, to, timezone }: QuietHours, now: Date): boolean {
  const start = parseTimeOfDay(from);
  const end = parseTimeOfDay(to);
  const minute = minuteOfDay(now, timezone);
  return start <= end ? start <= minute && minute < end : minute >= start || minute < end;
}
