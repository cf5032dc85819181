import { parseDuration } from "../duration.ts";
import { UsageError } from "../errors.ts";

const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** The instant that an option means: ISO 8601 (a date alone is midnight UTC), or `+6h` and `-2h` from now. */
export function parseInstantOption(text: string, now: Date, name = "at"): Date {
  const trimmed = text.trim();
  const at = ISO.test(trimmed) ? new Date(trimmed) : relativeTo(now, trimmed);
  if (at !== null && !Number.isNaN(at.getTime())) return at;
  throw new UsageError(`--${name}: expected a time such as 2026-10-01T08:00Z, +6h or -2h, got ${JSON.stringify(text)}`);
}

function relativeTo(now: Date, text: string): Date | null {
  const sign = text.startsWith("+") ? 1 : text.startsWith("-") ? -1 : 0;
  const durationMs = sign === 0 ? null : parseDuration(text.slice(1));
  return durationMs === null ? null : new Date(now.getTime() + sign * durationMs);
}

/** Milliseconds of a duration given on the command line; null when the option was not given. */
export function parseDurationOption(name: string, text: string | null): number | null {
  if (text === null) return null;
  const durationMs = parseDuration(text);
  if (durationMs !== null) return durationMs;
  throw new UsageError(`--${name}: expected a duration such as 24h or 90m, got ${JSON.stringify(text)}`);
}
