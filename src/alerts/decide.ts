import type { AlertChanges, AlertMemory, Episode, Told } from "./alert-store.ts";
import { answer, canJoin, type Circumstances, isRefreshDue, isUnheard, settleTold } from "./answer.ts";
import { answerOver, answerOverAgain, type OverAnswer } from "./answer-over.ts";
import type { Condition, ConditionSet } from "./condition.ts";
import { updateEpisodes } from "./episodes.ts";
import { believeMadeAt, findEvening } from "./evening.ts";
import { forget } from "./forget.ts";
import { type Grouped, groupItems, leaveAt, splitUrgent } from "./grouping.ts";
import { stepOf } from "./ladder.ts";
import type { Notification, NotificationItem, NotToldBecause, ToldBecause } from "./notification.ts";
import type { AlertPolicy, ChannelPolicy } from "./policy.ts";

/** What was decided for one channel and condition, and why. */
export type Decision =
  | { readonly channel: string; readonly key: string; readonly told: ToldBecause }
  | { readonly channel: string; readonly key: string; readonly notTold: NotToldBecause };

export interface DecideInput {
  readonly conditions: ConditionSet;
  readonly memory: AlertMemory;
  readonly policy: AlertPolicy;
  readonly channels: readonly ChannelPolicy[];
  /** Channel to when somebody last put a hand to its settings or secrets: then what was refused is told anew. */
  readonly changedAt?: ReadonlyMap<string, Date>;
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
  const { conditions, memory, policy, channels, now, newId } = input;
  const { episodes, changed } = updateEpisodes(memory.episodes, conditions, policy, now);
  const told = new Map<string, Map<string, Told>>();
  for (const row of memory.told) {
    const rows = told.get(row.channel) ?? new Map<string, Told>();
    told.set(row.channel, rows.set(row.key, row));
  }
  const evenings = new Map<string, Date>();
  const sessions = channels.map((channel): ChannelSession => {
    const written = memory.evenings.get(channel.name) ?? null;
    const madeAt = written === null ? null : believeMadeAt(written, now);
    const evening = findEvening(channel.evening, madeAt, now);
    if (evening?.madeAt === now || madeAt !== written) evenings.set(channel.name, now);
    const around = {
      channel,
      policy,
      silences: memory.silences,
      begun: memory.begun ?? NONE,
      evening,
      changedAt: input.changedAt?.get(channel.name) ?? null,
      now,
    };
    return new ChannelSession(around, told.get(channel.name) ?? new Map<string, Told>(), newId);
  });
  for (const session of sessions) {
    for (const condition of conditions.conditions)
      session.tellFiring(condition, episodes.get(condition.key) as Episode);
    session.tellAbsent(conditions, episodes);
    session.finish();
  }
  const { endedEpisodes, forgotten } = forget(memory, { sessions, episodes, policy, now });
  const isEnded = new Set(endedEpisodes);
  const notifications = sessions.flatMap((session) => session.notifications);
  return {
    changes: {
      told: sessions.flatMap((session) => session.changedRows).filter(({ key }) => !isEnded.has(key)),
      forgotten: [...sessions.flatMap((session) => session.forgottenRows), ...forgotten],
      episodes: changed.filter(({ key }) => !isEnded.has(key)),
      endedEpisodes,
      evenings,
      notifications: notifications.map((one) => ({
        notification: one,
        notBefore: leaveAt(one, policy.groupWaitMs),
        isRefresh: isRefresh(one, channels),
      })),
      dropped: sessions.flatMap(({ dropped }) => dropped),
    },
    result: sessions.flatMap(({ decisions }) => decisions),
  };
}

/** Nothing but what a receiver would forget otherwise. */
function isRefresh({ channel, items }: Notification, channels: readonly ChannelPolicy[]): boolean {
  const forgets = channels.some(({ name, refreshEveryMs }) => name === channel && refreshEveryMs !== null);
  return forgets && items.every(({ because, severityBefore }) => because === "repeat" && severityBefore === undefined);
}

const NONE: ReadonlySet<string> = new Set();

