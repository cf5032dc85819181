import { LOCAL_ZONE } from "../timezone.ts";

/** What a clock on the wall shows, as if it were UTC: milliseconds that only compare with others of their kind. */
export type WallMs = number;

const MINUTE = 60_000;
const DAY = 86_400_000;
const clocks = new Map<string, Intl.DateTimeFormat>();

/** Minutes since midnight of a time of day such as `22:30`. */
function parseTimeOfDay(text: string): number {
  const [hours = "0", minutes = "0"] = text.split(":");
  return Number(hours) * 60 + Number(minutes);
}

/** The first instant after `after` at which a clock in the time zone shows the time of day, or skips it. */
export function nextTimeOfDay(timeOfDay: string, timezone: string, after: Date): Date {
  return findTimeOfDay(timeOfDay, timezone, after, [-1, 0, 1, 2], (all) => all.find((ms) => ms > after.getTime()));
}

/** The last instant not after `before` at which a clock in the time zone showed the time of day, or skipped it. */
export function lastTimeOfDay(timeOfDay: string, timezone: string, before: Date): Date {
  return findTimeOfDay(timeOfDay, timezone, before, [-2, -1, 0, 1], (all) =>
    all.findLast((ms) => ms <= before.getTime()),
  );
}

function findTimeOfDay(
  timeOfDay: string,
  timezone: string,
  near: Date,
  days: readonly number[],
  pick: (sorted: readonly number[]) => number | undefined,
): Date {
  const today = Math.floor(wallOf(near.getTime(), timezone) / DAY) * DAY;
  const minutes = parseTimeOfDay(timeOfDay);
  const all = days.map((day) => firstInstantOf(today + day * DAY + minutes * MINUTE, timezone));
  return new Date(pick(all) ?? near.getTime());
}

/**
 * The first instant at which the clock shows `wall`. When clocks are set back it shows it twice, and the first counts;
 * when they are set forward and skip it, the moment of the change.
 */
function firstInstantOf(wall: WallMs, timezone: string): number {
  const candidates = [wall - DAY, wall + DAY].map((ms) => wall - (wallOf(ms, timezone) - ms));
  const [before = wall, after = wall] = candidates;
  const shown = [Math.min(before, after), Math.max(before, after)].find((ms) => wallOf(ms, timezone) === wall);
  if (shown !== undefined) return shown;
  let early = Math.min(before, after);
  let late = Math.max(before, after);
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (wallOf(middle, timezone) >= wall) late = middle;
    else early = middle;
  }
  return late;
}

/** What a clock in the time zone shows at an instant. */
export function wallOf(ms: number, timezone: string): WallMs {
  // Intl would take a third of the time of a whole check.
  if (timezone === LOCAL_ZONE) return ms - new Date(ms).getTimezoneOffset() * MINUTE;
  const parts = new Map(
    clockOf(timezone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const seconds = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return seconds + (((ms % 1_000) + 1_000) % 1_000);
}

function clockOf(timezone: string): Intl.DateTimeFormat {
  const known = clocks.get(timezone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  clocks.set(timezone, clock);
  return clock;
}
