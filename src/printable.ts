import { stripVTControlCharacters } from "node:util";

/** Nearly every text is. */
const PLAIN = /^[ -~]*$/;

/**
 * Control, bidirectional-override and invisible formatting characters: they let text from a store act on a terminal.
 * Made where it is needed: V8 collects such characters from its tables when the expression is made, used or not, and
 * takes longer for that than we to judge an agent.
 */
function unprintable(): RegExp {
  return /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]+/gu;
}

/** True for a text that is as it looks, on one line. */
export function isPrintable(text: string): boolean {
  return PLAIN.test(text) || text.search(unprintable()) === -1;
}

/** The text without escape sequences, and with `instead` for each run of other characters that cannot be seen. */
export function replaceUnprintable(text: string, instead: string): string {
  return PLAIN.test(text) ? text : stripVTControlCharacters(text).replace(unprintable(), instead);
}
