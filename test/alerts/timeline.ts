import type { AlertMemory, Silence } from "../../src/alerts/alert-store.ts";
import type { BootNow } from "../../src/alerts/boot.ts";
import type { ConditionSet } from "../../src/alerts/condition.ts";
import { findConditions } from "../../src/alerts/conditions.ts";
import { decide } from "../../src/alerts/decide.ts";
import { applyChanges, applyDelivery, EMPTY_MEMORY } from "../../src/alerts/memory.ts";
import type { Decision, Notification } from "../../src/alerts/notification.ts";
import { type AlertPolicy, type ChannelPolicy, DEFAULT_ALERT_POLICY } from "../../src/alerts/policy.ts";
import type { HostReading } from "../../src/discovery/installation.ts";
import { formatDuration } from "../../src/duration.ts";
import { judge } from "../../src/judge/judge.ts";
import { DEFAULT_POLICY } from "../../src/policy.ts";
import type { Snapshot } from "../../src/snapshot.ts";
import { channel, setOf } from "./conditions-builder.ts";

export const START = new Date("2026-03-01T12:00:00Z");
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** An instant so many milliseconds after the start of a time line. */
export function after(ms: number): Date {
  return new Date(START.getTime() + ms);
}

/** What an event can change. */
export interface World {
  /** What a look at the host finds; judged anew in every cycle. */
  reading: HostReading | null;
  /** Stands in for a judged reading where a test speaks of conditions alone. */
  conditions: ConditionSet;
  /** How far the clock is off. */
  clockOffMs: number;
  /** Messages stay on their way. */
  isRelayDown: boolean;
  silences: readonly Silence[];
  /** Gives up what is on its way. */
  giveUp: boolean;
  /** When somebody last put a hand to the channels' settings or secrets. */
  changedAt: Date | null;
  /** The boot that the machine is in. */
  boot: BootNow;
  /** What a reload of the config changed. */
  policy: Partial<AlertPolicy>;
}

export interface Timeline {
  readonly events: readonly (readonly [atMs: number, change: (world: World) => void])[];
  readonly lastMs: number;
  readonly everyMs?: number;
  readonly channels?: readonly ChannelPolicy[];
  readonly policy?: Partial<AlertPolicy>;
  /** Everything remembered goes through JSON after every cycle, as if each were another process. */
  readonly restarts?: boolean;
}

export interface Told {
  readonly atMs: number;
  readonly now: Date;
  readonly notification: Notification;
}

export interface Played {
  readonly messages: readonly Told[];
  /** `2h: mail first warning openclaw/ops/expiry/anthropic:default`, items of one message joined by ` + `. */
  readonly lines: readonly string[];
  readonly decisions: readonly { readonly atMs: number; readonly decision: Decision }[];
  readonly dropped: readonly string[];
  readonly snapshots: readonly Snapshot[];
  readonly memory: AlertMemory;
}

/** Plays events against the real judge and decision, one cycle every five minutes and one at each event. */
export function play(timeline: Timeline): Played {
  const { events, lastMs, everyMs = 5 * MINUTE, channels = [channel()], restarts = false } = timeline;
  const world: World = {
    reading: null,
    conditions: setOf([]),
    clockOffMs: 0,
    isRelayDown: false,
    silences: [],
    giveUp: false,
    changedAt: null,
    boot: { id: "first" },
    policy: {},
  };
  const times = new Set(events.map(([atMs]) => atMs));
  for (let atMs = 0; atMs <= lastMs; atMs += everyMs) times.add(atMs);
  let memory = EMPTY_MEMORY;
  let outbox: readonly Notification[] = [];
  let observed = new Map<string, Date>();
  const messages: Told[] = [];
  const decisions: Played["decisions"][number][] = [];
  const dropped: string[] = [];
  const snapshots: Snapshot[] = [];
  for (const atMs of [...times].toSorted((a, b) => a - b)) {
    for (const [eventMs, change] of events) if (eventMs === atMs) change(world);
    const now = after(atMs + world.clockOffMs);
    const policy = { ...DEFAULT_ALERT_POLICY, ...timeline.policy, ...world.policy };
    if (world.reading !== null) {
      const known = observed;
      const judged = judge(
        world.reading,
        {
          policy: DEFAULT_POLICY,
          observations: { since: (key) => known.get(key) ?? null },
          home: "/home/pat",
          readAt: now,
        },
        now,
      );
      observed = new Map([...judged.observed].map((key) => [key, known.get(key) ?? now]));
      snapshots.push(judged.snapshot);
      world.conditions = findConditions(judged.snapshot, policy.remindAtMs);
    }
    memory = { ...memory, silences: world.silences };
    let made = 0;
    const newId = (): string => `${atMs}-${made++}`;
    const { conditions, changedAt } = world;
    const { changes, result } = decide({
      conditions,
      memory,
      policy,
      channels,
      changedAt: new Map(changedAt === null ? [] : channels.map(({ name }) => [name, changedAt])),
      boot: () => world.boot,
      now,
      newId,
    });
    memory = { ...applyChanges(memory, changes), boot: changes.boot ?? memory.boot ?? null };
    decisions.push(...result.map((decision) => ({ atMs, decision })));
    messages.push(...changes.notifications.map(({ notification }) => ({ atMs, now, notification })));
    dropped.push(...changes.dropped);
    outbox = [...outbox, ...changes.notifications.map(({ notification }) => notification)].filter(
      ({ id }) => !changes.dropped.includes(id),
    );
    if (world.giveUp || !world.isRelayDown) {
      for (const one of outbox) memory = applyDelivery(memory, one, world.giveUp ? "dead" : "delivered");
      outbox = [];
    }
    if (restarts) memory = throughJson(memory);
  }
  return { messages, lines: messages.map(describe), decisions, dropped, snapshots, memory };
}

function describe({ atMs, notification: { channel: name, items } }: Told): string {
  const told = items.map(({ because, condition }) => `${because} ${condition.severity} ${condition.reason}`);
  return `${formatDuration(atMs)} ${name}: ${told.join(" + ")}`;
}

const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function throughJson(memory: AlertMemory): AlertMemory {
  const text = JSON.stringify({ ...memory, evenings: [...memory.evenings] });
  const read: AlertMemory & { evenings: Iterable<readonly [string, Date]> } = JSON.parse(text, (_key, value: unknown) =>
    typeof value === "string" && DATE.test(value) ? new Date(value) : value,
  );
  return { ...read, evenings: new Map(read.evenings) };
}
