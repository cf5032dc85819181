import type { Snapshot } from "../../src/snapshot.ts";
import { DAY, HOUR } from "./timeline.ts";

/**
 * How many alerts a day a monitor would have sent that knows nothing but the recorded end of a credential: one alert
 * when less than 24 hours are left, again every hour while that is so.
 */
export function countFixedWindowAlerts(snapshots: readonly Snapshot[], repeatMs = HOUR): number {
  const sentAt = new Map<string, number>();
  let sent = 0;
  for (const { at, installations } of snapshots) {
    for (const { id, profiles } of installations) {
      for (const { owner, profileId, expiresAt } of profiles) {
        const key = `${id}/${owner}/${profileId}`;
        const isDue = at.getTime() - (sentAt.get(key) ?? Number.NEGATIVE_INFINITY) >= repeatMs;
        if (expiresAt === null || expiresAt.getTime() - at.getTime() >= DAY || !isDue) continue;
        sentAt.set(key, at.getTime());
        sent++;
      }
    }
  }
  const first = snapshots[0]?.at.getTime() ?? 0;
  const days = ((snapshots.at(-1)?.at.getTime() ?? 0) - first) / DAY;
  return days === 0 ? sent : sent / days;
}
