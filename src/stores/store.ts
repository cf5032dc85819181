import type { Credential, StoreState } from "../credential.ts";
import type { Problem } from "../problem.ts";

/** Owners that are not agents. */
export const SHARED_OWNER = "_shared";
export const CLI_OWNER = "_cli";

/** What one format made of the bytes it was given. */
export interface StoreReading {
  readonly credentials: readonly Credential[];
  readonly state: StoreState;
  readonly problems: readonly Problem[];
}

/** One place that holds credentials, as of the last look at it. */
export interface Store {
  /** An agent id, `_shared` or `_cli`. */
  readonly owner: string;
  /** A format id of the registry. */
  readonly format: string;
  readonly path: string;
  /** False when this look failed; `credentials` are then those of the last good look, if there was one. */
  readonly isUp: boolean;
  readonly isStale: boolean;
  /** When the data in hand was read; null when nothing good was ever read. */
  readonly readAt: Date | null;
  readonly modifiedAt: Date | null;
  /** Readable or writable by others than the owner. */
  readonly hasInsecureMode: boolean;
  /** `PRAGMA user_version` or the `version` field, for `doctor`. */
  readonly schemaVersion: number | null;
  readonly credentials: readonly Credential[];
  readonly state: StoreState;
  readonly problems: readonly Problem[];
}
