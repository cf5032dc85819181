import type { AlertStore } from "./alert-store.ts";
import { groupItems } from "./grouping.ts";
import type { Notification } from "./notification.ts";

/**
 * A message that is about to leave, with what is known by now: what is over since it was written is told as something
 * that was, to people and machines alike, so that nothing rings for what is mended.
 */
export function asOfNow(notification: Notification, store: Pick<AlertStore, "endings">, now: Date): Notification {
  const { id, channel, createdAt, items } = notification;
  const holding = items.filter(({ endsAt, because }) => endsAt === null && because !== "flapping");
  const endings = store.endings(holding.map(({ condition }) => condition.key));
  if (endings.size === 0) return notification;
  const known = items.map((item) => {
    const ending = holding.includes(item) ? endings.get(item.condition.key) : undefined;
    if (ending === undefined) return item;
    const over = { ...item, overSince: ending.at, endsAt: ending.at ?? now };
    if (!ending.isUnwatched) return over;
    return { ...over, because: "unwatched" as const, ...(ending.isGone === true ? { isGone: true as const } : {}) };
  });
  return groupItems(id, channel, known, createdAt);
}
