/** How much a condition matters, least first. */
export const SEVERITIES = ["info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/**
 * What kind of trouble it is. A profile that goes from `expiring` to `expired` stays the same condition: what changes
 * within a family is its reason and its severity, never its key.
 */
export const FAMILIES = [
  "expiry",
  "refresh",
  "unusable",
  "sharing",
  "answer",
  "fallback",
  "store",
  "installation",
  "remote",
] as const;
export type Family = (typeof FAMILIES)[number];

/** Something that needs attention, as of one snapshot. Plain data: it is stored and sent. */
export interface Condition {
  /** Stable over time and restarts: installation, owner or agent, profile and family. */
  readonly key: string;
  readonly installation: string;
  /** Its state directory, or the file of a login; only there can one see that it is gone. */
  readonly place?: string;
  /** Agent id, or the owner of the credential or store. */
  readonly agent: string;
  readonly provider: string | null;
  readonly profile: string | null;
  /** `~4026`: stands behind its name where that, masked or cut, is the name of another profile of this owner too. */
  readonly apart?: string;
  readonly family: Family;
  /** Verdict reason or reason code of a problem. */
  readonly reason: string;
  /** A reason whose hold time applies in place of that of `reason`: a dead end that is only a cooldown ends with it. */
  readonly heldLike?: string;
  readonly severity: Severity;
  /** When the credential ends or ended, or until when it is unusable; null when neither applies. */
  readonly expiresAt: Date | null;
  /** When it was known last what nobody knows now: when another host answered, or where it does, when it checked. */
  readonly knownAt?: Date;
  /** One sentence that says what it means: "agent ops cannot answer: its only anthropic credential expired". */
  readonly summary: string;
  /** The command that mends it, or a shell comment that says what does; null when nothing can be done. */
  readonly action: string | null;
  /** How that begins where it logs in at another host over SSH: `ssh -t ada@vps `, which the config names. */
  readonly login?: string;
}

/** True when it is trouble of another kind than it was: then something else mends it. */
export function isOtherTrouble(a: Condition, b: Condition): boolean {
  return a.reason !== b.reason || a.heldLike !== b.heldLike;
}

/**
 * What a look says of a home that nothing but a glob names. `gone` is one that the glob does not match though it matches
 * others beside it; what is named outright, or cannot be told from what is not mounted, is `unknown`.
 */
export type HomeSight = "there" | "gone" | "unknown";

/** What one snapshot says: the conditions that hold, and those of which nothing can be said. */
export interface ConditionSet {
  readonly conditions: readonly Condition[];
  /**
   * True for a condition of which this snapshot knows nothing, because its store or installation could not be read,
   * or is gone from a place that was not searched. Such a condition neither fires nor resolves.
   */
  isUnknown(key: string, place?: string): boolean;
  /** True for an unknown condition in a place that the config does not name any more, so that nobody will ever know. */
  isUnwatched(key: string, place?: string): boolean;
  /** Of an unknown condition: what became of the home in which it lay. */
  homeOf(key: string, place?: string): HomeSight;
}
