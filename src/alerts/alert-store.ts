import type { Boot } from "./boot.ts";
import type { Condition, Severity } from "./condition.ts";
import type { Notification, ToldBecause } from "./notification.ts";

/** What a channel was last told of a condition. */
export interface Told {
  readonly channel: string;
  readonly key: string;
  readonly state: "firing" | "resolved";
  readonly because: ToldBecause;
  readonly severity: Severity;
  /**
   * How long the credential still lasted when that was told, in milliseconds: the next reminder is due at the first time
   * before the end that is shorter, whatever times are asked for by then. Null for what had no end to remind of.
   */
  readonly leftMs: number | null;
  readonly toldAt: Date;
  /** When it was handed over for the first time in this episode. */
  readonly startsAt: Date;
  /** The message that carries it. */
  readonly notificationId: string;
  /** `pending` until that message left, `dead` when it was given up, `dropped` when somebody took it out by hand. */
  readonly delivery: "pending" | "delivered" | "dead" | "dropped";
  /** Whether the last of what arrived there about it said that it holds. */
  readonly isBelieved: boolean;
  /** As it was told, for the resolve. */
  readonly condition: Condition;
}

/** Since when a condition holds, and how often it came and went. */
export interface Episode {
  readonly key: string;
  /** When it was first seen in this episode. */
  readonly since: Date;
  /** Null while it holds. */
  readonly endedAt: Date | null;
  /** It ended because nobody looks any more, or its home is gone for long; whether it goes on is not known. */
  readonly isUnwatched: boolean;
  /** Instants at which it began, became other trouble or ended lately, oldest first; for flapping. */
  readonly changes: readonly Date[];
  /** As it was last seen, for a resolve that nobody was told of yet. */
  readonly condition: Condition;
  /** Absent while the home in which it lies is there, and where that cannot be told. */
  readonly gone?: Gone;
}

/** That a home which only a glob names was not there when one looked. */
export interface Gone {
  /** For how long, as far as somebody looked. */
  readonly forMs: number;
  /** The last look that found it gone. */
  readonly at: Date;
}

export interface Silence {
  readonly id: string;
  /** Label to glob: installation, agent, provider, profile, reason, severity. */
  readonly matchers: Readonly<Record<string, string>>;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly comment: string;
}

/** A look at a place that told something of it. */
export interface Look {
  readonly place: string;
  /** By which config; see `AlertPolicy`. Empty for one of an older version, which did not write that down. */
  readonly scope: string;
  /** The last one, when it began. */
  readonly at: Date;
}

/** How a condition ended that does not hold any more. */
export interface Ending {
  /** Null for what was forgotten since. */
  readonly at: Date | null;
  readonly isUnwatched: boolean;
  /** It is not watched any more since its home is gone. */
  readonly isGone?: true;
}

/** Everything that one decision needs of the past. */
export interface AlertMemory {
  readonly told: readonly Told[];
  readonly episodes: readonly Episode[];
  readonly silences: readonly Silence[];
  /** Channel to when its evening digest was last made. */
  readonly evenings: ReadonlyMap<string, Date>;
  /** The last look of each config at each place. */
  readonly seen?: readonly Look[];
  /** Null before anything was shown on a screen. */
  readonly boot?: Boot | null;
  /** Of each channel the newest message that nobody has begun to send. */
  readonly waiting?: readonly NewMessage[];
  /** Ids of waiting messages that somebody sends or tried to send: for all anybody knows they arrived. */
  readonly begun?: ReadonlySet<string>;
}

/** What a decision changes; written in one transaction, before anything is sent. */
export interface AlertChanges {
  readonly told: readonly Told[];
  /** Keys whose told rows and episodes are over and can go. */
  readonly forgotten: readonly { readonly channel: string; readonly key: string }[];
  readonly episodes: readonly Episode[];
  readonly endedEpisodes: readonly string[];
  readonly evenings: ReadonlyMap<string, Date>;
  /** Old key to new, for what waits about it; done first. */
  readonly renamed?: ReadonlyMap<string, string>;
  /** Places that were looked at. */
  readonly seen?: readonly Look[];
  readonly boot?: Boot;
  /** One of the id of a message that nobody has begun to send takes its place. */
  readonly notifications: readonly NewMessage[];
  /** Messages still waiting that must not leave any more. */
  readonly dropped: readonly string[];
}

