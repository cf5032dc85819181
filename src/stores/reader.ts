import type { Problem } from "../problem.ts";
import type { Store } from "./store.ts";

export interface AgentStoreRequest {
  readonly owner: string;
  readonly agentDir: string;
  /** The installation has a `state/openclaw.sqlite` (2026.6.5+), so JSON alone waits for its migration. */
  readonly hasStateDatabase: boolean;
  /** `<state>/credentials/oauth.json`, asked only for `main` and only when it has no newer store. */
  readonly legacyOAuthPath: string | null;
}

/** `<state>/state/openclaw.sqlite`: the shared store and the registry of agent databases. */
export interface StateDatabase {
  readonly path: string;
  /** Where the base of all agents lives: here, or in main's own database. */
  readonly sharedStoreLocation: "state-db" | "legacy-main" | "invalid";
  readonly sharedStore: Store | null;
  readonly agentDatabases: readonly { readonly agentId: string; readonly path: string }[];
  readonly problems: readonly Problem[];
}

/**
 * Reads stores without touching them. It never throws: what could not be read comes back as a problem with a reason
 * code. It remembers file identities, so that an unchanged file is not read twice, and the last good reading of each
 * store, so that a failed look does not erase what was known.
 */
export interface StoreReader {
  /** Grows whenever a store answered differently from the time before. */
  readonly revision: number;
  /** Null when the directory holds no store of any generation. */
  readAgentStore(request: AgentStoreRequest, now: Date): Store | null;
  readStateDatabase(stateDir: string, now: Date): StateDatabase | null;
  /** `format` is a login format of the registry; null when the file does not exist. */
  readLogin(format: string, path: string, now: Date): Store | null;
  /** As `readLogin`, for text that no file holds, such as a Keychain item; `path` says where the file would be. */
  readLoginText(format: string, path: string, text: string, now: Date): Store;
  /** Forgets stores that were not asked for since the last call: a deleted agent is gone, not stale. */
  forgetUnasked(): void;
}

export interface StoreReaderOptions {
  /** Keyed digest of a secret; its key never leaves this host. */
  readonly digest: (secret: string) => string;
}
