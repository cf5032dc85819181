import type { Outcome } from "../alert-figures.ts";
import type { Channel, Delivery } from "../channels/channel.ts";
import type { AlertStore, OutboxEntry } from "./alert-store.ts";
import { asOfNow } from "./as-of-now.ts";
import { attempt } from "./attempt.ts";
import { backoffMs, boundRetryAfter } from "./backoff.ts";
import { afterFailure, type Circuit, CLOSED, isOpen, waitsUntil } from "./circuit.ts";
import type { Message } from "./message.ts";
import type { Notification } from "./notification.ts";
import { STRANGER_KEEP_MS } from "./policy.ts";

/*
 * Delivery is at least once. A message is kept before it is sent and marked after it was, so a process that dies between
 * the two sends it again, with the same id, as soon as its claim has ended. Nothing that was kept is ever skipped: it is
 * delivered, or given up visibly after a refusal or when it is too old.
 */

export interface DeliverOptions {
  /** Asked each time, because a store that fails is replaced. */
  readonly store: () => AlertStore;
  readonly channels: () => ReadonlyMap<string, Channel>;
  readonly maxAgeMs: () => number;
  readonly render: (notification: Notification, now: Date) => Message;
  readonly now: () => Date;
  /** In [0, 1). */
  readonly random: () => number;
  /** One attempt may take so long. */
  readonly attemptMs: number;
  readonly onOutcome: (outcome: Outcome, notification: Notification, detail: string) => void;
  /** The store threw; what `store` gives afterwards is tried once more. */
  readonly onStoreFailure: (error: unknown) => void;
  /** A channel has nothing more to do for now. */
  readonly onIdle: () => void;
}

export interface Deliverer {
  /** Sends what is due, all channels side by side and one message at a time in each; resolves when nothing is due. */
  run(): Promise<void>;
  /** When there will be something to send; null when nothing waits for a channel that is there. */
  nextAt(): Date | null;
  /** Starts nothing more; what is under way gets so long, is then cut off and stays in the outbox. */
  stop(graceMs: number): Promise<void>;
}

/** A claim outlives the attempt that it is for by this, so that nobody else starts while it is being marked. */
const CLAIM_MARGIN_MS = 15_000;

type Mark = (store: AlertStore) => void;

