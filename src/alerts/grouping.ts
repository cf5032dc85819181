import { type Family, SEVERITIES, type Severity } from "./condition.ts";
import { rank } from "./answer.ts";
import type { Apart } from "./given-up.ts";
import type { Notification, NotificationItem } from "./notification.ts";

/** A first message about something critical waits for others no longer than this. */
const CRITICAL_WAIT_MS = 10_000;

/** Puts everything that a channel is told in one cycle into one message, worst first. */
export function groupItems(id: string, channel: string, items: readonly NotificationItem[], now: Date): Notification {
  const firing = items.filter(({ endsAt }) => endsAt === null);
  return {
    id,
    channel,
    createdAt: now,
    status: firing.length > 0 ? "firing" : "resolved",
    severity: worstOf(firing.length > 0 ? firing : items),
    items: sortItems(items),
  };
}

export interface Grouped {
  readonly item: NotificationItem;
  /** An older message about it has not left yet, and goes first. */
  readonly isWaiting: boolean;
  readonly apart: Apart;
}

/**
 * What a channel is told, by message: one, unless something critical would wait in it for what it has no part in, or
 * something may be refused that the others have no part in.
 */
export function splitItems<Item extends Grouped>(items: readonly Item[]): readonly (readonly Item[])[] {
  const by = (wanted: Apart): readonly Item[] => items.filter(({ apart }) => apart === wanted);
  const parts = [...splitUrgent(by(null)), by("with_given_up"), ...by("alone").map((item) => [item])];
  return parts.filter(({ length }) => length > 0);
}

function splitUrgent<Item extends Grouped>(items: readonly Item[]): readonly (readonly Item[])[] {
  const isFree = ({ isWaiting, item: { condition, endsAt } }: Item): boolean =>
    !isWaiting && endsAt === null && condition.severity === "critical";
  const rest = items.filter((item) => !isFree(item));
  return rest.some(({ isWaiting }) => isWaiting) ? [items.filter(isFree), rest] : [items];
}

/** When a message may leave at the earliest. Only what is told for the first time waits for company. */
export function leaveAt({ items, createdAt }: Notification, groupWaitMs: number): Date {
  const first = items.filter(({ because }) => because === "first");
  const isUrgent = items.some(({ condition, endsAt }) => condition.severity === "critical" && endsAt === null);
  const waitMs = first.length < items.length ? 0 : isUrgent ? Math.min(groupWaitMs, CRITICAL_WAIT_MS) : groupWaitMs;
  return new Date(createdAt.getTime() + waitMs);
}

function worstOf(items: readonly NotificationItem[]): Severity {
  const worst = Math.max(0, ...items.map(({ condition }) => rank(condition.severity)));
  return SEVERITIES[worst] ?? "info";
}

const FAMILY_ORDER: Record<Family, number> = {
  answer: 0,
  fallback: 1,
  remote: 2,
  installation: 3,
  store: 4,
  expiry: 5,
  refresh: 6,
  unusable: 7,
  sharing: 8,
};

/** What has been told before. */
const OLD_NEWS: ReadonlySet<NotificationItem["because"]> = new Set(["reminder", "repeat", "evening"]);

/**
 * What holds before what is over; the gravest first, and of those the news; agents that cannot answer before others,
 * with what they lack.
 */
function sortItems(items: readonly NotificationItem[]): readonly NotificationItem[] {
  const placeOf = ({ condition }: NotificationItem): string =>
    JSON.stringify([condition.installation, condition.agent]);
  const speechless = new Set(items.filter(({ condition }) => condition.family === "answer").map(placeOf));
  const order = (item: NotificationItem): readonly (number | string)[] => [
    item.endsAt === null ? 0 : 1,
    -rank(item.condition.severity),
    OLD_NEWS.has(item.because) ? 1 : 0,
    speechless.has(placeOf(item)) ? 0 : 1,
    placeOf(item),
    FAMILY_ORDER[item.condition.family],
    item.condition.key,
  ];
  return items
    .map((item) => ({ item, order: order(item) }))
    .toSorted((a, b) => compare(a.order, b.order))
    .map(({ item }) => item);
}

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [index, one] of a.entries()) {
    const other = b[index];
    if (other !== undefined && one !== other) return one < other ? -1 : 1;
  }
  return 0;
}
