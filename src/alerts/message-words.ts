import { formatDuration } from "../duration.ts";
import { CLI_OWNER, SHARED_OWNER } from "../stores/store.ts";
import type { Condition } from "./condition.ts";
import { type WallMs, wallOf } from "./local-time.ts";
import { nameOfProfile } from "./lookalikes.ts";
import type { NotificationItem } from "./notification.ts";
import { inPast, summaryOf } from "./past.ts";
import { type Show, shortenId } from "./shown.ts";

/** `CRITICAL ops@openclaw: cannot answer, its only anthropic credential expired (2h ago)`. */
export function headlineOf(item: NotificationItem, show: Show, now: Date): string {
  return headline(item, show, now, relativeWhen);
}

/** The same for what stays on a screen: instants in place of time spans, which are true for a moment only. */
export function lastingHeadlineOf(item: NotificationItem, show: Show, now: Date, timezone: string): string {
  return headline(item, show, now, (condition) => lastingWhen(condition, now, timezone));
}

function headline(
  item: NotificationItem,
  show: Show,
  now: Date,
  whenOf: (condition: Condition, now: Date) => string,
): string {
  const { condition, because, overSince, left } = item;
  if (because === "test") {
    const real: NotificationItem = { ...item, because: item.endsAt === null ? "first" : "resolved" };
    return `TEST, not an alarm: ${headline(real, show, now, whenOf)}`;
  }
  const severity = condition.severity.toUpperCase();
  const phrase = phraseOf(item, show, now);
  const where = placeOf(condition, show);
  if (overSince !== undefined && because === "unwatched")
    return `WAS ${severity} ${where}: ${phrase}, no longer watched`;
  if (overSince !== undefined)
    return `WAS ${severity} ${where}: ${phrase}, over ${overSince === null ? "now" : relativeTo(overSince, now)}`;
  if (left !== undefined) return `EASED ${where}: ${phrase}, ${leftOf(condition, left)}`;
  if (because === "hidden") return `SILENCED ${where}: ${phrase}`;
  if (because === "unwatched") return `NO LONGER WATCHED ${where}: ${phrase}`;
  if (item.endsAt !== null) return `RESOLVED ${where}: ${phrase}`;
  return `${severity} ${where}: ${because === "flapping" ? "comes and goes: " : ""}${phrase}${whenOf(condition, now)}`;
}

/** True for what is told as it was, and is not so any more. */
export function isOver({ endsAt, because }: NotificationItem): boolean {
  return endsAt !== null && because !== "hidden";
}

/** A message that was long on its way tells of what has come meanwhile. */
export function hasEndedMeanwhile({ reason, expiresAt }: Condition, now: Date): boolean {
  return reason === "expiring" && expiresAt !== null && expiresAt <= now;
}

/** What is left of something: `now only a warning`. */
export function leftOf({ severity }: Condition, left: NonNullable<NotificationItem["left"]>): string {
  if (left.severity === severity) return `now ${(PHRASES[left.reason] ?? left.reason).replaceAll("_", " ")}`;
  return left.severity === "info"
    ? "now for information only"
    : `now ${left.severity === "warning" ? "only a warning" : "critical"}`;
}

/** `ops@openclaw`, or the installation alone where no single agent is concerned. */
export function placeOf({ agent, installation }: Condition, show: Show): string {
  const where = shortenId(show(installation));
  if (agent === "" || agent === CLI_OWNER) return where;
  return `${agent === SHARED_OWNER ? "shared" : shortenId(show(agent))}@${where}`;
}

/** Whose trouble it is, in full. */
export function ownerOf({ agent, installation }: Condition, show: Show): string {
  const where = shortenId(show(installation));
  if (agent === "") return `all agents of ${where}`;
  if (agent === CLI_OWNER) return `the ${where} login of this host`;
  return agent === SHARED_OWNER
    ? `every agent of ${where} that shares its store`
    : `${shortenId(show(agent))} of ${where}`;
}

/** What is the matter, in few words. */
export function phraseOf(item: NotificationItem, show: Show, now: Date): string {
  const { condition } = item;
  const { family, reason, profile } = condition;
  if (family === "answer" || family === "fallback") {
    const sentence = summaryOf({ condition, endsAt: isOver(item) ? now : null });
    return show(sentence)
      .replace(/^agent \S+ /, "")
      .replace(": ", ", ");
  }
  const hasEnded = !isOver(item) && hasEndedMeanwhile(condition, now);
  const present = PHRASES[reason] ?? show(reason).replaceAll("_", " ");
  const words = hasEnded ? "expired meanwhile" : isOver(item) ? inPast(present) : present;
  if (profile !== null) return `${nameOfProfile(profile, condition, show)} ${words}`;
  return `${family === "remote" ? "host" : family} ${words}`;
}

