import type { AlertMemory, Look } from "./alert-store.ts";
import { findRemote, type Snapshot } from "../snapshot.ts";
import type { ConditionSet } from "./condition.ts";

/** When the look at a place began. */
export type LookTimes = (place: string) => Date;

/** Another host was looked at when it was asked, which may be before the check that shows what it said. */
export function findLookTimes({ generatedAt, remotes }: Snapshot): LookTimes {
  return (place) => findRemote(remotes, place)?.askedAt ?? generatedAt;
}

interface LookOptions {
  readonly lookedAt: LookTimes;
  readonly now: Date;
}

/**
 * What a look says, without the places of which another process has decided by a later look: there it knows nothing, so
 * that a slow look does not undo what a quick one found. An instant ahead was written before the clock was set back.
 */
export function leaveOutStale(set: ConditionSet, seen: readonly Look[], { lookedAt, now }: LookOptions): ConditionSet {
  const isLater = ({ place, at }: Look): boolean => at > lookedAt(place) && at <= now;
  const stale = new Set(seen.filter(isLater).map(({ place }) => place));
  if (stale.size === 0) return set;
  const isStale = (place: string | undefined): boolean => place !== undefined && stale.has(place);
  return {
    conditions: set.conditions.filter(({ place }) => !isStale(place)),
    isUnknown: (key, place) => isStale(place) || set.isUnknown(key, place),
    isUnwatched: (key, place) => !isStale(place) && set.isUnwatched(key, place),
    homeOf: (key, place) => (isStale(place) ? "unknown" : set.homeOf(key, place)),
  };
}

/** The places that a look could tell of, as far as anything is remembered of them: only there can an older one do harm. */
export function findSeen(
  set: ConditionSet,
  { episodes }: Pick<AlertMemory, "episodes">,
  { scope, lookedAt }: Pick<Look, "scope"> & { readonly lookedAt: LookTimes },
): readonly Look[] {
  const present = new Set(set.conditions.map(({ key }) => key));
  const seen = new Map<string, Look>();
  for (const { key, condition } of episodes) {
    const { place } = condition;
    if (place === undefined || seen.has(place)) continue;
    if (present.has(key) || !set.isUnknown(key, place)) seen.set(place, { place, scope, at: lookedAt(place) });
  }
  return [...seen.values()];
}