/** A message, and when it may leave at the earliest. */
export interface NewMessage {
  readonly notification: Notification;
  readonly notBefore: Date;
  /** Says nothing new: neither the history nor, once delivered, the outbox keeps it. */
  readonly isRefresh?: boolean;
}

export interface OutboxEntry {
  readonly notification: Notification;
  readonly state: "pending" | "delivered" | "dead";
  readonly attempts: number;
  readonly nextAttemptAt: Date;
  /** The last answer, clean of secrets. */
  readonly lastDetail: string | null;
  /** Until when somebody sends it; not there when nobody does. */
  readonly claimedUntil?: Date;
}

export interface OutboxStats {
  readonly channel: string;
  readonly pending: number;
  readonly dead: number;
  readonly oldestPendingAt: Date | null;
}

/** One condition in a message that arrived, for the record. */
export interface HistoryEntry {
  /** When it arrived. */
  readonly at: Date;
  readonly channel: string;
  readonly key: string;
  readonly because: ToldBecause;
  readonly severity: Severity;
  readonly notificationId: string;
}

/** One row as it is stored, by column. */
export type StoreRow = Readonly<Record<string, unknown>>;

/** The rows of every table. */
export type StoreRows = ReadonlyMap<string, readonly StoreRow[]>;

/**
 * The state of the alerts in one SQLite file, shared by all processes of this user. Every method is atomic and durable
 * when it returns.
 */
export interface AlertStore {
  /** Reads the memory, lets `work` decide, and writes its changes, all in one exclusive transaction. */
  decide<T>(work: (memory: AlertMemory) => { readonly changes: AlertChanges; readonly result: T }): T;
  /** The same memory, read without the right to change it; works on a full disk too. */
  memory(): AlertMemory;
  /**
   * Takes a message that is due for a while, so that no other process sends it too; null when none is. Gravest first,
   * unless what was tried least is asked for, then oldest; a message waits for an older one that speaks of the same condition, unless it tells of something graver
   * while that one is between two attempts. The end of what never arrived there is left out.
   */
  claim(options: {
    readonly now: Date;
    readonly leaseMs: number;
    readonly channels: readonly string[];
    readonly order?: "gravest" | "least_tried";
  }): OutboxEntry | null;
  markDelivered(id: string, at: Date, detail: string): void;
  markRetry(id: string, nextAttemptAt: Date, detail: string): void;
  markDead(id: string, at: Date, detail: string): void;
  /** Those of these conditions that do not hold any more, or that nobody watches. */
  endings(keys: readonly string[]): ReadonlyMap<string, Ending>;
  /** When the next message, of these channels or of all, is due or its claim ends; null when none waits. */
  nextDueAt(channels?: readonly string[]): Date | null;
  /** Messages that wait since before this, oldest first. */
  waitingSinceBefore(before: Date): readonly OutboxEntry[];
  outbox(): readonly OutboxEntry[];
  /** Makes a dead or waiting message due at once; false when there is none of that id, or somebody sends it now. */
  retry(id: string, at: Date): boolean;
  /** Gives up a dead or waiting message; false as for `retry`. */
  drop(id: string, at: Date): boolean;
  stats(): readonly OutboxStats[];
  silences(): readonly Silence[];
  addSilence(silence: Silence): void;
  expireSilence(id: string, at: Date): boolean;
  /** Who got told what, latest first; the last few thousand are kept. */
  history(limit: number): readonly HistoryEntry[];
  /** Forgets messages that were delivered or given up before this, and silences that ended before. */
  prune(before: Date): void;
  /** Everything in it, for `merge` of another store; works on a full disk too. */
  dump(): StoreRows;
  /**
   * Brings over what happened in another store since `base` was dumped from it; all of it for null. What happened here
   * meanwhile is kept where it is newer.
   */
  merge(base: StoreRows | null, rows: StoreRows): void;
  /** One sentence for each thing that went wrong so far: a corrupt or newer file was set aside, a row was dropped. */
  readonly warnings: readonly string[];
  /** False when the file cannot be used and everything is kept in memory only. */
  readonly isDurable: boolean;
  close(): void;
}
