import type { Observations } from "../observations.ts";
import { redactSecrets } from "../redact.ts";

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

  /** `kind` is a word of ours, `subject` comes from `subjectOf`. */
  since(kind: ObservedKind, subject: string): Date {
    const key = `${kind}:${subject}`;
    this.seen.add(key);
    return this.#observations.since(key) ?? this.#now;
  }
}

/** What no store records the beginning of. */
export type ObservedKind = "unusable" | "fence" | "used-after-expiry" | "unreadable" | "token";

/** What an observation is about. By `placeOf`, for the ids of installations depend on what else was searched. */
export function subjectOf(place: string, name: string): string {
  return `${place}|${name}`;
}

/** A state directory as it stands in the keys of observations. */
export function placeOf(stateDir: string): string {
  return redactSecrets(stateDir);
}

/** The `placeOf` the installation that an observation is about. */
export function placeIn(key: string): string {
  return key.slice(key.indexOf(":") + 1, key.indexOf("|"));
}

/** True for an observation of when a token was first seen. */
export function isTokenAge(key: string): boolean {
  return key.startsWith("token:");
}
