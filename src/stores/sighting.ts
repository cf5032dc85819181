import type { Stats } from "node:fs";
import { EMPTY_STATE } from "../credential.ts";
import { modificationTime } from "../files.ts";
import { isBlinding, type Problem } from "../problem.ts";
import type { FormatReading } from "./format.ts";
import type { Before } from "./memory.ts";
import type { LoginFormatId, StoreFormatId } from "./registry.ts";
import type { Store, StoreReading } from "./store.ts";
import type { Watch } from "./watch.ts";

/** A store as one look found it, before anything earlier is considered. */
export interface Sighting {
  readonly format: StoreFormatId | LoginFormatId;
  readonly path: string;
  /** The file that holds the credentials; null when it could not be looked at. */
  readonly stats: Stats | null;
  readonly modifiedAt: Date | null;
  readonly schemaVersion: number | null;
  readonly reading: StoreReading;
}

/** What one look found, and what has to change before another look can find anything else. */
export interface Look<T> {
  readonly found: T;
  readonly watches: readonly Watch[];
}

export const NOTHING_READ: FormatReading = { credentials: [], state: EMPTY_STATE, problems: [], version: null };

/** A store that is there and cannot be read. */
export function blindSighting(
  format: Sighting["format"],
  path: string,
  stats: Stats | null,
  problems: readonly Problem[],
): Sighting {
  const reading = { ...NOTHING_READ, problems };
  return {
    format,
    path,
    stats,
    modifiedAt: stats === null ? null : modificationTime(stats),
    schemaVersion: null,
    reading,
  };
}

/**
 * The store that a sighting amounts to. When the look failed, credentials and state are those of the answer before, as
 * of the last time that it was confirmed; except where OpenClaw itself no longer reads them.
 */
export function toStore(sighting: Sighting, owner: string, now: Date, before: Before<Store | null>): Store {
  const { format, path, stats, modifiedAt, schemaVersion, reading } = sighting;
  const { credentials, state, problems } = reading;
  const isUp = !problems.some(isBlinding);
  const seen = { owner, format, path, modifiedAt, schemaVersion, problems, hasInsecureMode: isOpenToOthers(stats) };
  const isUnread = problems.some(({ reason }) => reason === "migration_required");
  const { answer: last, confirmedAt } = before;
  if (isUp || isUnread || last === null || last.readAt === null) {
    const readAt = isUp || credentials.length > 0 ? now : null;
    return { ...seen, isUp, isStale: false, readAt, credentials, state };
  }
  return {
    ...seen,
    isUp,
    isStale: true,
    readAt: last.isUp ? confirmedAt : last.readAt,
    // A state that cannot be read does not make the credentials beside it old.
    credentials: credentials.length > 0 ? credentials : last.credentials,
    state: last.state,
  };
}

function isOpenToOthers(stats: Stats | null): boolean {
  return process.platform !== "win32" && stats !== null && (stats.mode & 0o077) !== 0;
}
