import type { Told } from "./alert-store.ts";
import type { Circumstances } from "./answer.ts";
import type { Notification } from "./notification.ts";

/*
 * What was given up is told anew. For all anybody knows the receiver refused it for one of its items: for a character in
 * it, or its length. So
 * - what was given up in company is told anew at once, each in a message of its own: all but that one arrive;
 * - what was given up alone is told anew after an hour, alone again;
 * - once somebody put a hand to the channel, all that was given up alone is told in one message: mostly it was the channel;
 * - so is all that was given up because nothing arrived for as long as a message is kept;
 * - nothing that was given up shares a message with what was not.
 */

/** Often enough to matter, too seldom to be a nuisance to who refuses it. */
export const RETRY_DEAD_MS = 3_600_000;

/** How something shares a message with others; null as usual. */
export type Apart = "alone" | "with_given_up" | null;

type Around = Pick<Circumstances, "changedAt" | "sharedIds" | "policy" | "now">;

/** The messages that were given up and told of several things, by what was told last of each. */
export function findShared(told: Iterable<Told>): ReadonlySet<string> {
  const [seen, shared] = [new Set<string>(), new Set<string>()];
  for (const { delivery, notificationId } of told) {
    if (delivery !== "dead") continue;
    (seen.has(notificationId) ? shared : seen).add(notificationId);
  }
  return shared;
}

/** True when its last message was given up, and it is time to try anew. */
export function isRetryDue(told: Told, around: Around): boolean {
  if (told.delivery !== "dead") return false;
  return around.sharedIds.has(told.notificationId) || isMended(told, around) || retryAt(told) <= around.now;
}

/** When what was given up alone is told anew. */
export function retryAt({ toldAt }: Pick<Told, "toldAt">): Date {
  return new Date(toldAt.getTime() + RETRY_DEAD_MS);
}

/** When to decide again after a message was given up. */
export function decideAgainAt({ items, createdAt }: Notification, now: Date): Date {
  return items.length > 1 ? now : retryAt({ toldAt: createdAt });
}

/** With whom something may share a message, by what became of the last message about it. */
export function findApart(told: Told | null, around: Around): Apart {
  if (told?.delivery !== "dead") return null;
  if (isTooOld(told, around)) return "with_given_up";
  return isMended(told, around) && !around.sharedIds.has(told.notificationId) ? "with_given_up" : "alone";
}

/** Nobody refused it, or long ago: it was given up because nothing arrived for so long. */
function isTooOld({ toldAt }: Told, { policy, now }: Around): boolean {
  return now.getTime() - toldAt.getTime() >= policy.maxAgeMs;
}

function isMended({ toldAt }: Told, { changedAt, now }: Around): boolean {
  return changedAt !== null && toldAt < changedAt && changedAt <= now;
}
