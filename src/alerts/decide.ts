import { type AbsenceOf, createAbsence } from "./absence.ts";
import type { AlertChanges, AlertMemory, Episode, Told } from "./alert-store.ts";
import { type Boot, type BootNow, followBoot } from "./boot.ts";
import { ChannelSession } from "./channel-session.ts";
import type { Condition, ConditionSet } from "./condition.ts";
import { updateEpisodes } from "./episodes.ts";
import { believeMadeAt, findEvening } from "./evening.ts";
import { forget } from "./forget.ts";
import { findShared } from "./given-up.ts";
import { leaveAt } from "./grouping.ts";
import { joinWaiting } from "./join-waiting.ts";
import type { Decision, Notification } from "./notification.ts";
import type { AlertPolicy, ChannelPolicy } from "./policy.ts";

export interface DecideInput {
  readonly conditions: ConditionSet;
  readonly memory: AlertMemory;
  readonly policy: AlertPolicy;
  readonly channels: readonly ChannelPolicy[];
  /** Channel to when somebody last put a hand to its settings or secrets: then what was refused is told anew. */
  readonly changedAt?: ReadonlyMap<string, Date>;
  /** The boot of this machine; asked only where a screen shows something. Absent where that says nothing. */
  readonly boot?: () => BootNow;
  readonly now: Date;
  /** A new unique id for each message. */
  readonly newId: () => string;
}

/**
 * Compares what every channel was last told with what is true now. Pure: it neither reads a clock nor sends anything;
 * what it decides takes effect once `changes` are written down.
 */
export function decide(input: DecideInput): {
  readonly changes: AlertChanges;
  readonly result: readonly Decision[];
} {
  const { memory, policy, channels, now, newId } = input;
  const { conditions } = input.conditions;
  const absenceOf = createAbsence(input.conditions, { memory, scope: policy.scope ?? "", now });
  const isOther = createOtherTest(conditions, absenceOf);
  const known = memory.episodes.filter((episode) => !isOther(episode));
  const { episodes, changed } = updateEpisodes(known, input.conditions, absenceOf, { policy, now });
  const told = new Map<string, Map<string, Told>>();
  for (const row of memory.told) {
    if (isOther(row)) continue;
    const rows = told.get(row.channel) ?? new Map<string, Told>();
    told.set(row.channel, rows.set(row.key, row));
  }
  const boot = createBootWatch(input);
  const evenings = new Map<string, Date>();
  const sessions = channels.map((channel): ChannelSession => {
    const written = memory.evenings.get(channel.name) ?? null;
    const madeAt = written === null ? null : believeMadeAt(written, now);
    const evening = findEvening(channel.evening, madeAt, now);
    if (evening?.madeAt === now || madeAt !== written) evenings.set(channel.name, now);
    const rows = told.get(channel.name) ?? new Map<string, Told>();
    const around = {
      channel,
      policy,
      silences: memory.silences,
      begun: memory.begun ?? NONE,
      goneBefore: boot.noticedAt,
      evening,
      changedAt: input.changedAt?.get(channel.name) ?? null,
      sharedIds: findShared(rows.values()),
      now,
    };
    return new ChannelSession(around, rows, newId);
  });
  for (const session of sessions) {
    for (const condition of conditions) session.tellFiring(condition, episodes.get(condition.key) as Episode);
    session.tellAbsent(conditions, absenceOf, episodes);
    session.finish();
  }
  const screens = new Set(channels.filter(({ isScreen }) => isScreen === true).map(({ name }) => name));
  if (sessions.some(({ name, notifications }) => screens.has(name) && notifications.length > 0)) boot.noticedAt();
  const { endedEpisodes, forgotten } = forget(memory, { sessions, episodes, policy, now });
  const isEnded = new Set(endedEpisodes);
  const dropped = sessions.flatMap((session) => session.dropped);
  const fresh = sessions.flatMap((session) =>
    session.notifications.map((one) => ({
      notification: one,
      notBefore: leaveAt(one, session.apartIds.has(one.id) ? 0 : policy.groupWaitMs),
      isRefresh: isRefresh(one, channels),
    })),
  );
  const { messages, idOf } = joinWaiting(fresh, memory, { dropped, now });
  return {
    changes: {
      told: sessions
        .flatMap((session) => session.changedRows)
        .filter(({ key }) => !isEnded.has(key))
        .map((row) => ({ ...row, notificationId: idOf(row.notificationId) })),
      forgotten: [
        ...memory.told.filter(isOther).map(({ channel, key }) => ({ channel, key })),
        ...sessions.flatMap((session) => session.forgottenRows),
        ...forgotten,
      ],
      episodes: changed.filter(({ key }) => !isEnded.has(key)),
      endedEpisodes,
      evenings,
      ...boot.change(),
      notifications: messages,
      dropped,
    },
    result: sessions.flatMap(({ decisions }) => decisions),
  };
}

/**
 * What is remembered of a place that nobody watches any more, where another one has its label by now and is in the same
 * trouble: nobody was told of that one.
 */
function createOtherTest(
  conditions: readonly Condition[],
  absenceOf: AbsenceOf,
): (row: Pick<Told, "key" | "condition">) => boolean {
  const places = new Map(conditions.map(({ key, place }) => [key, place]));
  return ({ key, condition: { place } }) => {
    const present = places.get(key);
    return present !== undefined && place !== present && absenceOf(key, place) === "unwatched";
  };
}

/** Knows the boot once anybody asks, and then what to remember of it. */
function createBootWatch({ memory, boot, now }: DecideInput) {
  let known: Boot | null = null;
  let current: Boot | null = null;
  return {
    noticedAt(): Date | null {
      if (boot === undefined) return null;
      if (current === null) {
        known = memory.boot ?? null;
        current = followBoot(known, boot(), now);
      }
      return current.noticedAt;
    },
    change: (): Pick<AlertChanges, "boot"> => (current === null || current === known ? {} : { boot: current }),
  };
}

/** Nothing but what a receiver would forget otherwise. */
function isRefresh({ channel, items }: Notification, channels: readonly ChannelPolicy[]): boolean {
  const forgets = channels.some(({ name, refreshEveryMs }) => name === channel && refreshEveryMs !== null);
  return forgets && items.every(({ because, severityBefore }) => because === "repeat" && severityBefore === undefined);
}

const NONE: ReadonlySet<string> = new Set();
