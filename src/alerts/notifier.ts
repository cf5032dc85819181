import type { AlertFigures, Outcome } from "../alert-figures.ts";
import type { Channel } from "../channels/channel.ts";
import { newId } from "../new-id.ts";
import type { Snapshot } from "../snapshot.ts";
import type { AlertStore } from "./alert-store.ts";
import type { BootNow } from "./boot.ts";
import { decideOn, observe } from "./decide-on.ts";
import { createDeliverer } from "./deliver.ts";
import { createFailover } from "./failover.ts";
import { decideAgainAt } from "./given-up.ts";
import { createTally } from "./tally.ts";
import { type Lifetime, UNWRITABLE } from "./lifetime.ts";
import { maskDetail } from "./mask-detail.ts";
import type { Message } from "./message.ts";
import type { Notification } from "./notification.ts";
import type { AlertPolicy, ChannelPolicy } from "./policy.ts";

/** Part of pino's logger, and easily made without it. */
export interface AlertLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface NotifierChannel {
  readonly policy: ChannelPolicy;
  readonly channel: Channel;
  /** When somebody last put a hand to its settings or secrets; null when nobody knows. */
  readonly changedAt?: () => Date | null;
}

/** What a reload may change. */
export interface NotifierSetup {
  readonly policy: AlertPolicy;
  readonly channels: readonly NotifierChannel[];
  readonly render: (notification: Notification, now: Date) => Message;
}

export interface NotifierOptions extends NotifierSetup {
  /** Closed by `stop`. */
  readonly store: AlertStore;
  readonly log: AlertLog;
  readonly now: () => Date;
  /** In [0, 1). */
  readonly random: () => number;
  readonly lifetime?: Exclude<Lifetime, "command">;
  /** See `DecideInput`. */
  readonly boot?: () => BootNow;
  /** Time alone may have changed what there is to tell: a check is worth while. Absent where none can be made. */
  readonly onDecisionDue?: () => void;
  /** After messages left, or could not. */
  readonly onChange?: () => void;
}

export interface Notifier {
  /** Decides who is told what, writes that down and begins to send. Never throws: a check must not fail for it. */
  handle(snapshot: Snapshot): void;
  /** Sends what is due and resolves, at the latest after so long; for a process that ends afterwards. */
  flush(deadlineMs: number): Promise<void>;
  /** Replaces policy and channels. What waits for a channel that is gone stays visible until it is too old. */
  reconfigure(setup: NotifierSetup): Promise<void>;
  /** When the next message may leave; null when none waits for a channel that is there. */
  nextAt(): Date | null;
  figures(): AlertFigures;
  /** Starts nothing more, gives what is under way so long, and closes channels and store. */
  stop(graceMs: number): Promise<void>;
}

/** A bug in deciding, which no other store would mend. */
class UndecidedError extends Error {}

const ATTEMPT_MS = 30_000;

/** A timer counts while the process runs, the clock also while the machine sleeps: so the clock is asked often. */
const LONGEST_SLEEP_MS = 60_000;
/** For what another process holds: not at once again. */
const SHORTEST_SLEEP_MS = 250;

/** Delivered and dead messages stay visible for so long. */
const KEEP_MS = 30 * 24 * 60 * 60_000;
const PRUNE_EVERY_MS = 60 * 60_000;

