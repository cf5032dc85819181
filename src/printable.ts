import { stripVTControlCharacters } from "node:util";

/** Control, bidirectional-override and invisible formatting characters: they let text from a store act on a terminal. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]+/gu;

/** Nearly every text is, and V8 takes longer to collect those characters from its tables than we to judge an agent. */
const PLAIN = /^[ -~]*$/;

/** True for a text that is as it looks, on one line. */
export function isPrintable(text: string): boolean {
  return PLAIN.test(text) || text.search(UNPRINTABLE) === -1;
}

/** The text without escape sequences, and with `instead` for each run of other characters that cannot be seen. */
export function replaceUnprintable(text: string, instead: string): string {
  return PLAIN.test(text) ? text : stripVTControlCharacters(text).replace(UNPRINTABLE, instead);
}
