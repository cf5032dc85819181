import { clean, shorten } from "../format/terminal.ts";
import { maskEmails } from "../redact.ts";

/** Cells of a line that a toast shows without breaking it too often. */
const WIDTH = 76;

/** Text that whoever picks up the phone may read: no e-mail address, nothing that looks like a secret. */
export function mask(text: string): string {
  return maskEmails(clean(text));
}

/** Paths below the home begin with `~`, which leaves room on a narrow line. */
export function tildeHome(text: string, home: string): string {
  return text.replaceAll(`${home}/`, "~/");
}

/** One line of text that is masked already. */
export function cutLine(text: string): string {
  return shorten(text.trimEnd(), WIDTH);
}

/** The first of them, and how many more there are. */
export function showLines(lines: readonly string[], most: number): string {
  if (lines.length <= most) return lines.join("\n");
  return [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} more`].join("\n");
}
