import type { AbsenceOf } from "./absence.ts";
import type { Episode } from "./alert-store.ts";
import { type Condition, type ConditionSet, isOtherTrouble } from "./condition.ts";
import { followGone, noteGone } from "./gone.ts";
import type { AlertPolicy } from "./policy.ts";

/** Since when each condition holds, brought up to date. */
export interface EpisodeChanges {
  /** Every episode that is not over and forgotten, by key. */
  readonly episodes: ReadonlyMap<string, Episode>;
  /** Those of them that are new or different. */
  readonly changed: readonly Episode[];
}

/** Notes which conditions began, go on and ended. Of one that nothing is known of only whether its home is there. */
export function updateEpisodes(
  known: readonly Episode[],
  set: ConditionSet,
  absenceOf: AbsenceOf,
  { policy, now }: { readonly policy: AlertPolicy; readonly now: Date },
): EpisodeChanges {
  const episodes = new Map<string, Episode>();
  const changed: Episode[] = [];
  const before = new Map(known.map((episode) => [episode.key, episode]));
  const note = (episode: Episode): void => {
    episodes.set(episode.key, episode);
    if (episode !== before.get(episode.key)) changed.push(episode);
  };
  for (const condition of set.conditions) {
    const episode = before.get(condition.key);
    note(
      episode === undefined ? begin(condition, [], policy, now) : goOn(believe(episode, now), condition, policy, now),
    );
  }
  for (const episode of known) {
    if (episodes.has(episode.key)) continue;
    const believed = believe(episode, now);
    if (believed.endedAt !== null) {
      note(believed);
      continue;
    }
    const absence = absenceOf(believed.key, believed.condition.place);
    if (absence === "over") {
      note({ ...noteGone(believed, null), endedAt: now, changes: addChange(believed.changes, policy, now) });
    } else {
      const followed = noteGone(believed, followGone(believed, set, now));
      note(absence === "unwatched" ? { ...followed, endedAt: now, isUnwatched: true } : followed);
    }
  }
  return { episodes, changed };
}

function begin(condition: Condition, changes: readonly Date[], policy: AlertPolicy, now: Date): Episode {
  const common = { key: condition.key, since: now, endedAt: null, isUnwatched: false, condition };
  return { ...common, changes: addChange(changes, policy, now) };
}

function goOn(episode: Episode, condition: Condition, policy: AlertPolicy, now: Date): Episode {
  if (episode.endedAt !== null) return begin(condition, episode.changes, policy, now);
  const there = noteGone(episode, null);
  if (isSame(episode.condition, condition)) return there;
  const isRestless = isOtherTrouble(episode.condition, condition) || episode.condition.severity !== condition.severity;
  return { ...there, condition, ...(isRestless ? { changes: addChange(episode.changes, policy, now) } : {}) };
}

/** Enough to tell that there were too many; older ones do not count any more. */
function addChange(changes: readonly Date[], { flapping }: AlertPolicy, now: Date): readonly Date[] {
  const recent = changes.filter((at) => now.getTime() - at.getTime() < flapping.withinMs);
  return [...recent, now].slice(-(flapping.changes + 2));
}

/** An instant in the future was written before the clock was set back; all that is known of it is that it is past. */
function believe(episode: Episode, now: Date): Episode {
  const { since, endedAt, changes } = episode;
  const isPast = (at: Date): boolean => at <= now;
  if (isPast(since) && (endedAt === null || isPast(endedAt)) && changes.every(isPast)) return episode;
  const atMost = (at: Date): Date => (isPast(at) ? at : now);
  return {
    ...episode,
    since: atMost(since),
    endedAt: endedAt === null ? null : atMost(endedAt),
    changes: changes.map(atMost),
  };
}

function isSame(a: Condition, b: Condition): boolean {
  return (
    !isOtherTrouble(a, b) &&
    a.severity === b.severity &&
    a.summary === b.summary &&
    a.action === b.action &&
    a.provider === b.provider &&
    a.place === b.place &&
    a.expiresAt?.getTime() === b.expiresAt?.getTime() &&
    a.knownAt?.getTime() === b.knownAt?.getTime()
  );
}
