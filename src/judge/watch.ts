import type { Observations } from "../observations.ts";

/**
 * Looks up since when a thing has been observed, and notes that it still is, so that the caller can remember it. What
 * is seen for the first time has been so since now.
 */
export class Watch {
  readonly seen = new Set<string>();
  readonly #observations: Observations;
  readonly #now: Date;

  constructor(observations: Observations, now: Date) {
    this.#observations = observations;
    this.#now = now;
  }

  /** `kind` is a word of ours, `subject` starts with the id of the installation and a slash. */
  since(kind: ObservedKind, subject: string): Date {
    const key = `${kind}:${subject}`;
    this.seen.add(key);
    return this.#observations.since(key) ?? this.#now;
  }
}

/** What no store records the beginning of. */
export type ObservedKind = "unusable" | "fence" | "used-after-expiry" | "unreadable" | "token";

/** The id of the installation that an observation is about. */
export function installationOf(key: string): string {
  return key.slice(key.indexOf(":") + 1, key.indexOf("/"));
}
