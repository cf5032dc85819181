import { measure, wrapWhole } from "../format/terminal.ts";
import { renderTable } from "./table.ts";

const GAP = "  ";
const INDENT = 2;

/** Short words side by side in lines of `width` cells, and below them, indented, what takes a line or more. Cells must be safe to print. */
export function renderEntry(words: readonly string[], lines: readonly string[], width: number): string {
  const heading: string[] = [];
  for (const word of words.filter((given) => given !== "")) {
    const last = heading.at(-1);
    if (last !== undefined && measure(last + GAP + word) <= width) heading[heading.length - 1] = last + GAP + word;
    else heading.push(...wrapWhole(word, width));
  }
  const below = lines.filter((line) => line !== "").flatMap((line) => wrapWhole(line, Math.max(1, width - INDENT)));
  return [...heading, ...below.map((line) => " ".repeat(INDENT) + line)].map((line) => `${line}\n`).join("");
}

/** Sentences of a line or more; what is too wide for a line is cut up, behind the slashes of a path. */
export function renderLines(sentences: readonly string[], width: number): string {
  return sentences
    .flatMap((sentence) => wrapWhole(sentence, width))
    .map((line) => `${line}\n`)
    .join("");
}

/** A table with a heading where that fits into `width` cells; else one entry for each row, its last cell below the others. */
export function renderRows(heading: readonly string[], rows: readonly (readonly string[])[], width: number): string {
  const table = renderTable([heading, ...rows]);
  if (table.split("\n").every((line) => measure(line) <= width)) return table;
  return rows.map((row) => renderEntry(row.slice(0, -1), row.slice(-1), width)).join("");
}
