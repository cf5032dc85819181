import type { AlertMemory, Episode, Silence, Told } from "./alert-store.ts";
import { type Condition, isOtherTrouble, SEVERITIES, type Severity } from "./condition.ts";
import { endsBefore, type Evening, isToldSince } from "./evening.ts";
import { isFlapping, isStable } from "./flapping.ts";
import { isRetryDue, RETRY_DEAD_MS } from "./given-up.ts";
import { hasLadder, isReminderDue, leftMsOf } from "./ladder.ts";
import { isWanted } from "./match.ts";
import type { NotToldBecause, ToldBecause } from "./notification.ts";
import type { AlertPolicy, ChannelPolicy } from "./policy.ts";
import { isKeptQuiet } from "./quiet-hours.ts";
import { isSilenced } from "./silence.ts";

/** What an answer depends on besides the condition itself. */
export interface Circumstances {
  readonly channel: ChannelPolicy;
  readonly policy: AlertPolicy;
  readonly silences: readonly Silence[];
  readonly begun: NonNullable<AlertMemory["begun"]>;
  /** Null at daytime, and for a channel that wants no digest in the evening. */
  readonly evening: Evening | null;
  /** Before when what a screen showed is gone with the last boot; null when nobody knows. Asked only where it matters. */
  readonly goneBefore: () => Date | null;
  /** When somebody last put a hand to the channel's settings or secrets; null when nobody knows. */
  readonly changedAt: Date | null;
  /** Messages to this channel that were given up and told of more than one thing. */
  readonly sharedIds: ReadonlySet<string>;
  readonly now: Date;
}

/** Whether a channel is told of a condition that holds, and why, or why not. */
export type Answer = { readonly told: ToldBecause } | { readonly notTold: NotToldBecause };

/** A fall in severity is taken back this long after the last message, so that the next rise is news again. */
const CALM_MS = 3_600_000;

/** The part of the time between two repetitions after which one may come early: with half of it, any two meet. */
const JOIN_AFTER = 0.5;

/** `told` is what the channel was last told in this or an earlier episode. */
export function answer(condition: Condition, episode: Episode, told: Told | null, around: Circumstances): Answer {
  const { channel } = around;
  if (!isWanted(condition, channel.match)) return { notTold: "not_matched" };
  if (rank(condition.severity) < rank(channel.minSeverity)) return { notTold: "below_severity" };
  const reason =
    told?.state === "firing" ? answerAgain(condition, episode, told, around) : answerFirst(condition, episode, around);
  if (reason === "held" || reason === "unchanged") return { notTold: reason };
  if (reason === "refresh") return { told: told !== null && isUnheard(told) ? "first" : "repeat" };
  if (isSilenced(condition, around.silences, around.now)) return { notTold: "silenced" };
  const isOnTime = reason === "evening" && isAskedFor(condition, around);
  if (!isOnTime && isKeptQuiet(channel.quietHours, condition.severity, around.now)) return { notTold: "quiet_hours" };
  // Whoever was told in vain hears of it for the first time.
  return { told: told?.state === "firing" && isUnheard(told) && reason !== "flapping" ? "first" : reason };
}

/** How long a condition must hold before it counts, in milliseconds. */
export function holdOf({ reason, heldLike }: Condition, { holdMs }: AlertPolicy): number {
  return holdMs[heldLike ?? reason] ?? 0;
}

/** When a condition counts as what it is now, unless it becomes another before. */
export function becameAt(condition: Condition, { changes, since }: Episode, policy: AlertPolicy): Date {
  return new Date((changes.at(-1) ?? since).getTime() + holdOf(condition, policy));
}

/** True when it fell below what a channel is told of, or out of it, long enough after the last message about it. */
export function isEased(condition: Condition, told: Told, { channel, now }: Circumstances): boolean {
  const isLess = rank(condition.severity) < rank(told.condition.severity);
  // What only the operator changed about the channel is no news about the condition.
  const isOther = isOtherTrouble(condition, told.condition) || condition.provider !== told.condition.provider;
  return (isLess || isOther) && (channel.refreshEveryMs !== null || now >= calmAt(told));
}

/** When a fall in severity after the last message is taken back. */
export function calmAt({ toldAt }: Told): Date {
  return new Date(toldAt.getTime() + CALM_MS);
}

/** True for what a screen shows, or is about to, and a silence covers by now. */
export function isToBeHidden(condition: Condition, told: Told, { channel, silences, now }: Circumstances): boolean {
  if (channel.isScreen !== true || told.state !== "firing" || isUnheard(told)) return false;
  return isSilenced(condition, silences, now);
}

/** True for what a screen showed before the machine was switched off: nobody has to have attended to it. */
function isGone({ delivery, toldAt }: Told, { channel, goneBefore }: Circumstances): boolean {
  if (channel.isScreen !== true || delivery !== "delivered") return false;
  const before = goneBefore();
  return before !== null && toldAt < before;
}

/** A receiver that forgets is kept informed, whatever else is said or unsaid. */
export function isRefreshDue({ toldAt, delivery }: Told, { refreshEveryMs }: ChannelPolicy, now: Date): boolean {
  return refreshEveryMs !== null && delivery !== "pending" && now.getTime() - toldAt.getTime() >= refreshEveryMs;
}

