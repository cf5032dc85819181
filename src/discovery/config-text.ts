/** The part of the `json5` package that we use. */
export type Json5 = (text: string) => unknown;

export type ConfigText =
  | { readonly kind: "value"; readonly value: unknown }
  /** Not plain JSON, and the parser for JSON5 is not loaded. */
  | { readonly kind: "needs-json5" }
  /** Line and column from 1, where the parser gave up; it gives none for some texts. */
  | { readonly kind: "failed"; readonly at: { readonly line: number; readonly column: number } | null };

/**
 * Parses a config, which is JSON5. Nearly all are plain JSON in fact, so the slower parser is asked second. Its error
 * is not passed on, for it quotes its input.
 */
export function parseConfigText(text: string, json5: Json5 | null): ConfigText {
  const plain = text.startsWith("\uFEFF") ? text.slice(1) : text;
  try {
    return { kind: "value", value: JSON.parse(plain) as unknown };
  } catch {
    if (json5 === null) return { kind: "needs-json5" };
  }
  try {
    return { kind: "value", value: json5(plain) };
  } catch (error) {
    return { kind: "failed", at: positionOf(error) };
  }
}

/** Takes as long as a whole check of a small host, hence only when a config asks for it. */
export async function loadJson5(): Promise<Json5> {
  const { default: json5 } = await import("json5");
  return (text) => json5.parse<unknown>(text);
}

function positionOf(error: unknown): { readonly line: number; readonly column: number } | null {
  if (!(error instanceof Error) || !("lineNumber" in error) || !("columnNumber" in error)) return null;
  const { lineNumber: line, columnNumber: column } = error;
  return typeof line === "number" && typeof column === "number" ? { line, column } : null;
}
