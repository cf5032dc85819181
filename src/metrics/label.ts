import { digestId } from "../id-digest.ts";
import { maskEmails, redactSecrets } from "../redact.ts";

export type EmailLabels = "masked" | "plain";

const MAX_LENGTH = 128;

/** Hex digits of the suffix that tells two equal labels apart; the longer ones serve when the short collide too. */
const DIGEST_LENGTHS = [4, 8, 16];

/**
 * Label values for ids out of a store: without secrets, masked, at most 128 characters, and different for different
 * ids of the same call. Ids that became equal get a digest of the original (`anthropic:p***@example.com~3f2a`).
 */
export function nameLabels(ids: Iterable<string>, emails: EmailLabels): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  const taken = new Set<string>();
  let open = [...new Set(ids)].map((id) => ({ id, text: cleanLabel(id, emails) }));
  for (let attempt = 0; open.length > 0; attempt += 1) {
    const candidates = open.map((entry) => ({ ...entry, label: withDigest(entry.text, entry.id, attempt) }));
    const uses = new Map<string, number>();
    for (const { label } of candidates) uses.set(label, (uses.get(label) ?? 0) + 1);
    open = [];
    for (const { id, text, label } of candidates) {
      // A cut label always carries a digest: what was cut off may be all that tells it from a later one.
      const isCut = attempt === 0 && text.length > MAX_LENGTH;
      if (isCut || taken.has(label) || uses.get(label) !== 1) open.push({ id, text });
      else named.set(id, label);
    }
    for (const label of named.values()) taken.add(label);
  }
  return named;
}

/** One `name="value"` pair, escaped as the exposition formats ask. */
export function pair(name: string, value: string): string {
  return `${name}="${escapeLabelValue(value)}"`;
}

export function escapeLabelValue(value: string): string {
  return /["\\\n]/.test(value) ? value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"') : value;
}

function cleanLabel(id: string, emails: EmailLabels): string {
  const text = redactSecrets(id.toWellFormed());
  // Prometheus takes a NUL for the end of the input, and other control characters are of no use to a reader.
  return (emails === "plain" ? text : maskEmails(text)).replaceAll(/\p{Cc}/gu, " ");
}

function withDigest(text: string, id: string, attempt: number): string {
  if (attempt === 0) return text;
  const length = DIGEST_LENGTHS[attempt - 1];
  // An id can be written to look like the labelled form of others, so there is always one more digest to try.
  const input = length === undefined ? `${attempt}:${id}` : id;
  const suffix = `~${digestId(input).slice(0, length)}`;
  return text.slice(0, MAX_LENGTH - suffix.length).toWellFormed() + suffix;
}