/** An instant with its zone: `2026-03-01 13:00 UTC+01:00`. */
export function formatInstant(at: Date, timezone: string): string {
  const aheadMinutes = Math.round((shownWall(at, timezone) - at.getTime()) / 60_000);
  const [hours, minutes] = [Math.floor(Math.abs(aheadMinutes) / 60), Math.abs(aheadMinutes) % 60];
  const offset = aheadMinutes === 0 ? "" : `${aheadMinutes < 0 ? "-" : "+"}${twoDigits(hours)}:${twoDigits(minutes)}`;
  return `${formatWallClock(at, timezone)} UTC${offset}`;
}

/** The same without the zone, where there is little room: `2026-03-01 13:00`. */
function formatWallClock(at: Date, timezone: string): string {
  return new Date(shownWall(at, timezone)).toISOString().replace(/T(\d\d:\d\d).*$/, " $1");
}

/** A store may hold the last instant that has a date in UTC, and in no zone that is ahead of it: it is told in UTC. */
function shownWall(at: Date, timezone: string): WallMs {
  const wall = wallOf(at.getTime(), timezone);
  return Number.isNaN(new Date(wall).getTime()) ? at.getTime() : wall;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/** `in 3h` or `2h ago`. */
export function relativeTo(at: Date, now: Date): string {
  const aheadMs = at.getTime() - now.getTime();
  return aheadMs > 0 ? `in ${formatDuration(aheadMs)}` : `${formatDuration(aheadMs)} ago`;
}

/** What the instant of a condition is called. */
export function nameOfEnd({ family, heldLike, expiresAt }: Condition, now: Date): string {
  if (family === "unusable" || heldLike !== undefined) return "Usable from";
  return expiresAt !== null && expiresAt > now ? "Expires" : "Expired";
}

/** What the instant is called at which it was known last what nobody knows now. */
export function nameOfKnown({ reason }: Condition): string {
  return reason === "outdated" ? "Last check" : "Last seen";
}

function relativeWhen(condition: Condition, now: Date): string {
  const { expiresAt, family, heldLike } = condition;
  if (expiresAt === null || family === "refresh") return "";
  if (family === "unusable" || heldLike !== undefined) {
    return expiresAt > now ? ` (${formatDuration(expiresAt.getTime() - now.getTime())} left)` : "";
  }
  const relative = relativeTo(expiresAt, now);
  return condition.reason === "expiring" && expiresAt > now ? ` ${relative}` : ` (${relative})`;
}

function lastingWhen({ expiresAt, family, heldLike, reason }: Condition, now: Date, timezone: string): string {
  if (expiresAt === null || family === "refresh") return "";
  const instant = formatWallClock(expiresAt, timezone);
  if (family === "unusable" || heldLike !== undefined) return expiresAt > now ? ` until ${instant}` : "";
  return reason === "expiring" && expiresAt > now ? ` ${instant}` : ` (${instant})`;
}

const PHRASES: Readonly<Record<string, string>> = {
  refresh_failing: "cannot be refreshed",
  refresh_failed: "could not be refreshed",
  refresh_stuck: "is stuck refreshing",
  expired: "expired",
  expiring: "expires",
  missing_credential: "holds no secret",
  invalid_expires: "has an invalid end",
  malformed_api_key: "is no API key",
  unresolved_ref: "points to a lost secret",
  setup_inactive: "was never activated",
  token_age: "is as old as such tokens get",
  disabled: "is disabled",
  blocked: "is blocked",
  cooldown: "is in a cooldown",
  implausible_window: "is shut out for too long",
  shared_refresh_token: "shares its refresh token",
  not_found: "is not there",
  permission_denied: "may not be read",
  not_regular: "is no regular file",
  too_large: "is too large",
  bad_json: "is not valid JSON",
  wrong_shape: "is not what it should be",
  sqlite_busy: "is locked",
  sqlite_corrupt: "is corrupt",
  sqlite_no_table: "has no table of credentials",
  empty_file: "is empty",
  migration_required: "needs a migration",
  symlink_loop: "is a loop of links",
  config_invalid: "has a config that cannot be understood",
  newer_schema: "is of a newer version",
  invalid_entry: "has invalid entries",
  unreachable: "does not answer",
  outdated: "has not checked for long",
};
