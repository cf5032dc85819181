import { MaskedText } from "../masked-text.ts";
import { maskEmails } from "../redact.ts";
import { placeOf } from "./message-words.ts";
import type { Notification } from "./notification.ts";
import { MASKED } from "./shown.ts";

/**
 * What a channel said of a message, e-mail addresses in it masked. A headline in it names agents as messages do:
 * `main@openclaw` looks like an address, and is none.
 */
export function maskDetail(detail: string, { items }: Notification): MaskedText {
  const places = new Set(items.map(({ condition }) => ` ${placeOf(condition, MASKED)}:`));
  return new MaskedText(maskBetween(detail, [...places]));
}

function maskBetween(text: string, [kept, ...others]: readonly string[]): string {
  if (kept === undefined) return maskEmails(text);
  return text
    .split(kept)
    .map((part) => maskBetween(part, others))
    .join(kept);
}
