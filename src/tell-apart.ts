import { digestId } from "./id-digest.ts";

/** Hex digits of the suffix that tells two equal names apart; the longer ones serve when the short collide too. */
const DIGEST_LENGTHS = [4, 8, 16];

/**
 * A name for each id: what `show` makes of it, and where that is the name of another id too, or longer than `maxLength`
 * characters, a digest of the id behind it (`anthropic:p***@example.com~3f2a`). No two of the same call are equal.
 */
export function tellApart(
  ids: Iterable<string>,
  show: (id: string) => string,
  maxLength: number,
): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  const taken = new Set<string>();
  let open = [...new Set(ids)].map((id) => ({ id, text: show(id) }));
  for (let attempt = 0; open.length > 0; attempt += 1) {
    const candidates = open.map((entry) => ({ ...entry, name: withDigest(entry, attempt, maxLength) }));
    const uses = new Map<string, number>();
    for (const { name } of candidates) uses.set(name, (uses.get(name) ?? 0) + 1);
    open = [];
    for (const { id, text, name } of candidates) {
      // A cut name always carries a digest: what was cut off may be all that tells it from a later one.
      const isCut = attempt === 0 && text.length > maxLength;
      if (isCut || taken.has(name) || uses.get(name) !== 1) open.push({ id, text });
      else named.set(id, name);
    }
    for (const name of named.values()) taken.add(name);
  }
  return named;
}

function withDigest({ id, text }: { readonly id: string; readonly text: string }, attempt: number, maxLength: number) {
  if (attempt === 0) return text;
  const length = DIGEST_LENGTHS[attempt - 1];
  // An id can be written to look like the name of another, so there is always one more digest to try.
  const input = length === undefined ? `${attempt}:${id}` : id;
  const suffix = `~${digestId(input).slice(0, length)}`;
  return text.slice(0, maxLength - suffix.length).toWellFormed() + suffix;
}
