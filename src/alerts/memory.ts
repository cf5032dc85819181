import type { AlertChanges, AlertMemory, Look, Told } from "./alert-store.ts";
import type { Notification } from "./notification.ts";

export const EMPTY_MEMORY: AlertMemory = { told: [], episodes: [], silences: [], evenings: new Map() };

/** The memory after a decision, just as every store has to keep it. New messages count as on their way. */
export function applyChanges(memory: AlertMemory, changes: AlertChanges): AlertMemory {
  const told = new Map(memory.told.map((row) => [idOf(row), row]));
  for (const row of changes.forgotten) told.delete(idOf(row));
  for (const row of changes.told) told.set(idOf(row), row);
  const episodes = new Map(memory.episodes.map((episode) => [episode.key, episode]));
  for (const key of changes.endedEpisodes) episodes.delete(key);
  for (const episode of changes.episodes) episodes.set(episode.key, episode);
  return {
    told: [...told.values()],
    episodes: [...episodes.values()],
    silences: memory.silences,
    evenings: new Map([...memory.evenings, ...changes.evenings]),
    ...(memory.seen === undefined ? {} : { seen: memory.seen }),
  };
}

/** The memory once these places were looked at. */
export function addSeen(memory: AlertMemory, looks: readonly Look[]): AlertMemory {
  const seen = new Map(
    [...(memory.seen ?? []), ...looks].map((look) => [JSON.stringify([look.place, look.scope]), look]),
  );
  return { ...memory, seen: [...seen.values()] };
}

/** The memory once a message arrived, or was given up. */
export function applyDelivery(
  memory: AlertMemory,
  { id, channel, items }: Notification,
  delivery: Told["delivery"],
): AlertMemory {
  const arrived = new Map(
    delivery === "delivered" ? items.map(({ condition, endsAt }) => [condition.key, endsAt === null]) : [],
  );
  return {
    ...memory,
    told: memory.told.map((row) => {
      const isBelieved = row.channel === channel ? arrived.get(row.key) : undefined;
      return {
        ...row,
        ...(isBelieved === undefined ? {} : { isBelieved }),
        ...(row.notificationId === id ? { delivery } : {}),
      };
    }),
  };
}

/** What tells one row of what was told from another. */
export function idOf({ channel, key }: Pick<Told, "channel" | "key">): string {
  return JSON.stringify([channel, key]);
}
