import { type AlertFigures, LATENCY_LIMITS, type Outcome } from "../alert-figures.ts";
import type { AlertStore } from "./alert-store.ts";
import { type Condition, SEVERITIES, type Severity } from "./condition.ts";
import { type Decision, NOT_TOLD_BECAUSE, type NotToldBecause } from "./notification.ts";

/** Counts since the start what the metrics show. */
export interface Tally {
  countOutcome(channel: string, outcome: Outcome): void;
  /** Something arrived, so long after it was written down. */
  addLatency(channel: string, latencyMs: number): void;
  countDecisions(decisions: readonly Decision[]): void;
  setConditions(conditions: readonly Condition[]): void;
  figures(now: {
    readonly store: AlertStore;
    readonly isStoreUp: boolean;
    readonly channels: readonly string[];
    readonly now: Date;
  }): AlertFigures;
}

interface Counts {
  readonly outcomes: Record<Outcome, number>;
  readonly suppressed: Map<NotToldBecause, number>;
  readonly latency: { within: readonly number[]; count: number; sumSeconds: number };
}

export function createTally(): Tally {
  const channels = new Map<string, Counts>();
  let conditions = new Map<Severity, number>(SEVERITIES.map((severity) => [severity, 0]));
  let suppressedBefore: ReadonlyMap<string, NotToldBecause> = new Map();

  const countsOf = (channel: string): Counts => {
    const known = channels.get(channel) ?? {
      outcomes: { delivered: 0, partial: 0, retried: 0, refused: 0, dead: 0 },
      suppressed: new Map(NOT_TOLD_BECAUSE.map((reason) => [reason, 0])),
      latency: { within: LATENCY_LIMITS.map(() => 0), count: 0, sumSeconds: 0 },
    };
    channels.set(channel, known);
    return known;
  };

  return {
    countOutcome(channel, outcome) {
      countsOf(channel).outcomes[outcome] += 1;
    },
    addLatency(channel, latencyMs) {
      const { latency } = countsOf(channel);
      // A clock that was set back meanwhile makes it no less than nothing.
      const seconds = Math.max(0, latencyMs / 1_000);
      latency.within = latency.within.map((count, place) => count + Number(seconds <= (LATENCY_LIMITS[place] ?? 0)));
      latency.count += 1;
      latency.sumSeconds += seconds;
    },
    countDecisions(decisions) {
      const suppressed = new Map<string, NotToldBecause>();
      for (const decision of decisions) {
        if (!("notTold" in decision)) continue;
        const { channel, key, notTold } = decision;
        const id = `${channel}\n${key}`;
        suppressed.set(id, notTold);
        // Every check decides again; only a change of the reason is news.
        if (suppressedBefore.get(id) === notTold) continue;
        const counts = countsOf(channel).suppressed;
        counts.set(notTold, (counts.get(notTold) ?? 0) + 1);
      }
      suppressedBefore = suppressed;
    },
    setConditions(found) {
      conditions = new Map(
        SEVERITIES.map((severity) => [severity, found.filter((condition) => condition.severity === severity).length]),
      );
    },
    figures({ store, isStoreUp, channels: configured, now }) {
      const stats = new Map(store.stats().map((row) => [row.channel, row]));
      const names = new Set([...configured, ...stats.keys()]);
      return {
        channels: [...names].map((channel) => ({
          channel,
          ...countsOf(channel),
          pending: stats.get(channel)?.pending ?? 0,
          dead: stats.get(channel)?.dead ?? 0,
          oldestPendingAt: stats.get(channel)?.oldestPendingAt ?? null,
        })),
        conditions,
        silences: store.silences().filter(({ startsAt, endsAt }) => startsAt <= now && now < endsAt).length,
        isStoreUp,
      };
    },
  };
}
