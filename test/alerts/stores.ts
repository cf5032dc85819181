import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { AlertStore } from "../../src/alerts/alert-store.ts";
import { openAlertStore } from "../../src/alerts/store-file.ts";
import { buildChanges, NOW } from "./sample-alerts.ts";

export const LEASE_MS = 60_000;

export interface Stores {
  /** Holds the directory `state`; gone after the test. */
  readonly directory: () => string;
  readonly file: () => string;
  /** Opens the same state again and again; closed after the test. */
  readonly openStore: (now?: Date) => AlertStore;
  /** The opened ones; what a test closes itself it takes out. */
  readonly open: AlertStore[];
}

/** A directory of its own for each test of the file that calls this. */
export function useStores(): Stores {
  let directory = "";
  const open: AlertStore[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "agent-auth-alerts-"));
  });
  afterEach(() => {
    for (const store of open.splice(0)) store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    directory: () => directory,
    file: () => join(directory, "state", "alerts.sqlite"),
    openStore(now = NOW) {
      const store = openAlertStore(join(directory, "state"), now);
      open.push(store);
      return store;
    },
    open,
  };
}

export function write(store: AlertStore, changes = buildChanges()): void {
  store.decide(() => ({ changes, result: null }));
}

/** Ids of what is due, each claimed. */
export function claim(store: AlertStore, { now = NOW, limit = 10, channels = ["ops"] } = {}): readonly string[] {
  const ids: string[] = [];
  while (ids.length < limit) {
    const entry = store.claim({ now, leaseMs: LEASE_MS, channels });
    if (entry === null) break;
    ids.push(entry.notification.id);
  }
  return ids;
}
