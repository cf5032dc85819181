import type { AlertStore, StoreRows } from "./alert-store.ts";
import { openMemoryStore } from "./store-file.ts";

/** Keeps the alerts going while their file cannot be written. */
export interface Failover {
  /** The file or, while that fails, a copy of its content in memory. */
  readonly store: AlertStore;
  /** Whether what is decided now is kept in a file. */
  readonly isDurable: boolean;
  /** Goes on in memory with everything that can still be read. False when it does so already. */
  fail(): boolean;
  /** Carries what happened meanwhile back to the file, when that works again. True when it did. */
  recover(): boolean;
  close(): void;
}

interface Spare {
  readonly store: AlertStore;
  /** What was read of the file; null when it could not be: then nothing in it is known to be over. */
  readonly copied: StoreRows | null;
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
    fail() {
      if (spare !== null) return false;
      const store = openMemoryStore();
      spare = { store, copied: copyInto(store, file) };
      return true;
    },
    recover() {
      if (spare === null) return false;
      try {
        file.merge(spare.copied, spare.store.dump());
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

/**
 * A full disk can still be read: what others are sending stays theirs, and what was given up or tried is known. Null
 * when not even that works: then everything that is firing is told again.
 */
function copyInto(store: AlertStore, file: AlertStore): StoreRows | null {
  try {
    const rows = file.dump();
    store.merge(null, rows);
    return store.dump();
  } catch {
    return null;
  }
}
