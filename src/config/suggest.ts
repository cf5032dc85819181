/** Shorter beginnings are beginnings of too much. */
const MIN_PREFIX = 4;

/**
 * The candidate a person most likely meant, or null when none is near. Case, `_` and `-` do not count, so that
 * `listen_address` finds `listenAddress`.
 */
export function suggest(word: string, candidates: readonly string[]): string | null {
  const wanted = plain(word);
  // Comparing what nobody typed costs time and cannot help.
  if (wanted.length > 64) return null;
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best !== null || wanted.length < MIN_PREFIX) return best;
  return candidates.find((candidate) => isBeginning(wanted, plain(candidate))) ?? null;
}

function isBeginning(a: string, b: string): boolean {
  return b.startsWith(a) || (b.length >= MIN_PREFIX && a.startsWith(b));
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, "");
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? (beforeLast[j - 2] ?? 0) + 1 : Infinity;
      row.push(Math.min(replaced, swapped, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
