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
 * Text of a store as it may leave the reader: secrets in the wrong place redacted, those known to belong to it and any
 * that look like one, control characters replaced, cut to 200 characters.
 */
export function showText(raw: string, secrets: readonly string[] = []): string {
  return showPublic(hideSecrets(raw, secrets));
}

function showPublic(raw: string): string {
  const clean = (raw.length > MAX_LOOKED_AT ? raw.slice(0, MAX_LOOKED_AT) : raw).replace(CONTROL, "\uFFFD");
  if (clean.length < SHORTEST_SECRET) return clean;
  const safe = redactSecrets(clean);
  return safe.length > MAX_LENGTH ? safe.slice(0, MAX_LENGTH) : safe;
}

/**
 * An id as it may leave the reader. One that had to be altered ends in a digest of the original, so that two such ids
 * stay two, and the same id is the same wherever the store names it.
 */
export function showId(raw: string, digest: (secret: string) => string, secrets: readonly string[] = []): string {
  const shown = showText(raw, secrets);
  return shown === raw ? raw : `${shown}~${digest(raw).slice(0, DIGEST_LENGTH)}`;
}

/** Whatever the case: ids are often made in lower case. */
function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => {
    if (secret.length > shown.length) return shown;
    const literal = secret.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
    return shown.replaceAll(new RegExp(literal, "gi"), "[redacted]");
  }, text);
}
