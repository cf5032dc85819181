import { join } from "node:path";
import type { StoreReader } from "../stores/reader.ts";
import type { Store } from "../stores/store.ts";
import { exists } from "./directory-memory.ts";
import { type Environment, type Home, readPath } from "./homes.ts";
import { createLoginReader, isLoggedIn, listLogins, type LoginPlace, mayBeLoggedIn } from "./logins.ts";

/** What a home offers its agents besides OpenClaw's own stores. */
export interface Surroundings {
  /** Format of each CLI login in it, to its file. */
  readonly logins: ReadonlyMap<string, string>;
  /** `gcloud auth application-default login` left its file. */
  readonly hasGcloudLogin: boolean;
}

export interface HomeReading {
  readonly surroundings: Surroundings;
  /** Logins that were read; none unless asked for. */
  readonly found: readonly { readonly place: LoginPlace; readonly store: Store }[];
}

export interface SurroundingsOptions {
  /** Read the logins; otherwise only see whether they are there. */
  readonly logins: boolean;
  readonly keychain: boolean;
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
}

export interface SurroundingsReader {
  /** Reads the logins of a home, where the operator wants that. */
  read(home: Home, now: Date): HomeReading;
  /** Only sees what is there, for a home that nobody asked us to search. */
  see(home: Home): HomeReading;
}

export function createSurroundingsReader(options: SurroundingsOptions, stores: StoreReader): SurroundingsReader {
  const { env, keychain, platform } = options;
  const logins = createLoginReader(stores, keychain, env);

  const see = (home: Home): HomeReading => {
    const there = listLogins(home, env).filter((place) => mayBeLoggedIn(place, platform));
    return { surroundings: surround(there, home, env), found: [] };
  };
  const read = (home: Home, now: Date): HomeReading => {
    const looked = listLogins(home, env).map((place) => ({ place, store: logins.read(place, now) }));
    const there = looked.filter(({ place, store }) => {
      if (store !== null) return isLoggedIn(store);
      return !(keychain && home.isDefault) && mayBeLoggedIn(place, platform);
    });
    return {
      surroundings: surround(
        there.map(({ place }) => place),
        home,
        env,
      ),
      found: looked.flatMap(({ place, store }) => (store === null ? [] : [{ place, store }])),
    };
  };
  return { see, read: options.logins ? read : see };
}

function surround(logins: readonly LoginPlace[], home: Home, env: Environment): Surroundings {
  return {
    logins: new Map(logins.map(({ format, path }) => [format, path])),
    hasGcloudLogin: exists(join(findGcloudDir(home, env), "application_default_credentials.json")),
  };
}

function findGcloudDir(home: Home, env: Environment): string {
  const moved = home.isDefault ? readPath(env["CLOUDSDK_CONFIG"], home.path) : null;
  return moved ?? join(home.path, ".config", "gcloud");
}
