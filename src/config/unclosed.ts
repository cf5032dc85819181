import { type Document, isCollection, isNode, isScalar, type Node, visit } from "yaml";

/** A bracket or quote that nothing closes. */
export interface Unclosed {
  readonly mark: string;
  /** What would close it. */
  readonly closing: string;
  /** Where it stands, and where what it holds ends, as offsets in the text. */
  readonly start: number;
  readonly end: number;
}

const CLOSING: Readonly<Record<string, string>> = { "[": "]", "{": "}", '"': '"', "'": "'" };

/**
 * The innermost bracket or quote before `offset` that is open to its end; null when there is none. The parser says where
 * it noticed, which is a line below, or the end of the file.
 */
export function findUnclosed(document: Document, text: string, offset: number): Unclosed | null {
  const nodes: Node[] = [];
  visit(document, (_, node) => {
    if (isNode(node) && listOpenings(node).includes(text.charAt(node.range?.[0] ?? 0))) nodes.push(node);
  });
  const hasOpenQuote = document.errors.some(({ message }) => /^Missing closing .quote/.test(message));
  const taken = new Set<number>();
  // From the innermost: a bracket that closes one cannot close the one around it.
  for (const node of nodes.toReversed()) {
    const [start = 0, end = 0] = node.range ?? [];
    const mark = text.charAt(start);
    const closing = CLOSING[mark];
    if (closing === undefined || start > offset) continue;
    // A quote that nothing closes takes all that follows, so it is the last one.
    const isClosed = isScalar(node)
      ? !hasOpenQuote || node !== nodes.at(-1)
      : text.charAt(end - 1) === closing && !taken.has(end);
    if (!isClosed) return { mark, closing, start, end };
    if (!isScalar(node)) taken.add(end);
  }
  return null;
}

function listOpenings(node: Node): readonly string[] {
  // A pair between brackets is a collection too, without any of its own.
  if (isCollection(node)) return node.flow === true ? ["[", "{"] : [];
  return isScalar(node) && node.type?.startsWith("QUOTE") ? ['"', "'"] : [];
}
