import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { EMPTY_STATE } from "../credential.ts";
import { fileProblem } from "../files.ts";
import { redactSecrets } from "../redact.ts";
import type { LoginFormat } from "../stores/format.ts";
import type { StoreReader } from "../stores/reader.ts";
import { LOGIN_FORMATS } from "../stores/registry.ts";
import { CLI_OWNER, type Store } from "../stores/store.ts";
import { exists } from "./directory-memory.ts";
import { type Environment, type Home, readPath } from "./homes.ts";
import type { InstallationReading } from "./installation.ts";
import { readKeychain } from "./keychain.ts";

export interface LoginPlace {
  /** A login format of the registry. */
  readonly format: string;
  readonly path: string;
  readonly home: Home;
}

/** Where the logins of a home would be; variables that move them count only in the home that is ours. */
export function listLogins(home: Home, env: Environment): readonly LoginPlace[] {
  return Object.entries<LoginFormat>(LOGIN_FORMATS).map(([format, { homePath, directoryVariable }]) => {
    const usual = join(home.path, ...homePath.split("/"));
    const variable = directoryVariable === null || !home.isDefault ? undefined : env[directoryVariable];
    const moved = readPath(variable, home.path);
    return { format, path: moved === null ? usual : join(moved, basename(usual)), home };
  });
}

/** A Keychain item is asked for at most this often: each time can prompt, and starts a program. */
const KEYCHAIN_PERIOD_MS = 5 * 60_000;

export interface LoginReader {
  /** Null when there is no such login. */
  read(place: LoginPlace, now: Date): Store | null;
}

/** Reads login files and, where `keychain` is set, what macOS keeps in its Keychain instead. */
export function createLoginReader(stores: StoreReader, keychain: boolean, env: Environment): LoginReader {
  const asked = new Map<string, { readonly store: Store | null; readonly at: number }>();
  return {
    read(place, now) {
      const { format, path, home } = place;
      const inFile = stores.readLogin(format, path, now);
      if (inFile !== null || !keychain || !home.isDefault) return inFile;
      const before = asked.get(path);
      if (before !== undefined && Math.abs(now.getTime() - before.at) < KEYCHAIN_PERIOD_MS) return before.store;
      const answer = readKeychain(format, dirname(path), env);
      const latest = answer.kind === "text" ? stores.readLoginText(format, path, answer.text, now) : null;
      const last = before?.store ?? null;
      const isKept = answer.kind === "refused" || isSameStore(last, latest);
      // A refusal with nothing to go by is not the same as no login.
      const store = isKept ? (last ?? describeRefusal(format, path)) : latest;
      asked.set(path, { store, at: now.getTime() });
      return store;
    },
  };
}

function describeRefusal(format: string, path: string): Store {
  const message = "does not exist, and the Keychain did not give its item (locked, refused or no answer); allow access";
  return {
    owner: CLI_OWNER,
    format,
    path,
    isUp: false,
    isStale: false,
    readAt: null,
    modifiedAt: null,
    hasInsecureMode: false,
    schemaVersion: null,
    credentials: [],
    state: EMPTY_STATE,
    problems: [fileProblem("permission_denied", path, message)],
  };
}

/** The time of reading says nothing about the store. */
function isSameStore(a: Store | null, b: Store | null): boolean {
  return a !== null && b !== null && isDeepStrictEqual({ ...a, readAt: null }, { ...b, readAt: null });
}

/** True when there is something in the login that can be used or renewed, or when nobody could look. */
export function isLoggedIn(store: Store): boolean {
  if (!store.isUp && store.readAt === null) return true;
  return store.credentials.some(({ secret, hasRefresh }) => secret !== "absent" || hasRefresh);
}

/**
 * For logins that were not read: whether one is there for all we can say. On macOS it may be in the Keychain, which
 * was not asked.
 */
export function mayBeLoggedIn({ format, path }: LoginPlace, platform: NodeJS.Platform): boolean {
  return exists(path) || (platform === "darwin" && KEYCHAIN_LOGINS.has(format) && exists(dirname(path)));
}

const KEYCHAIN_LOGINS: ReadonlySet<string> = new Set(["claude-code", "codex"]);

/** The login as an installation of its own, which has no agents. */
export function describeLogin(id: string, path: string, store: Store): InstallationReading {
  return {
    id,
    stateDir: redactSecrets(dirname(path)),
    configPath: null,
    cli: "openclaw",
    kind: "login",
    problems: [],
    stores: [store],
    agents: [],
    declaredOrder: new Map(),
    declaredProfiles: [],
    isConfigBroken: false,
  };
}
