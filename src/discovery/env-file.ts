import { type FileIdentity, lookAt, readTextFile } from "../files.ts";
import type { Problem } from "../problem.ts";
import { isSet } from "./config-variables.ts";

export interface EnvFile {
  readonly variables: ReadonlyMap<string, string>;
  /** Null when there is no such file or it cannot be read. */
  readonly identity: FileIdentity | null;
  readonly problem: Problem | null;
}

/** OpenClaw's own limit. */
const MAX_BYTES = 1024 * 1024;

/** `$NAME`, `${NAME}` or `$(command)`: OpenClaw skips a value that a shell would have had to complete. */
const UNRESOLVED = /\$(?:\w|\{|\()/;

/** Variables of a dotenv file that have a value, as OpenClaw takes them from `<state>/.env`. */
export function readEnvFile(path: string): EnvFile {
  const reading = readTextFile(path, MAX_BYTES);
  if (reading.kind === "failed") {
    const { reason } = reading.problem;
    const isNothing = reason === "not_found" || reason === "empty_file";
    return { variables: new Map(), identity: identify(path), problem: isNothing ? null : reading.problem };
  }
  return { variables: parseEnvText(reading.text), identity: reading.stats, problem: null };
}

/** What a failed look amounts to; it is looked at again once this changes. */
export function identify(path: string): FileIdentity | null {
  const seen = lookAt(path);
  return seen.kind === "found" ? seen.stats : null;
}

/** A name, then a value in quotes, which may span lines, or up to the end of the line. */
const ASSIGNMENT =
  /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*(?:=|:[ \t])[ \t]*(?:"((?:\\[^]|[^"\\])*)"|'([^']*)'|`([^`]*)`|([^\r\n]*))/gm;

const COMMENT = /(?:^|[ \t])#/;

function dropComment(value: string): string {
  const start = value.search(COMMENT);
  return start < 0 ? value : value.slice(0, start);
}

/** The later of two assignments counts. Node's own parser is not used: it reads on into the next line after a blank value. */
export function parseEnvText(text: string): ReadonlyMap<string, string> {
  const plain = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const variables = new Map<string, string>();
  for (const [, name, double, single, back, bare] of plain.matchAll(ASSIGNMENT)) {
    const value = double ?? single ?? back ?? (bare === undefined ? undefined : dropComment(bare).trim());
    if (name === undefined || !isSet(value) || UNRESOLVED.test(value)) continue;
    variables.set(name, value);
  }
  return variables;
}
