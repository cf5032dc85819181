import type { ErrorCode } from "yaml";
import type { Unclosed } from "./unclosed.ts";

const QUOTE_IT =
  'expected a plain value, got a character with a meaning in YAML; put the value in quotes, for example schedule: "*/5 * * * *"';
const SEPARATE_IT =
  "expected a comma, a colon or a space here, got none; write it, put the value in quotes, or begin all keys of one item or section below each other";
const NO_TAGS = "expected a plain value, got a tag; remove the word that begins with !";
const INDENT = "expected the keys of one section below each other; indent them by the same number of spaces";

const TEXTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_ALIAS: QUOTE_IT,
  BAD_COLLECTION_TYPE: NO_TAGS,
  BAD_DIRECTIVE: "expected keys, got a directive this version does not know; remove the line that begins with %",
  BAD_DQ_ESCAPE: "expected a known escape after the backslash; use single quotes to keep backslashes as they are",
  BAD_INDENT: INDENT,
  BAD_SCALAR_START: QUOTE_IT,
  BLOCK_AS_IMPLICIT_KEY: 'expected one value on the line, got another key; put the value in quotes if it holds ": "',
  BLOCK_IN_FLOW: "expected only inline values between brackets; write the list or section with one item per line",
  KEY_OVER_1024_CHARS: "expected a key, got more than 1024 characters; check the quotes",
  MISSING_CHAR: SEPARATE_IT,
  MULTIPLE_DOCS: "expected one document, got a second; remove the line ---",
  MULTILINE_IMPLICIT_KEY: "expected `key: value` on one line; write a colon and a space after the key",
  NON_STRING_KEY: "expected a key, got a list or section; put the value in quotes if it begins with { or [",
  RESOURCE_EXHAUSTION: "expected at most a few levels, got hundreds; remove the nesting",
  TAB_AS_INDENT: "expected spaces, got a tab; indent with spaces",
  TAG_RESOLVE_FAILED: NO_TAGS,
  UNEXPECTED_TOKEN: QUOTE_IT,
};

/** Our own words for what is wrong with YAML: the library's message can quote the file, and with it a secret. */
export function describeYamlError(code: ErrorCode): string {
  return TEXTS[code] ?? "expected YAML, got something that is not; see https://yaml.org/refcard.html";
}

/** `line` is where what it holds ends; null for the end of the file. */
export function describeUnclosed({ mark, closing }: Unclosed, line: number | null): string {
  const before = line === null ? "the end" : `line ${line}`;
  if (mark === closing) return `expected a closing ${mark} for the one here, got none before ${before}; close it`;
  return `expected a ${closing} for the ${mark} here, got none before ${before}; close it, or put the value in quotes`;
}