/** Everything decided for one channel in one cycle. */
class ChannelSession {
  readonly decisions: Decision[] = [];
  readonly changedRows: Told[] = [];
  readonly forgottenRows: { readonly channel: string; readonly key: string }[] = [];
  readonly dropped: string[] = [];
  readonly notifications: Notification[] = [];
  readonly #around: Circumstances;
  readonly #told: ReadonlyMap<string, Told>;
  readonly #newId: () => string;
  readonly #items: (Grouped & { readonly row: Omit<Told, "notificationId"> })[] = [];
  readonly #takenBack: Told[] = [];
  readonly #joinable: {
    readonly condition: Condition;
    readonly episode: Episode;
    readonly told: Told;
    readonly before: Told | null;
  }[] = [];

  constructor(around: Circumstances, told: ReadonlyMap<string, Told>, newId: () => string) {
    this.#around = around;
    this.#told = told;
    this.#newId = newId;
  }

  get name(): string {
    return this.#around.channel.name;
  }

  tellFiring(condition: Condition, episode: Episode): void {
    const before = this.#told.get(condition.key) ?? null;
    const told = before?.state === "firing" ? settleTold(before, condition, this.#around) : before;
    const found = answer(condition, episode, told, this.#around);
    if ("told" in found) {
      this.#tell(condition, found.told, { startsAt: episode.since, endsAt: null }, told);
      return;
    }
    if (found.notTold === "unchanged" && told !== null && canJoin(condition, told, this.#around)) {
      this.#joinable.push({ condition, episode, told, before });
      return;
    }
    this.#decide(condition.key, { notTold: found.notTold });
    if (told !== null && told !== before) this.changedRows.push(told);
  }

  /** Conditions that were there before and are not now. */
  tellAbsent({ conditions, isUnknown }: ConditionSet, episodes: ReadonlyMap<string, Episode>): void {
    const present = new Set(conditions.map(({ key }) => key));
    for (const [key, episode] of episodes) {
      if (episode.endedAt === null && !present.has(key) && !this.#told.has(key))
        this.#decide(key, { notTold: "unknown" });
    }
    for (const [key, before] of this.#told) {
      const isOwedEnd = before.state === "resolved" && before.delivery === "dead" && before.isBelieved;
      if ((before.state !== "firing" && !isOwedEnd) || present.has(key)) continue;
      const told = settleTold(before, before.condition, this.#around);
      const episode = episodes.get(key);
      const { place } = (episode ?? before).condition;
      if (isUnknown(key, place)) this.#tellUnknown(told, before, episode);
      else if (isOwedEnd) this.#tellOver(answerOverAgain(told, episode, this.#around), told, before, episode);
      else this.#tellOver(answerOver(told, episode, this.#around), told, before, episode);
    }
  }

  finish(): void {
    this.#takeBack();
    this.#join();
    const { channel, now } = this.#around;
    for (const part of splitUrgent(this.#items)) {
      const items = part.map(({ item }) => item);
      const notification = groupItems(this.#newId(), channel.name, items, now);
      this.notifications.push(notification);
      for (const { row } of part) this.changedRows.push({ ...row, notificationId: notification.id });
    }
  }

  #tellUnknown(told: Told, before: Told, episode: Episode | undefined): void {
    const { channel, now } = this.#around;
    // A receiver that forgets would take silence for the end.
    if (told.state === "firing" && isRefreshDue(told, channel, now)) {
      this.#tell(told.condition, "repeat", { startsAt: episode?.since ?? told.startsAt, endsAt: null }, told);
      return;
    }
    this.#decide(told.key, { notTold: "unknown" });
    if (told !== before) this.changedRows.push(told);
  }

  #tellOver(found: OverAnswer, told: Told, before: Told, episode: Episode | undefined): void {
    if (found === "take_back") {
      this.#takenBack.push(told);
    } else if (found === "forget") {
      this.#forget(told);
    } else if (found === "resolved") {
      const { now } = this.#around;
      const span = { startsAt: episode?.since ?? told.startsAt, endsAt: episode?.endedAt ?? now };
      this.#tell(told.condition, "resolved", span, told);
    } else {
      this.#decide(told.key, { notTold: found.notTold });
      if (told !== before) this.changedRows.push(told);
    }
  }

  #tell(
    condition: Condition,
    because: ToldBecause,
    span: Pick<NotificationItem, "startsAt" | "endsAt">,
    told: Told | null,
  ): void {
    const { channel, policy, now } = this.#around;
    const isResolved = because === "resolved";
    const isAgain = told?.state === "firing";
    // While the end of the last episode is still on its way, the receiver takes this for the same one.
    const isKnown = told !== null && ((isAgain && !isUnheard(told)) || told.delivery === "pending");
    const isOther = isAgain && told.severity !== condition.severity;
    const isRestless = isAgain && told.because === "flapping" && because === "escalated";
    this.#decide(condition.key, { told: because });
    this.#items.push({
      isWaiting: told?.delivery === "pending",
      item: { because, condition, ...(isOther ? { severityBefore: told.severity } : {}), ...span },
      row: {
        channel: channel.name,
        key: condition.key,
        state: isResolved ? "resolved" : "firing",
        // It still comes and goes, only worse.
        because: isRestless ? "flapping" : because,
        severity: condition.severity,
        step: isResolved && told !== null ? told.step : stepOf(condition, policy.remindAtMs, now),
        toldAt: now,
        startsAt: isKnown ? told.startsAt : now,
        delivery: "pending",
        isBelieved: told?.isBelieved ?? false,
        condition,
      },
    });
  }

  /** One message that says everything again is better than one for each thing at its own hour. */
  #join(): void {
    const isRepeating = this.#items.some(({ item }) => item.because === "repeat");
    for (const { condition, episode, told, before } of this.#joinable) {
      if (isRepeating) {
        this.#tell(condition, "repeat", { startsAt: episode.since, endsAt: null }, told);
      } else {
        this.#decide(condition.key, { notTold: "unchanged" });
        if (told !== before) this.changedRows.push(told);
      }
    }
  }

  /** A message goes only when everything in it is over; until then what is over waits with it. */
  #takeBack(): void {
    const over = new Set(this.#takenBack.map(({ key }) => key));
    const others = [...this.#told.values()].filter(({ key }) => !over.has(key));
    for (const told of this.#takenBack) {
      if (others.some((other) => mayShareMessage(told, other))) {
        this.#decide(told.key, { notTold: "held" });
      } else {
        this.#forget(told);
        if (!this.dropped.includes(told.notificationId)) this.dropped.push(told.notificationId);
      }
    }
  }

  #forget({ channel, key }: Told): void {
    this.forgottenRows.push({ channel, key });
    this.#decide(key, { notTold: "not_matched" });
  }

  #decide(key: string, found: { readonly told: ToldBecause } | { readonly notTold: NotToldBecause }): void {
    this.decisions.push({ channel: this.#around.channel.name, key, ...found });
  }
}

/** True when the only message about one may speak of the other too, which has been told of again since then. */
function mayShareMessage({ notificationId, toldAt }: Told, other: Told): boolean {
  return other.notificationId === notificationId || (other.startsAt <= toldAt && toldAt < other.toldAt);
}
