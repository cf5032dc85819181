import { isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from "yaml";
import { type Environment, interpolate } from "./interpolate.ts";
import { type ConfigMistake, type Position, renderKey } from "./mistake.ts";
import { findUnclosed } from "./unclosed.ts";
import { describeUnclosed, describeYamlError } from "./yaml-errors.ts";

type Path = readonly PropertyKey[];

/** A config file after YAML and environment variables, before anybody asked what its keys mean. */
export interface ConfigDocument {
  readonly value: unknown;
  /** What is wrong with the text itself. */
  readonly mistakes: readonly ConfigMistake[];
  /** Nothing more can be said about this file than its mistakes. */
  readonly isBroken: boolean;
  /** Where the value stands, or else what holds it; null for an empty file. */
  locate(path: Path): Position | null;
  locateKey(path: Path): Position | null;
  /** What is written there when environment variables make it up, such as `${PORT}`; else null. */
  referenceAt(path: Path): string | null;
}

/**
 * Parses YAML 1.2. Anchors work, and cost nothing however often they are used: an alias is the same value again, not a
 * copy. Without an environment, `$` is a character like any other. Never throws, and quotes nothing of the text.
 */
export function parseConfigDocument(text: string, env: Environment | null): ConfigDocument {
  const lines = new LineCounter();
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  // Comparing every key with every other takes minutes on a hostile file; the reader does it with a set.
  const options = { lineCounter: lines, prettyErrors: false, stringKeys: true, uniqueKeys: false } as const;
  const document = parseDocument(text, { ...options, resolveKnownTags: false });

  // Whatever follows the first trouble is likely its consequence.
  const [trouble] = [...document.errors, ...document.warnings];
  if (trouble !== undefined) {
    const isTooDeep = trouble.code === "RESOURCE_EXHAUSTION";
    const unclosed = isTooDeep ? null : findUnclosed(document, text, trouble.pos[0]);
    if (unclosed !== null) {
      const line = text.slice(unclosed.end).trim() === "" ? null : positionOf(unclosed.end).line;
      const mistake = { key: null, position: positionOf(unclosed.start), text: describeUnclosed(unclosed, line) };
      return { value: null, mistakes: [mistake], isBroken: true, ...NO_PLACES };
    }
    // How deep is too deep depends on what else is on the stack, so its place means nothing.
    const position = isTooDeep ? null : positionOf(trouble.pos[0]);
    const mistakes = [{ key: null, position, text: describeYamlError(trouble.code) }];
    return { value: null, mistakes, isBroken: true, ...NO_PLACES };
  }
  const { version } = document.directives.yaml;
  if (version !== "1.2") {
    const mistake = `expected YAML 1.2, got %YAML ${version}; remove the line`;
    const position = positionOf(text.search(DIRECTIVE));
    return { value: null, mistakes: [{ key: null, position, text: mistake }], isBroken: true, ...NO_PLACES };
  }
  const mistakes: ConfigMistake[] = [];
  const reader = createReader(env, positionOf, mistakes);
  const value = reader.read(document.contents, []);
  return { value, mistakes, isBroken: false, ...reader.places };
}

/** In YAML 1.1, `no` is false and `0o17` a text. */
const DIRECTIVE = /^%YAML/m;

const NO_PLACES = { locate: () => null, locateKey: () => null, referenceAt: () => null };

function createReader(env: Environment | null, positionOf: (offset: number) => Position, mistakes: ConfigMistake[]) {
  const anchors = new Map<string, unknown>();
  const values = new Map<string, Position>();
  const keys = new Map<string, Position>();
  const references = new Map<string, string>();

  function read(node: ParsedNode | null, path: Path): unknown {
    if (node === null) return null;
    const position = positionOf(node.range[0]);
    values.set(idOf(path), position);
    if (isAlias(node)) {
      if (anchors.has(node.source)) return anchors.get(node.source);
      const text = "expected an anchor before its alias; put the value in quotes if the * belongs to it";
      mistakes.push({ key: renderKey(path), position, text });
      return undefined;
    }
    const value = readValue(node, path, position);
    // Set after its content was read, so that an alias within its own anchor finds nothing.
    if (node.anchor !== undefined) anchors.set(node.anchor, value);
    return value;
  }

  function readValue(
    node: Exclude<ParsedNode, { source: string; anchor?: never }>,
    path: Path,
    position: Position,
  ): unknown {
    if (isMap<ParsedNode, ParsedNode | null>(node)) {
      const entries = new Map<string, unknown>();
      for (const pair of node.items) {
        const key = isScalar(pair.key) ? String(pair.key.value) : "";
        const inner = [...path, key];
        const keyPosition = positionOf(pair.key.range[0]);
        const first = keys.get(idOf(inner));
        if (first !== undefined) {
          const text = `expected each key once, got it again; it is on line ${first.line} too, keep one of them`;
          mistakes.push({ key: renderKey(inner), position: keyPosition, text });
          continue;
        }
        keys.set(idOf(inner), keyPosition);
        entries.set(key, read(pair.value, inner));
      }
      return Object.fromEntries(entries);
    }
    if (isSeq<ParsedNode>(node)) return node.items.map((item, index) => read(item, [...path, index]));
    return readScalar(isScalar(node) ? node.value : null, path, position);
  }

  function readScalar(value: unknown, path: Path, position: Position): unknown {
    if (typeof value !== "string" || env === null) return value;
    const result = interpolate(value, env);
    if (result.kind === "text") {
      if (result.isFromEnv) references.set(idOf(path), value);
      return result.text;
    }
    references.set(idOf(path), value);
    const text =
      result.kind === "missing"
        ? `expected the environment variable ${result.variable}, got none; set it, or write \${${result.variable}:-a fallback}`
        : "expected ${NAME} or ${NAME:-a fallback}, got something else after ${; write $${ for the two characters";
    mistakes.push({ key: renderKey(path), position, text });
    return undefined;
  }

  const nearest = (path: Path): Position | null => {
    for (let length = path.length; length >= 0; length--) {
      const id = idOf(path.slice(0, length));
      const found = values.get(id) ?? keys.get(id);
      if (found !== undefined) return found;
    }
    return null;
  };
  return {
    read,
    places: {
      locate: nearest,
      locateKey: (path: Path) => keys.get(idOf(path)) ?? nearest(path),
      referenceAt: (path: Path) => references.get(idOf(path)) ?? null,
    },
  };
}

function idOf(path: Path): string {
  return JSON.stringify(path);
}
