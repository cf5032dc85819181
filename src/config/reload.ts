import { ConfigError } from "../errors.ts";
import type { Config } from "./config.ts";
import type { LoadedConfig } from "./load.ts";

export type ReloadOutcome =
  | { readonly ok: true; readonly config: Config }
  /** One line per mistake; the config before it stays in force. */
  | { readonly ok: false; readonly message: string };

export interface ConfigReloader {
  /** The last good config. */
  readonly current: Config;
  /** Loads again, after a load that is under way. Rejects only for a bug, never for a bad config. */
  reload(): Promise<ReloadOutcome>;
}

/** Keeps the config of a running process, for SIGHUP and `POST /-/reload`. `load` is `loadConfig` with its options. */
export function createConfigReloader(load: () => Promise<LoadedConfig>, initial: Config): ConfigReloader {
  let current = initial;
  let last: Promise<unknown> = Promise.resolve();

  async function reloadOnce(): Promise<ReloadOutcome> {
    try {
      current = (await load()).config;
      return { ok: true, config: current };
    } catch (error) {
      if (error instanceof ConfigError) return { ok: false, message: error.message };
      throw error;
    }
  }
  return {
    get current() {
      return current;
    },
    reload() {
      // One after the other: an older file must not win because it took longer to read.
      const next = last.then(reloadOnce);
      last = next.catch(() => undefined);
      return next;
    },
  };
}
