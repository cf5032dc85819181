import { maskEmails, redactSecrets } from "../redact.ts";
import { tellApart } from "../tell-apart.ts";

export type EmailLabels = "masked" | "plain";

const MAX_LENGTH = 128;

/**
 * Label values for ids out of a store: without secrets, masked, at most 128 characters, and different for different
 * ids of the same call. Ids that became equal get a digest of the original (`anthropic:p***@example.com~3f2a`).
 */
export function nameLabels(ids: Iterable<string>, emails: EmailLabels): ReadonlyMap<string, string> {
  return tellApart(ids, (id) => cleanLabel(id, emails), MAX_LENGTH);
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
