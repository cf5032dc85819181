import type { Logger } from "pino";
import { ConfigError } from "../errors.ts";
import { watchFiles } from "../watch-files.ts";
import { OPEN_TO_ALL, type WebSecurity } from "../web-security.ts";

/** The web config of a running server: the last good one, and whether the file still says that. */
export interface WebConfig {
  readonly security: WebSecurity;
  /** Why what the file says now is not in force; null while it is. */
  readonly fault: string | null;
  /** From now on the file, and those that it names, are read again whenever one changes. */
  follow(follower: WebConfigFollower): void;
  /** Reads everything again. */
  reload(): void;
  /** The same, if one of the files is another; for when the system told nobody. */
  lookAgain(): void;
  close(): void;
}

interface WebConfigFollower {
  /** May refuse with a ConfigError, and then the one before stays. */
  readonly apply: (security: WebSecurity) => void;
  /** The files were read again; `fault` says how that ended. */
  readonly onOutcome: () => void;
}

/** Null is no web config, for good. Throws a ConfigError if it is bad at the start; later the last good one stays. */
export async function openWebConfig(path: string | null, log: Logger, now: () => Date): Promise<WebConfig> {
  if (path === null) return NONE;
  const { loadWebConfig, readWebConfig } = await import("../config/web-file.ts");
  const first = loadWebConfig(path, now());
  for (const note of first.notes) log.warn(note);
  let { security } = first;
  let fault: string | null = null;
  let follower: WebConfigFollower = { apply: () => undefined, onOutcome: () => undefined };
  const reload = (): void => {
    const reading = readWebConfig(path, now());
    watch.follow(reading.files);
    try {
      if (reading.kind === "bad") throw reading.error;
      follower.apply(reading.security);
      security = reading.security;
      fault = null;
      for (const note of reading.notes) log.warn(note);
      log.info("web config reloaded");
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      fault = error.message;
      log.error({ problems: fault.split("\n") }, "the web config cannot be used; the one before stays in force");
    }
    follower.onOutcome();
  };
  const watch = watchFiles(reload);
  return {
    get security() {
      return security;
    },
    get fault() {
      return fault;
    },
    follow(given) {
      follower = given;
      watch.follow(first.files);
      watch.lookAgain();
    },
    reload,
    lookAgain: () => watch.lookAgain(),
    close: () => watch.close(),
  };
}

const nothing = (): void => undefined;
const NONE: WebConfig = {
  security: OPEN_TO_ALL,
  fault: null,
  follow: nothing,
  reload: nothing,
  lookAgain: nothing,
  close: nothing,
};
