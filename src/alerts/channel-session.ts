import type { AbsenceOf } from "./absence.ts";
import type { Episode, Told } from "./alert-store.ts";
import {
  answer,
  canJoin,
  type Circumstances,
  isEased,
  isRefreshDue,
  isToBeHidden,
  isUnheard,
  settleTold,
} from "./answer.ts";
import { answerOver, answerOverAgain, type OverAnswer } from "./answer-over.ts";
import type { Condition } from "./condition.ts";
import { findApart } from "./given-up.ts";
import { isLongGone } from "./gone.ts";
import { type Grouped, groupItems, splitItems } from "./grouping.ts";
import { leftMsOf } from "./ladder.ts";
import type { Decision, Notification, NotificationItem, NotToldBecause, ToldBecause } from "./notification.ts";

/** Everything decided for one channel in one cycle. */
export class ChannelSession {
  readonly decisions: Decision[] = [];
  readonly changedRows: Told[] = [];
  readonly forgottenRows: { readonly channel: string; readonly key: string }[] = [];
  readonly dropped: string[] = [];
  readonly notifications: Notification[] = [];
  /** Those of them that wait for no company. */
  readonly apartIds = new Set<string>();
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
    if (told !== null && isToBeHidden(condition, told, this.#around)) {
      this.#tell(told.condition, "hidden", { startsAt: episode.since, endsAt: this.#around.now }, told);
      return;
    }
    const found = answer(condition, episode, told, this.#around);
    const isForOthers = "notTold" in found && NOT_FOR_THIS_CHANNEL.has(found.notTold);
    if (before !== null && isForOthers && this.#tellEased(condition, before, episode)) return;
    if ("told" in found) {
      this.#tell(condition, found.told, { startsAt: episode.since, endsAt: null }, told);
      return;
    }
    if (found.notTold === "unchanged" && told !== null && canJoin(condition, told, this.#around)) {
      this.#joinable.push({ condition, episode, told, before });
      return;
    }
    if (before === null || told === null) this.#decide(condition.key, { notTold: found.notTold });
    else this.#goOn(told, before, episode, found.notTold);
  }

  /** Conditions that were there before and are not now. */
  tellAbsent(conditions: readonly Condition[], absenceOf: AbsenceOf, episodes: ReadonlyMap<string, Episode>): void {
    const present = new Set(conditions.map(({ key }) => key));
    for (const [key, { endedAt, condition }] of episodes) {
      if (endedAt !== null || present.has(key) || this.#told.has(key)) continue;
      const isTheirs = absenceOf(key, condition.place) === "left_to_others";
      this.#decide(key, { notTold: isTheirs ? "left_to_others" : "unknown" });
    }
    for (const [key, before] of this.#told) {
      if ((before.state !== "firing" && !isOwedEnd(before)) || present.has(key)) continue;
      const told = settleTold(before, before.condition, this.#around);
      const episode = episodes.get(key);
      const { place } = (episode ?? before).condition;
      const absence = absenceOf(key, place);
      if (absence === "unknown") this.#goOn(told, before, episode, "unknown");
      else if (absence === "left_to_others") this.#leave(told, before, absence);
      else this.#tellOver(this.#answerEnd(told, episode), told, before, episode);
    }
  }

  finish(): void {
    this.#takeBack();
    this.#join();
    const { channel, now } = this.#around;
    for (const part of splitItems(this.#items)) {
      const items = part.map(({ item }) => item);
      const notification = groupItems(this.#newId(), channel.name, items, now);
      this.notifications.push(notification);
      if (part.some(({ apart }) => apart !== null)) this.apartIds.add(notification.id);
      for (const { row } of part) this.changedRows.push({ ...row, notificationId: notification.id });
    }
  }

  /** What was told stays as it was. A receiver that forgets would take silence for the end. */
  #goOn(told: Told, before: Told, episode: Episode | undefined, notTold: NotToldBecause): void {
    const { channel, now } = this.#around;
    const isItsOwn = !NOT_FOR_THIS_CHANNEL.has(notTold);
    if (told.state === "firing" && isItsOwn && isRefreshDue(told, channel, now)) {
      this.#tell(told.condition, "repeat", { startsAt: episode?.since ?? told.startsAt, endsAt: null }, told);
      return;
    }
    this.#leave(told, before, notTold);
  }

  #leave(told: Told, before: Told, notTold: NotToldBecause): void {
    this.#decide(told.key, { notTold });
    if (told !== before) this.changedRows.push(told);
  }

  #answerEnd(told: Told, episode: Episode | undefined): OverAnswer {
    return told.state === "firing"
      ? answerOver(told, episode, this.#around)
      : answerOverAgain(told, episode, this.#around);
  }

  /** What the channel was told as firing goes on, but as something that it is not told of. False when that is no news. */
  #tellEased(condition: Condition, before: Told, episode: Episode): boolean {
    const isOwed = before.state === "firing" ? isEased(condition, before, this.#around) : isOwedEnd(before);
    if (!isOwed) return false;
    const found = this.#answerEnd(before, episode);
    if (found === "resolved") {
      const span = { startsAt: episode.since, endsAt: this.#around.now };
      const { severity, reason } = condition;
      this.#tell(before.condition, "eased", { ...span, left: { severity, reason } }, before);
    } else {
      this.#tellOver(found, before, before, episode);
    }
    return true;
  }

  #tellOver(found: OverAnswer, told: Told, before: Told, episode: Episode | undefined): void {
    if (found === "take_back") {
      this.#takenBack.push(told);
    } else if (found === "forget") {
      this.#forget(told);
    } else if (found === "resolved") {
      const { now } = this.#around;
      const span = { startsAt: episode?.since ?? told.startsAt, endsAt: episode?.endedAt ?? now };
      const because = episode?.isUnwatched === true ? "unwatched" : "resolved";
      this.#tell(told.condition, because, { ...span, ...(isLongGone(episode?.gone) ? { isGone: true } : {}) }, told);
    } else {
      this.#leave(told, before, found.notTold);
    }
  }

  #tell(
    condition: Condition,
    because: ToldBecause,
    span: Pick<NotificationItem, "startsAt" | "endsAt" | "left" | "isGone">,
    told: Told | null,
  ): void {
    const { channel, now } = this.#around;
    const isResolved = span.endsAt !== null;
    const isAgain = told?.state === "firing";
    // While the end of the last episode is still on its way, the receiver takes this for the same one.
    const isKnown = told !== null && ((isAgain && !isUnheard(told)) || told.delivery === "pending");
    const severityBefore = isAgain ? told.condition.severity : condition.severity;
    const isRestless = isAgain && told.because === "flapping" && because === "escalated";
    this.#decide(condition.key, { told: because });
    this.#items.push({
      isWaiting: told?.delivery === "pending",
      apart: findApart(told, this.#around),
      item: { because, condition, ...(severityBefore === condition.severity ? {} : { severityBefore }), ...span },
      row: {
        channel: channel.name,
        key: condition.key,
        state: isResolved ? "resolved" : "firing",
        // It still comes and goes, only worse.
        because: isRestless ? "flapping" : because,
        severity: condition.severity,
        leftMs: isResolved && told !== null ? told.leftMs : leftMsOf(condition, now),
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
    const isRepeating = this.#items.some(({ apart, item }) => apart === null && item.because === "repeat");
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

const NOT_FOR_THIS_CHANNEL: ReadonlySet<NotToldBecause> = new Set(["below_severity", "not_matched"]);

/** An end that was given up, and that the channel still has to hear of. */
function isOwedEnd({ state, delivery, isBelieved }: Told): boolean {
  return state === "resolved" && delivery === "dead" && isBelieved;
}