/** True when all that was ever said of it in this episode is its last message. */
export function isOnlyMessage({ startsAt, toldAt }: Told): boolean {
  return startsAt.getTime() === toldAt.getTime();
}

/** True when nothing that was said of it arrived, nor is on its way. */
export function isUnheard(told: Told): boolean {
  return !told.isBelieved && told.delivery !== "pending" && isOnlyMessage(told);
}

/** How often a channel hears of what does not change, in milliseconds; null is never. */
export function repeatMs(
  condition: Condition,
  told: Told,
  { channel, policy, now }: Pick<Circumstances, "channel" | "policy" | "now">,
): number | null {
  if (channel.refreshEveryMs !== null) return channel.refreshEveryMs;
  if (told.delivery === "dead") return RETRY_DEAD_MS;
  // Until the end, the ladder says when.
  if (hasLadder(condition) && condition.expiresAt !== null && condition.expiresAt > now) return null;
  return policy.repeatEveryMs[condition.severity];
}

/** True for what would be said again before long, so that a message that says other things again may take it along. */
export function canJoin(condition: Condition, told: Told, around: Circumstances): boolean {
  const { channel, silences, now } = around;
  if (channel.refreshEveryMs !== null || told.because === "flapping" || told.delivery !== "delivered") return false;
  const everyMs = repeatMs(condition, told, around);
  if (everyMs === null || now.getTime() - told.toldAt.getTime() < everyMs * JOIN_AFTER) return false;
  return !isSilenced(condition, silences, now) && !isKeptQuiet(channel.quietHours, condition.severity, now);
}

/** What is remembered of an earlier message, as far as it still means what it did. The same object when nothing changed. */
export function settleTold(told: Told, condition: Condition, { policy, now }: Circumstances): Told {
  let settled = told;
  const aheadMs = told.toldAt.getTime() - now.getTime();
  // The clock was set back: it was told at the latest now.
  if (aheadMs > 0) settled = { ...settled, toldAt: now, startsAt: new Date(told.startsAt.getTime() - aheadMs) };
  if (rank(condition.severity) < rank(told.severity) && now >= calmAt(settled)) {
    settled = { ...settled, severity: condition.severity };
  }
  const leftMs = leftMsOf(condition, now);
  if (leftMs === null) return settled;
  // Renewed, but not for long: the reminders before the new end are ahead again.
  if (condition.expiresAt?.getTime() !== told.condition.expiresAt?.getTime()) {
    const { expiresAt } = condition;
    const known = told.leftMs === null ? null : Math.max(told.leftMs, leftMs);
    settled = { ...settled, condition: { ...told.condition, expiresAt }, leftMs: known };
  }
  // What is still on its way will say how long there is left when it arrives: only the end itself is more to say.
  if (settled.delivery === "pending" && leftMs > 0 && isReminderDue(condition, settled.leftMs, policy.remindAtMs, now))
    settled = { ...settled, leftMs };
  return settled;
}

export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** Whoever asks for a digest in the evening names the hour; what comes late to it respects quiet hours that came first. */
function isAskedFor({ severity }: Condition, { channel, evening, now }: Circumstances): boolean {
  if (evening === null) return false;
  return evening.madeAt.getTime() === now.getTime() || isKeptQuiet(channel.quietHours, severity, evening.dueAt);
}

/** Something graver is news by itself; what is less grave waits for the next repetition. */
function isOtherNews(condition: Condition, told: Told): boolean {
  return condition.severity === told.condition.severity && isOtherTrouble(condition, told.condition);
}

function answerFirst(condition: Condition, episode: Episode, { channel, policy, now }: Circumstances) {
  if (channel.refreshEveryMs === null && isFlapping(episode, policy, now)) return "flapping";
  return now.getTime() - episode.since.getTime() < holdOf(condition, policy) ? "held" : "first";
}

function answerAgain(condition: Condition, episode: Episode, told: Told, around: Circumstances) {
  const { channel, policy, evening, now } = around;
  // Graver trouble of another kind has to last as long as if nothing had been told before.
  if (rank(condition.severity) > rank(told.severity))
    return !isOtherTrouble(condition, told.condition) || now >= becameAt(condition, episode, policy)
      ? "escalated"
      : "held";
  if (channel.refreshEveryMs !== null)
    return isRefreshDue(told, channel, now) || isRetryDue(told, around) ? "refresh" : "unchanged";
  if (told.because === "flapping" && isStable(episode, policy, now)) return "repeat";
  if (isRetryDue(told, around)) return told.because;
  if (told.because === "flapping") return isGone(told, around) ? "flapping" : "unchanged";
  if (isFlapping(episode, policy, now)) return "flapping";
  if (isReminderDue(condition, told.leftMs, policy.remindAtMs, now)) return "reminder";
  if (evening !== null && endsBefore(condition, evening.until, now) && !isToldSince(evening, told)) return "evening";
  if (isOtherNews(condition, told) && now >= becameAt(condition, episode, policy)) return "changed";
  if (isGone(told, around)) return "repeat";
  const everyMs = repeatMs(condition, told, around);
  // Whoever did not get the last message yet needs no other that says the same.
  const isDue = everyMs !== null && told.delivery !== "pending" && now.getTime() - told.toldAt.getTime() >= everyMs;
  return isDue ? "repeat" : "unchanged";
}
