import type { AlertMemory, NewMessage, Told } from "./alert-store.ts";
import { groupItems } from "./grouping.ts";

interface Joined {
  readonly messages: readonly NewMessage[];
  /** The id under which a new message travels now, where that is another. */
  readonly idOf: (id: string) => string;
}

/**
 * Puts new messages into those of their channel that still wait for company and that nobody has begun to send; the
 * earlier of the two times counts. Two things said of one condition stay apart, for they have an order; so does what
 * has to wait for an older message, and what is told anew because one was given up.
 */
export function joinWaiting(
  fresh: readonly NewMessage[],
  memory: Pick<AlertMemory, "told" | "waiting">,
  { dropped, now }: { readonly dropped: readonly string[]; readonly now: Date },
): Joined {
  if (fresh.length === 0) return { messages: [], idOf: (id) => id };
  const { told, waiting = [] } = memory;
  const open = new Map(
    waiting
      .filter(({ notification, notBefore }) => notBefore > now && !dropped.includes(notification.id))
      .map((one) => [one.notification.channel, one]),
  );
  if (open.size === 0) return { messages: fresh, idOf: (id) => id };
  const ids = new Map<string, string>();
  const messages = fresh.map((one) => {
    const { channel, id, items } = one.notification;
    const keys = new Set(items.map(({ condition }) => condition.key));
    const isApart = told.some((row) => row.channel === channel && STAYS_APART.has(row.delivery) && keys.has(row.key));
    const other = open.get(channel);
    if (other === undefined || isApart) return one;
    open.delete(channel);
    ids.set(id, other.notification.id);
    return join(other, one);
  });
  return { messages, idOf: (id) => ids.get(id) ?? id };
}

const STAYS_APART: ReadonlySet<Told["delivery"]> = new Set(["pending", "dead"]);

function join({ notification, notBefore }: NewMessage, fresh: NewMessage): NewMessage {
  const { id, channel, items, createdAt } = notification;
  return {
    notification: groupItems(id, channel, [...items, ...fresh.notification.items], createdAt),
    notBefore: fresh.notBefore < notBefore ? fresh.notBefore : notBefore,
  };
}