/** Where conditions become messages and messages leave. Persist, then deliver, then mark. */
export function createNotifier(options: NotifierOptions): Notifier {
  const { log, now, random, lifetime = "lasting" } = options;
  const failover = createFailover(options.store);
  const tally = createTally();
  let setup: NotifierSetup = options;
  let channels = openChannels(setup);
  let timer: NodeJS.Timeout | null = null;
  let prunedAt = Number.NEGATIVE_INFINITY;
  let isStopped = false;
  let hasChanged = false;
  let decisionAt: Date | null = null;
  let lastSnapshot: Snapshot | null = null;
  /** Something was given up in company, in a process where nobody checks again. */
  let isOwed = false;
  let lastFigures: AlertFigures | null = null;
  const warned = new Set<string>();

  const tellWarnings = (): void => {
    for (const warning of failover.store.warnings) {
      if (!warned.has(warning)) log.error({}, warning);
      warned.add(warning);
    }
  };
  const onStoreFailure = (error: unknown): void => {
    if (!failover.fail()) return;
    log.error({ err: error }, UNWRITABLE[lifetime]);
  };
  const withStore = <T>(work: (store: AlertStore) => T): T => {
    try {
      return work(failover.store);
    } catch (error) {
      if (error instanceof UndecidedError) throw error;
      onStoreFailure(error);
      return work(failover.store);
    }
  };

  const deliverer = createDeliverer({
    store: () => failover.store,
    channels: () => channels,
    maxAgeMs: () => setup.policy.maxAgeMs,
    render: (notification, at) => setup.render(notification, at),
    now,
    random,
    attemptMs: ATTEMPT_MS,
    onOutcome(outcome, notification, detail) {
      const { channel, createdAt } = notification;
      tally.countOutcome(channel, outcome);
      if (outcome === "delivered" || outcome === "partial")
        tally.addLatency(channel, now().getTime() - createdAt.getTime());
      // The next decision was foreseen before anybody knew.
      if (outcome === "refused" || outcome === "dead") {
        if (options.onDecisionDue === undefined) isOwed ||= notification.items.length > 1;
        else decisionAt = earliest(decisionAt, decideAgainAt(notification, now()));
      }
      hasChanged = true;
      logOutcome(log, outcome, notification, detail);
    },
    onStoreFailure,
    onIdle() {
      if (hasChanged) options.onChange?.();
      hasChanged = false;
      arm();
    },
  });

  const arm = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const times = isStopped ? [] : [deliverer.nextAt(), decisionAt].filter((at) => at !== null);
    if (times.length === 0) return;
    const nextMs = Math.min(...times.map((at) => at.getTime()));
    const waitMs = Math.min(LONGEST_SLEEP_MS, Math.max(SHORTEST_SLEEP_MS, nextMs - now().getTime()));
    timer = setTimeout(wake, waitMs).unref();
  };
  const wake = (): void => {
    deliverer.run().catch((error: unknown) => log.error({ err: error }, "unexpected error while sending"));
    if (decisionAt !== null && decisionAt <= now()) {
      decisionAt = null;
      options.onDecisionDue?.();
    }
    arm();
  };

  /** A run that cannot remember since when would wait for ever. */
  const policyInForce = (): AlertPolicy =>
    lifetime === "one_run" && !failover.isDurable ? { ...setup.policy, holdMs: {} } : setup.policy;

  const tellOf = (snapshot: Snapshot): void => {
    const observed = observe(snapshot, setup.policy);
    withStore((store) => {
      const decided = store.decide((memory) => {
        try {
          const { changes, nextAt, ...result } = decideOn({
            observed,
            memory,
            policy: policyInForce(),
            channels: setup.channels.map(toPolicy),
            changedAt: readChangedAt(setup),
            ...(options.boot === undefined ? {} : { boot: options.boot }),
            now: now(),
            newId,
          });
          // Nobody checks again in a process that ends.
          return { changes, result: { ...result, nextAt: options.onDecisionDue === undefined ? null : nextAt() } };
        } catch (cause) {
          throw new UndecidedError("nobody could be told", { cause });
        }
      });
      tally.countDecisions(decided.decisions);
      tally.setConditions(decided.holding);
      decisionAt = options.onDecisionDue === undefined ? null : earliest(decided.nextAt, snapshot.validUntil);
    });
    if (now().getTime() - prunedAt >= PRUNE_EVERY_MS) {
      prunedAt = now().getTime();
      withStore((store) => store.prune(new Date(prunedAt - KEEP_MS)));
    }
  };

  const readFigures = (): AlertFigures => {
    const configured = [...channels.keys()];
    return withStore((store) =>
      tally.figures({ store, isStoreUp: failover.isDurable, channels: configured, now: now() }),
    );
  };

  const handle = (snapshot: Snapshot): void => {
    if (isStopped) return;
    [lastSnapshot, isOwed] = [snapshot, false];
    try {
      if (failover.recover()) log.info({}, "the alerts' state is kept in its file again");
      tellOf(snapshot);
    } catch (error) {
      log.error({ err: error }, "unexpected error while deciding whom to tell; the next check decides again");
    }
    tellWarnings();
    wake();
  };

  tellWarnings();
  return {
    handle,
    async flush(deadlineMs) {
      const cut = setTimeout(() => {
        deliverer.stop(0).catch((error: unknown) => log.error({ err: error }, "unexpected error while stopping"));
      }, deadlineMs);
      await deliverer.run();
      // It is told anew by what was seen last.
      if (isOwed && lastSnapshot !== null) {
        handle(lastSnapshot);
        await deliverer.run();
      }
      clearTimeout(cut);
    },
    async reconfigure(changed) {
      const before = channels;
      setup = changed;
      channels = openChannels(changed);
      const kept = new Set(channels.values());
      await closeAll([...before.values()].filter((channel) => !kept.has(channel)));
      wake();
    },
    nextAt: () => deliverer.nextAt(),
    figures: () => lastFigures ?? readFigures(),
    async stop(graceMs) {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      await deliverer.stop(graceMs);
      await closeAll([...channels.values()]);
      failover.recover();
      // A check that ends meanwhile still asks.
      lastFigures = readFigures();
      failover.close();
    },
  };
}

function toPolicy({ policy }: NotifierSetup["channels"][number]): ChannelPolicy {
  return policy;
}

function earliest(a: Date | null, b: Date | null): Date | null {
  return a === null || (b !== null && b < a) ? b : a;
}

function openChannels(setup: NotifierSetup): ReadonlyMap<string, Channel> {
  return new Map(setup.channels.map(({ policy, channel }) => [policy.name, channel]));
}

function readChangedAt({ channels }: NotifierSetup): ReadonlyMap<string, Date> {
  const entries = channels.flatMap(({ policy, changedAt }) => {
    const at = changedAt?.() ?? null;
    return at === null ? [] : [[policy.name, at] as const];
  });
  return new Map(entries);
}

async function closeAll(channels: readonly Channel[]): Promise<void> {
  // What one of them says while closing is of no interest to the others, nor to anybody else.
  await Promise.allSettled(channels.map((channel) => channel.close()));
}

function logOutcome(log: AlertLog, outcome: Outcome, notification: Notification, detail: string): void {
  const { id, channel, severity, status, items } = notification;
  const fields = { channel, id, severity, status, items: items.length, detail: maskDetail(detail, notification) };
  if (outcome === "delivered") log.info(fields, "told");
  else if (outcome === "partial") log.warn(fields, "told, but not everybody");
  else if (outcome === "retried") log.warn(fields, "could not be told; trying again later");
  else log.error(fields, "given up; `agent-auth notify outbox` shows it");
}
