import type { Condition, Severity } from "./condition.ts";

/** Why somebody is told of a condition now. */
export const TOLD_BECAUSE = [
  "first",
  "escalated",
  "changed",
  "reminder",
  "repeat",
  "resolved",
  "unwatched",
  "eased",
  "flapping",
  "evening",
  "hidden",
] as const;
export type ToldBecause = (typeof TOLD_BECAUSE)[number];

/** Why nobody is told. */
export const NOT_TOLD_BECAUSE = [
  "held",
  "unchanged",
  "silenced",
  "quiet_hours",
  "below_severity",
  "not_matched",
  "unknown",
  "left_to_others",
] as const;
export type NotToldBecause = (typeof NOT_TOLD_BECAUSE)[number];

/** What was decided for one channel and condition, and why. */
export type Decision =
  | { readonly channel: string; readonly key: string; readonly told: ToldBecause }
  | { readonly channel: string; readonly key: string; readonly notTold: NotToldBecause };

/** One condition in a message. For `resolved`, `unwatched`, `eased` and `hidden` it is as it was when last told. */
export interface NotificationItem {
  /** `test` is what nobody decided: `notify test` made it up. */
  readonly because: ToldBecause | "test";
  readonly condition: Condition;
  /** What was told of it before, where that was another; a receiver that files by severity has to close that one. */
  readonly severityBefore?: Severity;
  /** Since when the condition holds, as far as observed. */
  readonly startsAt: Date;
  /** When it was found to be over, not watched any more, or no more for the eyes of this channel; null while it holds and is told. */
  readonly endsAt: Date | null;
  /** Known when it is sent only: it was over by then, and this is the first word of it. Null when nobody knows since when. */
  readonly overSince?: Date | null;
  /** For `unwatched`: the config still names it, but its home is gone. */
  readonly isGone?: true;
  /** What is left of it, for `eased`. */
  readonly left?: Pick<Condition, "severity" | "reason">;
}

/** One message to one channel. Plain data: it is kept in the outbox until delivered, and sent again after a crash. */
export interface Notification {
  /** Unique; receivers that know idempotency keys get it, so that a repeated delivery does no harm. */
  readonly id: string;
  readonly channel: string;
  readonly createdAt: Date;
  /** `resolved` when every item is. */
  readonly status: "firing" | "resolved";
  /** The gravest of its firing items, else of its resolved ones. */
  readonly severity: Severity;
  /** Worst first. */
  readonly items: readonly NotificationItem[];
}
