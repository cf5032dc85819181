import { styleText } from "node:util";
import { replaceUnprintable } from "../printable.ts";
import { redactSecrets } from "../redact.ts";
import { shellWord } from "../shell-word.ts";
import type { Verdict } from "../snapshot.ts";

/** Text from a store or a path, made safe to print: no escape sequences, nothing that looks like a secret. */
export function clean(text: string): string {
  return redactSecrets(replaceUnprintable(text, ""));
}

/** Cells that the text takes on a terminal; it must hold no escape sequences. */
export function measure(text: string): number {
  let cells = 0;
  for (const character of text) cells += measureCharacter(character);
  return cells;
}

function measureCharacter(character: string): number {
  if (character <= "\u02ff") return 1;
  if (/\p{M}/u.test(character)) return 0;
  return isWide(character) ? 2 : 1;
}

/** East Asian wide and full-width forms, and emoji: they take two cells. */
function isWide(character: string): boolean {
  return /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u.test(
    character,
  );
}

/** Cuts the middle out of a text that is wider than `width` cells: both ends of an id tell it from others. */
export function shorten(text: string, width: number): string {
  if (measure(text) <= width) return text;
  if (width <= 1) return "…".slice(0, Math.max(0, width));
  const tail = take(Array.from(text).toReversed(), Math.floor((width - 1) / 2));
  return `${take(Array.from(text), Math.ceil((width - 1) / 2)).join("")}…${tail.toReversed().join("")}`;
}

function take(characters: readonly string[], width: number): readonly string[] {
  const taken: string[] = [];
  let room = width;
  for (const character of characters) {
    room -= measureCharacter(character);
    if (room < 0) break;
    taken.push(character);
  }
  return taken;
}

/** Fills up with blanks to `width` cells. */
export function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - measure(text)));
}

/** Breaks prose at blanks; a word wider than `width`, such as a path, loses its middle. */
export function wrap(text: string, width: number): readonly string[] {
  return breakLines(
    text.split(" ").map((word) => shorten(word, width)),
    width,
  );
}

/** Breaks prose as `wrap` does, but a path that is wider than `width` behind its slashes, so that nothing is lost. */
export function wrapWhole(text: string, width: number): readonly string[] {
  return breakLines(
    text.split(" ").flatMap((word) => breakWord(word, width)),
    width,
  );
}

function breakWord(word: string, width: number): readonly string[] {
  if (measure(word) <= width) return [word];
  const lines = [""];
  for (const part of word.match(/[^/]*\/|[^/]+$/g) ?? []) {
    const last = lines.at(-1) ?? "";
    if (measure(last) + measure(part) <= width) lines[lines.length - 1] = last + part;
    else lines.push(...cutUp(part, width));
  }
  return lines.filter((line) => line !== "");
}

function cutUp(text: string, width: number): readonly string[] {
  const rest = Array.from(text);
  const lines: string[] = [];
  while (rest.length > 0) {
    // At least one, however narrow it is.
    const line = rest.splice(0, Math.max(1, take(rest, width).length));
    lines.push(line.join(""));
  }
  return lines;
}

/**
 * Breaks a shell command so that it still runs when copied: every line but the last ends in a backslash, and words stay
 * whole however wide they are, except what ssh runs elsewhere. A comment behind it, in which a backslash would join
 * nothing, goes on in lines of its own.
 */
export function wrapCommand(command: string, width: number): readonly string[] {
  const found = [...command.matchAll(/(?:\\.|[^\s']|'[^']*'?)+/g)];
  const hash = found.find(([word]) => word === "#");
  const words = (hash === undefined ? found : found.slice(0, found.indexOf(hash))).map(([word]) => word);
  const room = width - 2;
  const lines = breakLines(command.startsWith("ssh ") ? splitRemote(words, room) : words, room);
  const joined = lines.map((line, index) => (index < lines.length - 1 ? `${line} \\` : line));
  if (hash === undefined) return joined;
  const comment = command.slice(hash.index);
  if (lines.length === 0) return wrapWhole(comment.slice(2), room).map((line) => `# ${line}`);
  const last = `${joined.at(-1)} ${comment}`;
  if (measure(last) <= width) return [...joined.slice(0, -1), last];
  return [...joined, ...wrapWhole(comment.slice(2), width - 2).map((line) => `# ${line}`)];
}

/** ssh joins the words behind the host with blanks, so a command that is one word may be several, split at its blanks. */
function splitRemote(words: readonly string[], width: number): readonly string[] {
  const remote = words.at(-1) ?? "";
  if (!remote.startsWith("'") || measure(remote) <= width) return words;
  const parts: string[] = [];
  for (const piece of remote
    .slice(1, -1)
    .replaceAll(String.raw`'\''`, "'")
    .split(" ")) {
    const longer = `${parts.at(-1)} ${piece}`;
    if (parts.length > 0 && measure(shellWord(longer)) <= width) parts[parts.length - 1] = longer;
    else parts.push(piece);
  }
  return [...words.slice(0, -1), ...parts.map(shellWord)];
}

/** A command behind an arrow. Advice that no command can carry out comes as a shell comment and is shown as prose. */
export function renderAction(action: string | null, indent: number, width: number): readonly string[] {
  if (action === null) return [];
  const room = width - indent - 2;
  const lines = action.startsWith("# ") ? wrap(action.slice(2), room) : wrapCommand(action, room);
  return lines.map((line, index) => `${" ".repeat(indent)}${index === 0 ? "→ " : "  "}${line}`);
}

function breakLines(words: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && measure(last) + 1 + measure(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Paints text; the identity when colours are off. */
export type Paint = (style: Style, text: string) => string;
export type Style = Verdict | "unknown" | "dim" | "bold";

const STYLES = {
  ok: "green",
  info: "cyan",
  warning: "yellow",
  critical: "red",
  unknown: "magenta",
  dim: "dim",
  bold: "bold",
} as const satisfies Record<Style, Parameters<typeof styleText>[0]>;

/** Without colours every word still says what the colour would. */
export function createPaint(hasColours: boolean): Paint {
  if (!hasColours) return (_style, text) => text;
  return (style, text) => (text === "" ? "" : styleText(STYLES[style], text, { validateStream: false }));
}

/** What decides about colours, as `NO_COLOR`, `FORCE_COLOR` and `TERM` are commonly understood. */
export function wantsColours(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  return isTerminal && env["TERM"] !== "dumb";
}
