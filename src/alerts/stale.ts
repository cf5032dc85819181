import type { AlertMemory } from "./alert-store.ts";
import type { ConditionSet } from "./condition.ts";

/** When each place was looked at for the decision that counts now. */
type Seen = NonNullable<AlertMemory["seen"]>;

interface Look {
  /** When it began. */
  readonly lookedAt: Date;
  readonly now: Date;
}

/**
 * What a look says, without the places of which another process has decided by a later look: there it knows nothing, so
 * that a slow look does not undo what a quick one found. An instant ahead was written before the clock was set back.
 */
export function leaveOutStale(set: ConditionSet, seen: Seen, { lookedAt, now }: Look): ConditionSet {
  const stale = new Set([...seen].filter(([, at]) => at > lookedAt && at <= now).map(([place]) => place));
  if (stale.size === 0) return set;
  const isStale = (place: string | undefined): boolean => place !== undefined && stale.has(place);
  return {
    conditions: set.conditions.filter(({ place }) => !isStale(place)),
    isUnknown: (key, place) => isStale(place) || set.isUnknown(key, place),
  };
}

/** The places that a look could tell of, as far as anything is remembered of them: only there can an older one do harm. */
export function findSeen(set: ConditionSet, { episodes }: Pick<AlertMemory, "episodes">, lookedAt: Date): Seen {
  const present = new Set(set.conditions.map(({ key }) => key));
  const seen = new Map<string, Date>();
  for (const { key, condition } of episodes) {
    const { place } = condition;
    if (place === undefined || seen.has(place)) continue;
    if (present.has(key) || !set.isUnknown(key, place)) seen.set(place, lookedAt);
  }
  return seen;
}
