import type { Severity } from "./condition.ts";

/** When somebody is told, for all channels. Durations in milliseconds. */
export interface AlertPolicy {
  /** Before the end of a credential, longest first; at the end itself there is always one more. */
  readonly remindAtMs: readonly number[];
  /** While nothing changes; null is never. */
  readonly repeatEveryMs: Readonly<Record<Severity, number | null>>;
  /** How long a condition must hold before it counts, by reason; 0 for reasons not named. */
  readonly holdMs: Readonly<Record<string, number>>;
  /** More changes than this within that time are told once, as flapping. */
  readonly flapping: { readonly changes: number; readonly withinMs: number };
  /** How long a first message may wait for others to join it. */
  readonly groupWaitMs: number;
  /** A message that could not be delivered for so long is given up, visibly. */
  readonly maxAgeMs: number;
  /** What becomes of a firing that never left when its condition is over: told late with its resolve, or dropped with it. */
  readonly undelivered: "send" | "drop";
  /**
   * Tells the configs apart that share one state: what this one does not name any more is over for it at once, and left
   * to another that watched it lately. Empty where there is only one.
   */
  readonly scope?: string;
}

/** Globs; a condition matches when every field that is given matches. */
export interface Matcher {
  readonly installation?: string;
  readonly agent?: string;
  readonly provider?: string;
  readonly reason?: string;
}

/** Times of day as `HH:MM` in an IANA time zone or `LOCAL_ZONE`; `from` may be later than `to`, over midnight. */
export interface QuietHours {
  readonly from: string;
  readonly to: string;
  readonly timezone: string;
}

/** A digest of what expires during the night, sent in the evening. */
export interface EveningDigest {
  readonly at: string;
  readonly until: string;
  readonly timezone: string;
}

/** What one channel wants to hear. */
export interface ChannelPolicy {
  readonly name: string;
  readonly minSeverity: Severity;
  /** Any of them suffices; none at all matches everything. */
  readonly match: readonly Matcher[];
  readonly sendResolved: boolean;
  /** Critical passes; the rest is delivered as one digest afterwards. */
  readonly quietHours: QuietHours | null;
  readonly evening: EveningDigest | null;
  /**
   * Set for a receiver that forgets what it is not told again (Alertmanager): every firing condition is sent again
   * after this time, unchanged.
   */
  readonly refreshEveryMs: number | null;
  /**
   * Set for a receiver that shows what holds until it is taken away, such as a phone: nothing stays there that is over or
   * silenced.
   */
  readonly isScreen?: true;
}

/** Stands in while nothing is configured: everything from warning on, at any time. */
export const DEFAULT_CHANNEL: ChannelPolicy = {
  name: "default",
  minSeverity: "warning",
  match: [],
  sendResolved: true,
  quietHours: null,
  evening: null,
  refreshEveryMs: null,
};

/**
 * How long what belongs to a channel that this config does not name is left alone: it may be that of another process,
 * with another config, which shares the state.
 */
export const STRANGER_KEEP_MS = 7 * 86_400_000;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const DEFAULT_ALERT_POLICY: AlertPolicy = {
  remindAtMs: [DAY, 6 * HOUR, HOUR],
  repeatEveryMs: { critical: 4 * HOUR, warning: DAY, info: null },
  holdMs: {
    cooldown: 15 * MINUTE,
    not_found: 10 * MINUTE,
    permission_denied: 10 * MINUTE,
    not_regular: 10 * MINUTE,
    too_large: 10 * MINUTE,
    bad_json: 10 * MINUTE,
    wrong_shape: 10 * MINUTE,
    sqlite_busy: 10 * MINUTE,
    sqlite_corrupt: 10 * MINUTE,
    sqlite_no_table: 10 * MINUTE,
    empty_file: 10 * MINUTE,
    symlink_loop: 10 * MINUTE,
    unreachable: 10 * MINUTE,
  },
  flapping: { changes: 6, withinMs: HOUR },
  groupWaitMs: 10_000,
  maxAgeMs: 3 * DAY,
  undelivered: "send",
};
