import type { WebSecurity } from "../web-security.ts";

/** Milliseconds of a clock that never goes back. */
type Clock = () => number;

/** A function that says whether one more request may pass: `burst` at once, then one per interval. */
export function createRateLimit(limit: WebSecurity["rateLimit"], clock: Clock): () => boolean {
  if (limit === null) return () => true;
  const { burst, intervalMs } = limit;
  let tokens = burst;
  let atMs = clock();
  return () => {
    const nowMs = clock();
    tokens = Math.min(burst, tokens + (nowMs - atMs) / intervalMs);
    atMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
