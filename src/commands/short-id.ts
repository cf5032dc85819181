import { UsageError } from "../errors.ts";
import { clean } from "../format/terminal.ts";

/** As many characters of an id as people copy without a mistake. */
const MIN_SHOWN = 8;

/** How many characters of ids tell all of them apart. */
export function lengthOfShortIds(ids: readonly string[]): number {
  const longest = Math.max(MIN_SHOWN, ...ids.map(({ length }) => length));
  for (let length = MIN_SHOWN; length < longest; length++) {
    if (new Set(ids.map((id) => id.slice(0, length))).size === ids.length) return length;
  }
  return longest;
}

/** The one id that is `given` or begins with it. Throws `UsageError`: `expected` says what it is the id of, `remedy` where to look. */
export function findId(given: string, ids: readonly string[], expected: string, remedy: string): string {
  const found = ids.includes(given) ? [given] : ids.filter((id) => given !== "" && id.startsWith(given));
  const [only] = found;
  if (found.length === 1 && only !== undefined) return only;
  const quoted = JSON.stringify(clean(given));
  if (only === undefined) throw new UsageError(`expected the id of ${expected}, got ${quoted}; ${remedy}`);
  const shown = found.slice(0, 5).map(clean).join(", ");
  throw new UsageError(
    `expected the beginning of one id, got ${quoted}, with which ${found.length} begin; write more of ${shown}`,
  );
}
