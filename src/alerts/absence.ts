import type { AlertMemory, Look } from "./alert-store.ts";
import type { ConditionSet } from "./condition.ts";
import { followGone, isLongGone } from "./gone.ts";
import { keepMsOf } from "./lifetime.ts";

/** What it means that a remembered condition is not among those of now. */
export type Absence =
  | "over"
  /** Nobody could say: it may go on. */
  | "unknown"
  /** The config does not name its place any more, or its home is gone for long: nobody will ever say. */
  | "unwatched"
  /** The same for this config; but another one, which shares the state, watched it lately. */
  | "left_to_others";

export type AbsenceOf = (key: string, place?: string) => Absence;

export interface AbsenceOptions {
  readonly memory: Pick<AlertMemory, "seen" | "episodes">;
  /** See `AlertPolicy`. */
  readonly scope: string;
  readonly now: Date;
}

/** Tells why conditions are absent. Whoever watches the same place by another config tells of it. */
export function createAbsence(set: ConditionSet, { memory, scope, now }: AbsenceOptions): AbsenceOf {
  const { seen = [], episodes } = memory;
  // An instant ahead was written before the clock was set back.
  const isLately = (look: Look): boolean => Math.abs(now.getTime() - look.at.getTime()) < keepMsOf(look.scope, scope);
  const ofOthers = new Set(seen.filter((look) => look.scope !== scope && isLately(look)).map(({ place }) => place));
  const byKey = new Map(episodes.map((episode) => [episode.key, episode]));
  const isGone = (key: string, place?: string): boolean => {
    const episode = byKey.get(key);
    if (episode === undefined || set.homeOf(key, place) !== "gone") return false;
    return isLongGone(followGone(episode, set, now));
  };
  return (key, place) => {
    if (!set.isUnknown(key, place)) return "over";
    if (!set.isUnwatched(key, place) && !isGone(key, place)) return "unknown";
    return place !== undefined && ofOthers.has(place) ? "left_to_others" : "unwatched";
  };
}
