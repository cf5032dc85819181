import type { AlertMemory, Told } from "./alert-store.ts";
import { becameAt, calmAt, holdOf, repeatMs } from "./answer.ts";
import type { Condition, ConditionSet } from "./condition.ts";
import { stableAt } from "./flapping.ts";
import { retryAt } from "./given-up.ts";
import { nextLookForHome } from "./gone.ts";
import { nextStepAt } from "./ladder.ts";
import { nextTimeOfDay } from "./local-time.ts";
import { idOf } from "./memory.ts";
import { keepMsOf } from "./lifetime.ts";
import type { AlertPolicy, ChannelPolicy } from "./policy.ts";
import { quietUntil } from "./quiet-hours.ts";

export interface NextDecisionInput {
  readonly conditions: ConditionSet;
  readonly memory: AlertMemory;
  readonly policy: AlertPolicy;
  readonly channels: readonly ChannelPolicy[];
  readonly now: Date;
}

/**
 * The first instant after `now` at which a decision over the same conditions may come out differently, after the one of
 * `now` was remembered; null if never. It may be too early, never too late.
 */
export function nextDecisionAt(input: NextDecisionInput): Date | null {
  const { conditions, memory, policy, channels, now } = input;
  const told = new Map(memory.told.map((row) => [idOf(row), row]));
  const times: (Date | null)[] = [
    ...memory.silences.flatMap(({ startsAt, endsAt }) => [startsAt, endsAt]),
    ...memory.episodes.map((episode) => stableAt(episode, policy)),
    ...holdEnds(input),
    ...memory.episodes.map(nextLookForHome),
    ...memory.told.filter(({ delivery }) => delivery === "dead").map(retryAt),
    ...conditions.conditions.map((condition) => nextStepAt(condition, policy.remindAtMs, now)),
    ...othersEnd(input),
  ];
  for (const channel of channels) {
    times.push(quietUntil(channel.quietHours, now), eveningOf(channel, now));
    for (const condition of conditions.conditions) {
      const row = told.get(idOf({ channel: channel.name, key: condition.key }));
      if (row?.state === "firing") times.push(repeatOf(condition, row, channel, policy, now), calmAt(row));
    }
  }
  const ahead = times.filter((at) => at !== null && at > now).map((at) => (at as Date).getTime());
  return ahead.length === 0 ? null : new Date(ahead.reduce((first, ms) => Math.min(first, ms)));
}

/** When what others watched counts as watched by nobody, unless they look again. */
function othersEnd({ memory: { seen = [] }, policy }: NextDecisionInput): readonly Date[] {
  const { scope: ours = "" } = policy;
  const theirs = seen.filter(({ scope }) => scope !== ours);
  return theirs.map(({ at, scope }) => new Date(at.getTime() + keepMsOf(scope, ours)));
}

function holdEnds({ conditions, memory, policy }: NextDecisionInput): readonly Date[] {
  const episodes = new Map(memory.episodes.map((episode) => [episode.key, episode]));
  return conditions.conditions.flatMap((condition) => {
    const episode = episodes.get(condition.key);
    if (episode === undefined) return [];
    return [new Date(episode.since.getTime() + holdOf(condition, policy)), becameAt(condition, episode, policy)];
  });
}

function eveningOf({ evening }: ChannelPolicy, now: Date): Date | null {
  return evening === null ? null : nextTimeOfDay(evening.at, evening.timezone, now);
}

function repeatOf(
  condition: Condition,
  told: Told,
  channel: ChannelPolicy,
  policy: AlertPolicy,
  now: Date,
): Date | null {
  const everyMs = repeatMs(condition, told, { channel, policy, now });
  if (everyMs === null) return null;
  const at = new Date(told.toldAt.getTime() + everyMs);
  // Overdue, because the message before is still on its way.
  return at > now ? at : new Date(now.getTime() + everyMs);
}
