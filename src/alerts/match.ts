import { digestId } from "../id-digest.ts";
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
export function suits(condition: Condition, patterns: Readonly<Record<string, string>>): boolean {
  return Object.entries(patterns).every(([label, pattern]) => {
    const name = MATCH_LABELS.find((known) => known === label);
    return name !== undefined && matchesPattern(condition[name], pattern);
  });
}

/** As metrics and messages end a name that alone would be that of others too. */
const WITH_DIGEST = /^(?<glob>.*)~(?<digest>[0-9a-f]{16}|[0-9a-f]{8}|[0-9a-f]{4})$/s;

/** A glob, or one with a digest behind it, which of all that it matches means the one of that digest. */
function matchesPattern(value: string | null, pattern: string): boolean {
  if (matchesGlob(value ?? "", pattern)) return true;
  const { glob, digest } = WITH_DIGEST.exec(pattern)?.groups ?? {};
  if (value === null || glob === undefined || digest === undefined) return false;
  return matchesGlob(value, glob) && digestId(value).startsWith(digest);
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
