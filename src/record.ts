/** An object as JSON has them; arrays and null are none. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text as stored, when there is anything but white space in it. */
export function nonBlank(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

/** The last instant that a `Date` can hold, in milliseconds; upstream calls later ones invalid since 2026.6.11. */
const LAST_INSTANT_MS = 8.64e15;

/** Unix milliseconds, fractions allowed; null for whatever cannot be a date after 1970. */
export function parseInstant(value: unknown): Date | null {
  return typeof value === "number" && value > 0 && value <= LAST_INSTANT_MS ? new Date(value) : null;
}
