/** What a PromQL expression asks for by name. */
export interface PromqlNames {
  /** Metrics, each with the labels that its selector matches. */
  readonly metrics: readonly { readonly name: string; readonly labels: readonly string[] }[];
  /** Labels of `by`, `on` and their kin, and of `label_values`. */
  readonly grouping: readonly string[];
  /** Labels that `label_replace` and `label_join` make. */
  readonly made: readonly string[];
}

const TOKEN =
  /(?<space>\s+|#[^\n]*|\[[^\]]*\])|(?<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|(?<number>\d[\w.]*)|(?<word>[A-Za-z_:][\w:]*)|(?<sign>.)/gsu;
const GROUPING = new Set(["by", "without", "on", "ignoring", "group_left", "group_right"]);
const KEYWORDS = new Set(["and", "or", "unless", "offset", "bool", "atan2", "inf", "nan", "start", "end"]);
/** A variable of Grafana stands for a value, a duration or part of a string, never for a name. */
const VARIABLE = /\$\{\w+(?::\w+)?\}|\$\w+|\[\[\w+\]\]/g;

/** Reads the names out of an expression, or out of the query of a Grafana variable. Not a parser: it trusts promtool. */
export function readNames(expression: string): PromqlNames {
  const tokens = [...expression.replaceAll(VARIABLE, "1m").matchAll(TOKEN)]
    .filter(({ groups }) => groups?.["space"] === undefined)
    .map(({ 0: text, groups }) => ({ text, isWord: groups?.["word"] !== undefined }));
  const metrics: { name: string; labels: string[] }[] = [];
  const grouping: string[] = [];
  const made: string[] = [];
  const textAt = (place: number): string => tokens[place]?.text ?? "";
  const wordsUntil = (place: number, end: string): readonly string[] => {
    const found: string[] = [];
    for (let at = place; at < tokens.length && textAt(at) !== end; at++) if (tokens[at]?.isWord) found.push(textAt(at));
    return found;
  };

  for (let at = 0; at < tokens.length; at++) {
    if (textAt(at) === "{") {
      // Without a name before it: the name is a matcher like the others.
      const [name, ...labels] = wordsUntil(at + 1, "}");
      const pattern = textAt(at + (textAt(at + 3) === "~" ? 4 : 3)).slice(1, -1);
      if (name === "__name__") metrics.push(...expandGroup(pattern).map((one) => ({ name: one, labels })));
      at = tokens.findIndex(({ text }, place) => place > at && text === "}");
    }
    if (!tokens[at]?.isWord) continue;
    const word = textAt(at);
    const next = textAt(at + 1);
    if (GROUPING.has(word)) {
      if (next === "(") {
        grouping.push(...wordsUntil(at + 2, ")"));
        at = tokens.findIndex(({ text }, place) => place > at && text === ")");
      }
    } else if (word === "label_values") {
      const comma = tokens.findIndex(({ text }, place) => place > at && text === ",");
      const label = tokens.findLastIndex(({ isWord }) => isWord);
      if (comma === -1 || label > comma) grouping.push(textAt(label));
      tokens.length = comma === -1 ? 0 : label;
    } else if (next === "(") {
      if (/^label_(?:replace|join)$/.test(word)) {
        // Strings of selectors follow an operator, arguments a comma.
        const name = tokens.find(({ text }, place) => place > at && textAt(place - 1) === "," && /^["'`]/.test(text));
        if (name !== undefined) made.push(name.text.slice(1, -1));
      }
    } else if (!KEYWORDS.has(word.toLowerCase()) && !GROUPING.has(next)) {
      const labels = next === "{" ? wordsUntil(at + 2, "}") : [];
      metrics.push({ name: word, labels: [...labels] });
      if (next === "{") at = tokens.findIndex(({ text }, place) => place > at && text === "}");
    }
  }
  return { metrics, grouping, made };
}

/** `a_(b|c)` is `a_b` and `a_c`; any other pattern stays as it is, and is found unknown. */
function expandGroup(pattern: string): readonly string[] {
  const [, before = "", group = pattern, after = ""] = /^(\w*)\(([\w|]+)\)(\w*)$/.exec(pattern) ?? [];
  return group.split("|").map((middle) => `${before}${middle}${after}`);
}
