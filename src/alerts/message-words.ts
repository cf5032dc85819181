import { formatDuration } from "../duration.ts";
import { CLI_OWNER, SHARED_OWNER } from "../stores/store.ts";
import type { Condition } from "./condition.ts";
import type { NotificationItem, ToldBecause } from "./notification.ts";
import { type Show, shortenId } from "./shown.ts";

/** `CRITICAL ops@openclaw: cannot answer, its only anthropic credential expired (2h ago)`. */
export function headlineOf(item: NotificationItem, show: Show, now: Date): string {
  const { condition, because, endsAt } = item;
  const word = endsAt === null ? condition.severity.toUpperCase() : "RESOLVED";
  const adverb = because === "flapping" ? "comes and goes: " : "";
  const when = endsAt === null ? whenOf(condition, now) : `, over after ${spanOf(item.startsAt, endsAt)}`;
  return `${word} ${placeOf(condition, show)}: ${adverb}${phraseOf(item, show, now)}${when}`;
}

/** `ops@openclaw`, or the installation alone where no single agent is concerned. */
function placeOf({ agent, installation }: Condition, show: Show): string {
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
export function phraseOf({ condition, endsAt }: NotificationItem, show: Show, now: Date): string {
  const { family, reason, summary, profile } = condition;
  if (family === "answer" || family === "fallback") {
    return show(summary)
      .replace(/^agent \S+ /, "")
      .replace(": ", ", ");
  }
  // A message that was long on its way tells of what has come meanwhile.
  const isPast = reason === "expiring" && condition.expiresAt !== null && condition.expiresAt <= now;
  if (reason === "expiring" && profile !== null && endsAt !== null) {
    return `${shortenId(show(profile))} was about to expire`;
  }
  const words = PHRASES[isPast ? "expired" : reason] ?? show(reason).replaceAll("_", " ");
  if (profile !== null) return `${shortenId(show(profile))} ${words}`;
  return `${family === "store" ? "store" : "installation"} ${words}`;
}

/** Why now, for a person; null when it needs no word. */
export function whyNow(because: ToldBecause): string | null {
  return WHY_NOW[because];
}

/** An instant with its zone: `2026-03-01 13:00 UTC+01:00`. */
export function formatInstant(at: Date, timezone: string): string {
  const parts = new Map(
    formatOf(timezone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? "";
  const offset = part("timeZoneName").replace("GMT", "UTC").replace("+00:00", "");
  return `${part("year")}-${part("month")}-${part("day")} ${part("hour")}:${part("minute")} ${offset}`;
}

/** `in 3h` or `2h ago`. */
export function relativeTo(at: Date, now: Date): string {
  const aheadMs = at.getTime() - now.getTime();
  return aheadMs > 0 ? `in ${formatDuration(aheadMs)}` : `${formatDuration(aheadMs)} ago`;
}

export function spanOf(from: Date, to: Date): string {
  return formatDuration(Math.max(0, to.getTime() - from.getTime()));
}

/** What the instant of a condition is called. */
export function nameOfEnd({ family, heldLike, expiresAt }: Condition, now: Date): string {
  if (family === "unusable" || heldLike !== undefined) return "Usable from";
  return expiresAt !== null && expiresAt > now ? "Expires" : "Expired";
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Made once for each zone: that takes longer than all the rest of a message. */
function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "longOffset",
  });
  formats.set(timezone, format);
  return format;
}

function whenOf(condition: Condition, now: Date): string {
  const { expiresAt, family, heldLike } = condition;
  if (expiresAt === null || family === "refresh") return "";
  if (family === "unusable" || heldLike !== undefined) {
    return expiresAt > now ? ` (${formatDuration(expiresAt.getTime() - now.getTime())} left)` : "";
  }
  const relative = relativeTo(expiresAt, now);
  return condition.reason === "expiring" && expiresAt > now ? ` ${relative}` : ` (${relative})`;
}

const WHY_NOW: Record<ToldBecause, string | null> = {
  first: null,
  resolved: null,
  changed: "it is other trouble than before",
  eased: "what is left of it is not for this channel",
  escalated: "it got worse",
  reminder: "a reminder on the way to its end",
  repeat: "it is still so",
  flapping: "it comes and goes; there will be no more word until it settles",
  evening: "it ends before the morning",
};

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
