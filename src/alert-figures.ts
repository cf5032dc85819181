/**
 * What became of attempts to deliver: `partial` when some recipients were refused for good and the others have it,
 * `refused` by the other side for good, `dead` because the message is too old.
 */
export const OUTCOMES = ["delivered", "partial", "retried", "refused", "dead"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What the metrics show of the alerts. */
export interface AlertFigures {
  /** Every channel of the config, and those gone from it that still have messages. */
  readonly channels: readonly ChannelFigures[];
  /** Conditions that hold, by severity; each severity is there. */
  readonly conditions: ReadonlyMap<string, number>;
  /** Silences in force. */
  readonly silences: number;
  /** Whether what is told is kept in a file. */
  readonly isStoreUp: boolean;
}

/** Limits of the latency's buckets in seconds: from at once to a relay that was down for a day. */
export const LATENCY_LIMITS = [0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200, 86_400] as const;

export interface Latency {
  /** How many took no longer than the limit of the same place. */
  readonly within: readonly number[];
  readonly count: number;
  readonly sumSeconds: number;
}

export interface ChannelFigures {
  readonly channel: string;
  /** Attempts since the start. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** By reason, each of them there: how often a condition began not to be told for it. */
  readonly suppressed: ReadonlyMap<string, number>;
  /** From a message being written down to its arrival, in seconds. */
  readonly latency: Latency;
  readonly pending: number;
  readonly dead: number;
  readonly oldestPendingAt: Date | null;
}
