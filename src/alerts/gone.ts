import type { Episode, Gone } from "./alert-store.ts";
import type { ConditionSet } from "./condition.ts";
import { STRANGER_KEEP_MS } from "./policy.ts";

/** What nobody looked at for longer says little: the machine slept, or its clock was set forward. */
const LONGEST_STEP_MS = 86_400_000;

/** How long the home of what an episode tells of is gone by now; null while it is there, or has been since. */
export function followGone(
  { key, condition, gone }: Pick<Episode, "key" | "condition" | "gone">,
  { homeOf }: Pick<ConditionSet, "homeOf">,
  now: Date,
): Gone | null {
  const home = homeOf(key, condition.place);
  if (home === "unknown") return gone ?? null;
  if (home === "there") return null;
  if (gone === undefined) return { forMs: 0, at: now };
  // An instant ahead was written before the clock was set back.
  const stepMs = Math.max(0, Math.min(now.getTime() - gone.at.getTime(), LONGEST_STEP_MS));
  return { forMs: gone.forMs + stepMs, at: now };
}

/** As long as what another config watched is left to that one. */
export function isLongGone(gone: Pick<Gone, "forMs"> | null | undefined): boolean {
  return gone !== null && gone !== undefined && gone.forMs >= STRANGER_KEEP_MS;
}

/** When a look may find that it is gone for long, or has to count what passed since the last one; null for never. */
export function nextLookForHome({ gone }: Pick<Episode, "gone">): Date | null {
  if (gone === undefined) return null;
  return new Date(gone.at.getTime() + Math.min(STRANGER_KEEP_MS - gone.forMs, LONGEST_STEP_MS));
}

/** The episode with that written down; the same when nothing changed. */
export function noteGone(episode: Episode, followed: Gone | null): Episode {
  const { gone = null, ...rest } = episode;
  if (gone === followed) return episode;
  return followed === null ? rest : { ...rest, gone: followed };
}
