import { type Condition, SEVERITIES } from "./condition.ts";
import type { Matcher } from "./policy.ts";
import { REASON_NAMES } from "./reasons.ts";

/** The labels of a condition that silences and channels can match. */
export const MATCH_LABELS = ["installation", "agent", "provider", "profile", "reason", "severity"] as const;

/** True when any matcher suits the condition, or there is none. */
export function isWanted(condition: Condition, matchers: readonly Matcher[]): boolean {
  return matchers.length === 0 || matchers.some((matcher) => suits(condition, { ...matcher }));
}

/** True when every label given suits; an unknown label suits nothing, so that a misspelt silence hides nothing. */
export function suits(condition: Condition, globs: Readonly<Record<string, string>>): boolean {
  return Object.entries(globs).every(([label, glob]) => {
    const name = MATCH_LABELS.find((known) => known === label);
    return name !== undefined && matchesGlob(condition[name] ?? "", glob);
  });
}

/** The words of a label of which a glob matches none, so that it can match nothing; null for every other. */
export function wordsWithout(label: string, glob: string): readonly string[] | null {
  const words: readonly string[] | null = label === "severity" ? SEVERITIES : label === "reason" ? REASON_NAMES : null;
  return words === null || words.some((word) => matchesGlob(word, glob)) ? null : words;
}

/** `*` stands for any text, `?` for one character; everything else for itself. Takes linear time for usual patterns. */
export function matchesGlob(text: string, glob: string): boolean {
  let at = 0;
  let inGlob = 0;
  let starInGlob = -1;
  let starAt = 0;
  while (at < text.length) {
    const wanted = glob[inGlob];
    if (wanted === "*") {
      starInGlob = inGlob++;
      starAt = at;
    } else if (wanted === "?" || wanted === text[at]) {
      inGlob++;
      at++;
    } else if (starInGlob >= 0) {
      // The last star takes one character more; those before it never need to.
      inGlob = starInGlob + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  return /^\**$/.test(glob.slice(inGlob));
}
