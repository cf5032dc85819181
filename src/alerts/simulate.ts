import type { Snapshot } from "../snapshot.ts";
import type { AlertMemory } from "./alert-store.ts";
import { decideOn, observe } from "./decide-on.ts";
import { applyDelivery, EMPTY_MEMORY } from "./memory.ts";
import type { Notification } from "./notification.ts";
import type { AlertPolicy, ChannelPolicy } from "./policy.ts";

export interface SimulateInput {
  /** What a check of `at` would say. */
  readonly look: (at: Date) => Snapshot | Promise<Snapshot>;
  readonly policy: AlertPolicy;
  readonly channels: readonly ChannelPolicy[];
  readonly from: Date;
  readonly to: Date;
  /** What was told before; nothing unless given. */
  readonly memory?: AlertMemory;
}

export interface Foretold {
  readonly at: Date;
  readonly notification: Notification;
}

/**
 * Who would be told what and when, if nothing changed but the time and every message arrived at once. It jumps from one
 * instant at which something can change to the next.
 */
export async function* simulate({
  look,
  policy,
  channels,
  from,
  to,
  memory: known,
}: SimulateInput): AsyncGenerator<Foretold> {
  let memory = known ?? EMPTY_MEMORY;
  let at: Date | null = from;
  let made = 0;
  while (at !== null && at <= to) {
    const now: Date = at;
    const snapshot = await look(now);
    const newId = (): string => `simulated-${made++}`;
    const decided = decideOn({ observed: observe(snapshot, policy), memory, policy, channels, now, newId });
    ({ memory } = decided);
    for (const { notification } of decided.changes.notifications) {
      yield { at: now, notification };
      memory = applyDelivery(memory, notification, "delivered");
    }
    const times = [decided.nextAt(), snapshot.validUntil, ...firstReminders(snapshot, policy)];
    at = times.reduce((first, time) => (time !== null && time > now ? earlier(first, time) : first), null);
  }
}

/** When the first reminder of each credential is due; the judgement may not change then. */
function firstReminders({ installations }: Snapshot, { remindAtMs }: AlertPolicy): readonly Date[] {
  const longestMs = Math.max(0, ...remindAtMs);
  const ends = installations.flatMap(({ profiles }) => profiles.map(({ expiresAt }) => expiresAt));
  return ends.filter((end) => end !== null).map((end) => new Date(end.getTime() - longestMs));
}

function earlier(a: Date | null, b: Date | null): Date | null {
  return a === null || (b !== null && b < a) ? b : a;
}
