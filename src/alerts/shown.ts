import { replaceUnprintable } from "../printable.ts";
import { maskEmails, redactSecrets } from "../redact.ts";

const MAX_ID = 64;

/** Text from a store or a path, made fit for a message: one line, nothing that looks like a secret. */
export type Show = (text: string) => string;

export function createShow(emails: "masked" | "plain"): Show {
  return (text) => {
    const clean = redactSecrets(replaceUnprintable(text.toWellFormed(), " ").trim());
    return emails === "masked" ? maskEmails(clean) : clean;
  };
}

/** For what anybody may read, such as a lock screen, whatever the config says of addresses. */
export const MASKED = createShow("masked");

/** Cuts the middle out of a long id: both ends tell it from others. */
export function shortenId(id: string): string {
  const characters = Array.from(id);
  if (characters.length <= MAX_ID) return id;
  const half = Math.floor((MAX_ID - 3) / 2);
  return `${characters.slice(0, half).join("")}...${characters.slice(-half).join("")}`;
}

/** Cuts the end off, by whole characters; plain dots keep a text message within one SMS. */
export function cutTo(text: string, length: number): string {
  if (text.length <= length) return text;
  let cut = "";
  for (const character of text) {
    if (cut.length + character.length > length - 3) break;
    cut += character;
  }
  return `${cut.trimEnd()}...`;
}
