import { hasEndedMeanwhile } from "./message-words.ts";
import type { NotificationItem } from "./notification.ts";

/** Why somebody is told now, for a person; null when it needs no word. */
export function whyNow({ because, condition, overSince, isGone }: NotificationItem, now: Date): string | null {
  if (because === "unwatched" && isGone === true) return GONE;
  if (overSince !== undefined && because !== "unwatched") return "it could not leave before it was over";
  if (hasEndedMeanwhile(condition, now)) return "it could not leave before that end";
  if (because === "reminder" && condition.expiresAt !== null && condition.expiresAt <= now) return "its end is reached";
  return WHY_NOW[because];
}

const GONE = "its home has been gone for 7 days, so nobody knows whether it goes on";

const WHY_NOW: Record<NotificationItem["because"], string | null> = {
  first: null,
  resolved: null,
  unwatched: "the config does not name it any more, so nobody knows whether it goes on",
  changed: "it is other trouble than before",
  eased: "what is left of it is not for this channel",
  escalated: "it got worse",
  reminder: "a reminder on the way to its end",
  repeat: "it is still so",
  flapping: "it comes and goes; there will be no more word until it settles",
  evening: "it ends before the morning",
  hidden: "a silence covers it",
  test: "somebody ran agent-auth notify test",
};
