import type { AlertMemory, AlertStore } from "./alert-store.ts";
import { openMemoryStore } from "./store-file.ts";

/** Keeps the alerts going while their file cannot be written. */
export interface Failover {
  /** The file or, while that fails, a copy of its content in memory. */
  readonly store: AlertStore;
  /** Whether what is decided now is kept in a file. */
  readonly isDurable: boolean;
  /** Goes on in memory with everything that can still be read. False when it does so already. */
  fail(now: Date): boolean;
  /** Carries what happened meanwhile back to the file, when that works again. True when it did. */
  recover(): boolean;
  close(): void;
}

interface Spare {
  readonly store: AlertStore;
  readonly since: Date;
  /** Whether the file could be read: else nothing in it is known to be over. */
  readonly isCopy: boolean;
}

/** Takes over the file, and closes it. */
export function createFailover(file: AlertStore): Failover {
  let spare: Spare | null = null;
  return {
    get store() {
      return spare?.store ?? file;
    },
    get isDurable() {
      return spare === null && file.isDurable;
    },
    fail(now) {
      if (spare !== null) return false;
      const store = openMemoryStore();
      spare = { store, since: now, isCopy: copyInto(store, file) };
      return true;
    },
    recover() {
      if (spare === null) return false;
      try {
        carryBack(spare, file);
      } catch {
        return false;
      }
      spare.store.close();
      spare = null;
      return true;
    },
    close() {
      spare?.store.close();
      file.close();
    },
  };
}

/** A full disk can still be read. False when not even that works: then everything that is firing is told again. */
function copyInto(store: AlertStore, file: AlertStore): boolean {
  try {
    const memory = file.memory();
    const waiting = file.outbox().filter(({ state }) => state === "pending");
    store.decide(() => ({
      changes: {
        ...memory,
        forgotten: [],
        endedEpisodes: [],
        notifications: waiting.map(({ notification, nextAttemptAt }) => ({ notification, notBefore: nextAttemptAt })),
        dropped: [],
      },
      result: null,
    }));
    for (const silence of memory.silences) store.addSilence(silence);
    return true;
  } catch {
    return false;
  }
}

function carryBack({ store, since, isCopy }: Spare, file: AlertStore): void {
  const ours = store.memory();
  const messages = store.outbox();
  const known = new Set(messages.map(({ notification }) => notification.id));
  const told = new Map(ours.told.map((row) => [idOf(row), row]));
  const episodes = new Set(ours.episodes.map(({ key }) => key));
  const isGone = (at: Date): boolean => isCopy && at <= since;
  const waiting = file.outbox().filter(({ state }) => state === "pending");
  file.decide((theirs: AlertMemory) => {
    const latest = new Map(theirs.told.map((row) => [idOf(row), row.toldAt]));
    return {
      changes: {
        told: ours.told.filter((row) => row.toldAt >= (latest.get(idOf(row)) ?? row.toldAt)),
        forgotten: theirs.told.filter((row) => !told.has(idOf(row)) && isGone(row.toldAt)),
        episodes: ours.episodes,
        endedEpisodes: theirs.episodes.filter(({ key, since: at }) => !episodes.has(key) && isGone(at)).map(keyOf),
        evenings: ours.evenings,
        notifications: messages
          .filter(({ state }) => state === "pending")
          .map(({ notification, nextAttemptAt }) => ({ notification, notBefore: nextAttemptAt })),
        dropped: waiting
          .filter(({ notification: { id, createdAt } }) => !known.has(id) && isGone(createdAt))
          .map(({ notification }) => notification.id),
      },
      result: null,
    };
  });
  for (const { notification, state, nextAttemptAt, lastDetail } of messages) {
    if (state === "delivered") file.markDelivered(notification.id, nextAttemptAt, lastDetail ?? "");
    if (state === "dead") file.markDead(notification.id, nextAttemptAt, lastDetail ?? "");
  }
}

function keyOf({ key }: { readonly key: string }): string {
  return key;
}

function idOf({ channel, key }: { readonly channel: string; readonly key: string }): string {
  return JSON.stringify([channel, key]);
}
