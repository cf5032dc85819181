import type { Severity } from "./condition.ts";
import { lastTimeOfDay, nextTimeOfDay } from "./local-time.ts";
import type { QuietHours } from "./policy.ts";

/** True when something of this severity must wait now. Critical never does. Equal times of day are no quiet hours. */
export function isKeptQuiet(quiet: QuietHours | null, severity: Severity, now: Date): boolean {
  return severity !== "critical" && quiet !== null && isQuiet(quiet, now);
}

/** When the quiet hours that hold now end; null when none do. */
export function quietUntil(quiet: QuietHours | null, now: Date): Date | null {
  return quiet !== null && isQuiet(quiet, now) ? nextTimeOfDay(quiet.to, quiet.timezone, now) : null;
}

/** The same for every condition and channel of a decision, and time zones take long. */
const latest = new WeakMap<QuietHours, { readonly at: number; readonly isQuiet: boolean }>();

/** Whether they began since they last ended: an hour that clocks show twice neither begins nor ends them twice. */
function isQuiet(quiet: QuietHours, now: Date): boolean {
  const known = latest.get(quiet);
  if (known?.at === now.getTime()) return known.isQuiet;
  const { from, to, timezone } = quiet;
  const found = lastTimeOfDay(from, timezone, now) > lastTimeOfDay(to, timezone, now);
  latest.set(quiet, { at: now.getTime(), isQuiet: found });
  return found;
}
