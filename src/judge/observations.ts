/** Instants that no store records: since when something has been the way it is, as far as we have watched. */
export interface Observations {
  since(key: string): Date | null;
}

export const NO_OBSERVATIONS: Observations = { since: () => null };

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

  since(key: string): Date {
    this.seen.add(key);
    return this.#observations.since(key) ?? this.#now;
  }
}
