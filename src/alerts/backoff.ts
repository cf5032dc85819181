const SHORTEST_MS = 5_000;
const LONGEST_MS = 15 * 60_000;

/** However long a server asks us to stay away: after this we ask again. */
const LONGEST_ASKED_MS = 60 * 60_000;

/**
 * Milliseconds to wait after so many failures in a row, one or more: anywhere between 5 s and a limit that doubles with
 * each and ends at 15 min, so that many senders do not come back at the same moment. `random` gives [0, 1).
 */
export function backoffMs(failures: number, random: () => number): number {
  const limit = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** failures);
  return SHORTEST_MS + Math.floor(random() * (limit - SHORTEST_MS));
}

/** What a server asked for with `Retry-After`, within reason; 0 when it asked for nothing. */
export function boundRetryAfter(retryAfterMs: number | null): number {
  return retryAfterMs !== null && retryAfterMs > 0 ? Math.min(retryAfterMs, LONGEST_ASKED_MS) : 0;
}
