import type { Episode } from "./alert-store.ts";
import type { AlertPolicy } from "./policy.ts";

/** True when the condition came, went or became another too often lately. */
export function isFlapping({ changes }: Episode, { flapping }: AlertPolicy, now: Date): boolean {
  return changes.filter((at) => now.getTime() - at.getTime() < flapping.withinMs).length > flapping.changes;
}

/** True once it has been the same for the whole of that time. */
export function isStable(episode: Episode, policy: AlertPolicy, now: Date): boolean {
  return now >= stableAt(episode, policy);
}

/** When it counts as stable if nothing changes until then. */
export function stableAt({ changes, since, endedAt }: Episode, { flapping }: AlertPolicy): Date {
  return new Date((changes.at(-1) ?? endedAt ?? since).getTime() + flapping.withinMs);
}
