import { describeLimits, isWithin, type Limits, parseDuration } from "../duration.ts";
import { UsageError } from "../errors.ts";

const ISO =
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;
const RELATIVE = /^(?<sign>[+-])(?<duration>0|(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+)$/;

/** The instant that an option means: ISO 8601 (a date alone is midnight UTC), or `+6h` and `-2h` from now. */
export function parseInstantOption(text: string, now: Date, name = "at"): Date {
  const at = parseInstant(text.trim(), now);
  if (at === null) {
    const example = "2026-10-01T08:00Z, +6h or -2h";
    throw new UsageError(`--${name}: expected a time such as ${example}, got ${JSON.stringify(text)}`);
  }
  const year = at.getUTCFullYear();
  if (year >= 1970 && year <= 9999) return at;
  throw new UsageError(`--${name}: expected a time from 1970 to 9999, got ${JSON.stringify(text)}`);
}

/** Null for what is no time at all; an invalid date for one that is too far away. */
function parseInstant(text: string, now: Date): Date | null {
  const relative = RELATIVE.exec(text)?.groups;
  if (relative !== undefined) {
    const durationMs = parseDuration(relative["duration"] ?? "") ?? Infinity;
    return new Date(now.getTime() + (relative["sign"] === "-" ? -durationMs : durationMs));
  }
  const date = ISO.exec(text)?.groups;
  const at = new Date(text);
  if (date === undefined || Number.isNaN(at.getTime())) return null;
  // `Date` takes 30 February for 2 March.
  const { year, month, day } = date;
  const isInCalendar = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
  return isInCalendar ? at : null;
}

/** Milliseconds of a duration given on the command line; null when the option was not given. */
export function parseDurationOption(name: string, text: string | null, limits: Limits = {}): number | null {
  if (text === null) return null;
  const durationMs = RELATIVE.test(`+${text.trim()}`) ? (parseDuration(text) ?? Infinity) : null;
  if (durationMs === null) {
    throw new UsageError(`--${name}: expected a duration such as 24h or 90m, got ${JSON.stringify(text)}`);
  }
  if (isWithin(durationMs, limits)) return durationMs;
  throw new UsageError(`--${name}: expected a duration of ${describeLimits(limits)}, got ${JSON.stringify(text)}`);
}
