import { redactSecrets } from "../redact.ts";

/** The shortest text that any shape of `redactSecrets` matches. */
const SHORTEST_SECRET = 14;
const MAX_LENGTH = 200;
/** Enough to see that a text cut at 200 characters ends inside a secret. */
const MAX_LOOKED_AT = 512;
const DIGEST_LENGTH = 8;

// oxlint-disable-next-line no-control-regex -- terminals act on these
const CONTROL = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]/g;

/**
 * Text of a store as it may leave the reader: secrets in the wrong place redacted, control characters replaced, cut to
 * 200 characters.
 */
export function showText(raw: string): string {
  const clean = (raw.length > MAX_LOOKED_AT ? raw.slice(0, MAX_LOOKED_AT) : raw).replace(CONTROL, "\uFFFD");
  if (clean.length < SHORTEST_SECRET) return clean;
  const safe = redactSecrets(clean);
  return safe.length > MAX_LENGTH ? safe.slice(0, MAX_LENGTH) : safe;
}

/**
 * An id as it may leave the reader. One that had to be altered ends in a digest of the original, so that two such ids
 * stay two, and the same id is the same wherever the store names it.
 */
export function showId(raw: string, digest: (secret: string) => string): string {
  const shown = showText(raw);
  return shown === raw ? raw : `${shown}~${digest(raw).slice(0, DIGEST_LENGTH)}`;
}