/** Takes messages out of the outbox and sends them. Never rejects: what goes wrong is kept, counted and tried again. */
export function createDeliverer(options: DeliverOptions): Deliverer {
  const { now, random, attemptMs } = options;
  /** A channel that is opened anew, with another config, begins without its past. */
  const circuits = new WeakMap<Channel, Circuit>();
  const draining = new Map<string, Promise<void>>();
  /** Sent, but not marked because the store failed; sending them again is what marking them prevents. */
  const unmarked = new Map<string, Mark>();
  // Made for the first attempt: mostly there is nothing to send, and Node loads such a thing late.
  let stop: AbortController | null = null;
  let isStopping = false;

  const circuitOf = (name: string): Circuit => {
    const channel = options.channels().get(name);
    return (channel === undefined ? null : circuits.get(channel)) ?? CLOSED;
  };

  const withStore = <T>(work: (store: AlertStore) => T): T | null => {
    for (let round = 0; round < 2; round += 1) {
      try {
        return work(options.store());
      } catch (error) {
        options.onStoreFailure(error);
      }
    }
    return null;
  };

  const mark = (id: string, write: Mark): void => {
    unmarked.set(id, write);
    withStore(markAll);
  };
  const markAll = (store: AlertStore): void => {
    for (const [id, write] of unmarked) {
      write(store);
      unmarked.delete(id);
    }
  };

  const claim = (name: string): OutboxEntry | null =>
    withStore((store) => {
      markAll(store);
      // A channel that fails with some messages may take another.
      const order = isOpen(circuitOf(name)) ? "least_tried" : "gravest";
      return store.claim({ now: now(), leaseMs: attemptMs + CLAIM_MARGIN_MS, channels: [name], order });
    });

  const conclude = (channel: Channel, { notification, attempts }: OutboxEntry, delivery: Delivery): void => {
    const { id, createdAt } = notification;
    const { detail } = delivery;
    const at = now();
    const circuit = circuits.get(channel) ?? CLOSED;
    if (delivery.kind !== "retry") {
      const isDelivered = delivery.kind === "delivered";
      // Who refuses one message after another is not to be asked about each of hundreds.
      const failure = { id, retryAfterMs: null, now: at };
      circuits.set(channel, isDelivered ? CLOSED : afterFailure(circuit, failure, random));
      mark(id, (store) => (isDelivered ? store.markDelivered(id, at, detail) : store.markDead(id, at, detail)));
      options.onOutcome(isDelivered && delivery.isPartial === true ? "partial" : delivery.kind, notification, detail);
      return;
    }
    if (isStopping && stop?.signal.aborted === true) {
      mark(id, (store) => store.markRetry(id, at, detail));
      return;
    }
    circuits.set(channel, afterFailure(circuit, { id, retryAfterMs: delivery.retryAfterMs, now: at }, random));
    if (at.getTime() - createdAt.getTime() > options.maxAgeMs()) {
      mark(id, (store) => store.markDead(id, at, detail));
      options.onOutcome("dead", notification, detail);
      return;
    }
    const waitMs = Math.max(backoffMs(attempts + 1, random), boundRetryAfter(delivery.retryAfterMs));
    mark(id, (store) => store.markRetry(id, new Date(at.getTime() + waitMs), detail));
    options.onOutcome("retried", notification, detail);
  };

  const drain = async (name: string): Promise<void> => {
    for (;;) {
      const channel = options.channels().get(name);
      if (isStopping || channel === undefined) return;
      if (waitsUntil(circuitOf(name), now()) !== null) return;
      const entry = claim(name);
      if (entry === null) return;
      const notification = withStore((store) => asOfNow(entry.notification, store, now()));
      const { render } = options;
      const sent = await attempt({
        channel,
        notification: notification ?? entry.notification,
        render,
        now: now(),
        deadlineMs: attemptMs,
        stop: (stop ??= new AbortController()).signal,
      });
      conclude(channel, entry, sent);
    }
  };

  /** What waits for a channel that is gone, or for one that fails all the time, is not tried any more at some point. */
  const giveUpOld = (): void => {
    const at = now();
    withStore((store) => {
      for (const { notification } of store.waitingSinceBefore(new Date(at.getTime() - options.maxAgeMs()))) {
        const { id, channel, createdAt } = notification;
        if (draining.has(channel)) continue;
        const isHopeful = options.channels().has(channel)
          ? !isOpen(circuitOf(channel))
          : at.getTime() - createdAt.getTime() < STRANGER_KEEP_MS;
        if (isHopeful) continue;
        store.markDead(id, at, "too old");
        options.onOutcome("dead", notification, "too old");
      }
    });
  };

  return {
    async run() {
      if (isStopping) return;
      giveUpOld();
      for (const name of options.channels().keys()) {
        if (draining.has(name)) continue;
        const drained = drain(name).finally(() => {
          draining.delete(name);
          options.onIdle();
        });
        draining.set(name, drained);
      }
      await Promise.all(draining.values());
    },
    nextAt() {
      const waits = [...options.channels().keys()].flatMap((name) => {
        if (draining.has(name)) return [];
        const due = withStore((store) => store.nextDueAt([name]));
        const gate = waitsUntil(circuitOf(name), now());
        return due === null ? [] : [Math.max(due.getTime(), gate?.getTime() ?? 0)];
      });
      return waits.length === 0 ? null : new Date(Math.min(...waits));
    },
    async stop(graceMs) {
      isStopping = true;
      const timer = setTimeout(() => stop?.abort(), graceMs);
      await Promise.all(draining.values());
      clearTimeout(timer);
      withStore(markAll);
    },
  };
}
