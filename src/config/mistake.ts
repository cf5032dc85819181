import { ConfigError } from "../errors.ts";
import { maskEmails, redactSecrets } from "../redact.ts";

const MAX_MISTAKES = 50;
const MAX_SHOWN = 40;

/** Counted from 1, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing to mend in the config file. */
export interface ConfigMistake {
  /** The key, such as `web.listenAddress[0]`; null for the file as a whole. */
  readonly key: string | null;
  /** Null when no single place is to blame. */
  readonly position: Position | null;
  /** "expected …, got …; remedy". */
  readonly text: string;
}

/** The error that lists every mistake, one per line, in the order of the file. */
export function toConfigError(file: string, mistakes: readonly ConfigMistake[]): ConfigError {
  const sorted = [...mistakes].sort((a, b) => rankOf(a) - rankOf(b));
  const shownFile = maskEmails(file);
  const lines = sorted.map(({ key, position, text }) => {
    const place = position === null ? shownFile : `${shownFile}:${position.line}:${position.column}`;
    return `${place}: ${key === null ? "" : `\`${maskEmails(shorten(key, 80))}\`: `}${text}`;
  });
  // One value can break two rules at once, such as being whole and being small.
  const distinct = [...new Set(lines)];
  const shown = distinct.slice(0, MAX_MISTAKES);
  if (distinct.length > shown.length) shown.push(`${shownFile}: and ${distinct.length - shown.length} more`);
  return new ConfigError(redactSecrets(shown.join("\n")), { isMasked: true });
}

/** A value as an error may quote it: short, and nothing that looks like a secret. */
export function quoteValue(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a section";
  if (typeof value !== "string") return JSON.stringify(value) ?? "nothing";
  // Redacted before it is cut: the head of a token is a part of a token.
  return `"${shorten(hidePaths(maskEmails(redactSecrets(value))), MAX_SHOWN)}"`;
}

/** An address often holds a token, in its path or before the host. */
function hidePaths(text: string): string {
  return text.replaceAll(/\b(https?:\/\/)(?:[^\s/@]*@)?([^\s/]*)\/\S+/g, "$1$2/…");
}

/** `["web", "listenAddress", 0]` as a person writes it. */
export function renderKey(path: readonly PropertyKey[]): string | null {
  if (path.length === 0) return null;
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .replace(/^\./, "");
}

function shorten(text: string, limit: number): string {
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ");
  return line.length > limit ? `${line.slice(0, limit)}…` : line;
}

function rankOf({ position }: ConfigMistake): number {
  return position === null ? 0 : position.line + position.column / 1e7;
}
