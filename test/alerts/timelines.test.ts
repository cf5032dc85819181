import { describe, expect, test } from "vitest";
import { credential, agent, host, installation, state, store, usage } from "../judge/reading-builder.ts";
import type { Credential, StoreState } from "../../src/credential.ts";
import type { HostReading } from "../../src/discovery/installation.ts";
import { problem } from "../../src/problem.ts";
import { after, DAY, HOUR, MINUTE, play, type World } from "./timeline.ts";
import { channel } from "./conditions-builder.ts";

const warnings = [channel({ minSeverity: "warning" })];

function ops(credentials: readonly Credential[], stored?: StoreState): HostReading {
  const own = store({ owner: "ops", credentials, ...(stored === undefined ? {} : { state: stored }) });
  return host(installation({ agents: [agent({ id: "ops", ownStore: own })] }));
}

function token(endMs: number, over: Partial<Credential> = {}): Credential {
  return credential({ expiry: { kind: "at", at: after(endMs) }, ...over });
}

function unreadable(credentials: readonly Credential[], readAtMs: number): HostReading {
  const own = store({
    owner: "ops",
    credentials,
    isUp: false,
    isStale: true,
    readAt: after(readAtMs),
    problems: [problem("bad_json", "/home/pat/.openclaw/x.json", "is no JSON")],
  });
  return host(installation({ agents: [agent({ id: "ops", ownStore: own })] }));
}

const see =
  (reading: HostReading) =>
  (world: World): void => {
    world.reading = reading;
  };

test("30 days of a login that refreshes itself every 8 hours: nobody is told anything", () => {
  const refreshes = Array.from({ length: 91 }, (_, index) => {
    const login = token((index + 1) * 8 * HOUR + 20 * MINUTE, { type: "oauth", hasRefresh: true });
    return [index * 8 * HOUR, see(ops([login]))] as const;
  });
  const { lines, snapshots } = play({ events: refreshes, lastMs: 30 * DAY });
  expect(lines).toEqual([]);
  expect(snapshots.length).toBeGreaterThan(8_600);
});

test("the last month of a token that lives a year", () => {
  const { lines } = play({
    events: [
      [0, see(ops([token(30 * DAY)]))],
      [30 * DAY + 10 * HOUR, see(ops([token(395 * DAY)]))],
    ],
    lastMs: 32 * DAY,
    channels: warnings,
  });
  expect(lines).toEqual([
    "29d mail: first warning expiring",
    "29d 18h mail: reminder warning expiring",
    "29d 23h mail: escalated critical expiring",
    "30d mail: first critical no_usable_credential + reminder critical expired",
    "30d 4h mail: repeat critical no_usable_credential + repeat critical expired",
    "30d 8h mail: repeat critical no_usable_credential + repeat critical expired",
    "30d 10h mail: resolved critical no_usable_credential + resolved critical expired",
  ]);
});

test("a lock for want of money, and its end", () => {
  const locked = state({
    usage: new Map([
      ["anthropic:manual", usage({ disabled: { until: after(7 * HOUR), reason: "billing", model: null } })],
    ]),
  });
  const { lines } = play({
    events: [
      [0, see(ops([credential()]))],
      [2 * HOUR, see(ops([credential()], locked))],
    ],
    lastMs: DAY,
    channels: warnings,
  });
  expect(lines).toEqual([
    "2h mail: first critical no_usable_credential + first warning disabled",
    "6h mail: repeat critical no_usable_credential",
    "7h mail: resolved critical no_usable_credential + resolved warning disabled",
  ]);
});

describe("cooldowns", () => {
  const cooling = (fromMs: number, toMs: number): readonly [number, (world: World) => void] => [
    fromMs,
    see(
      ops(
        [credential()],
        state({
          usage: new Map([
            ["anthropic:manual", usage({ cooldown: { until: after(toMs), reason: "rate_limit", model: null } })],
          ]),
        }),
      ),
    ),
  ];

  test("a short one is not worth a word, though the agent cannot answer meanwhile", () => {
    expect(play({ events: [cooling(0, 14 * MINUTE)], lastMs: HOUR, everyMs: MINUTE }).lines).toEqual([]);
  });

  test("one that lasts is told after a quarter of an hour", () => {
    const { lines } = play({ events: [cooling(0, 30 * MINUTE)], lastMs: HOUR, everyMs: MINUTE, channels: warnings });
    expect(lines).toEqual([
      "15m mail: first critical no_usable_credential",
      "16m mail: first warning cooldown",
      "30m mail: resolved critical no_usable_credential + resolved warning cooldown",
    ]);
  });
});

test("a store that cannot be read is told once it lasts, and what it held is neither told nor taken back", () => {
  const held = [token(90 * MINUTE)];
  const { lines } = play({
    events: [
      [0, see(ops(held))],
      [10 * MINUTE, see(unreadable(held, 5 * MINUTE))],
      [3 * HOUR, see(ops([token(300 * DAY)]))],
    ],
    lastMs: 5 * HOUR,
    channels: warnings,
  });
  expect(lines).toEqual([
    "0s mail: first warning expiring",
    "20m mail: first warning bad_json",
    "30m mail: escalated critical expiring",
    "1h 10m mail: escalated critical bad_json",
    "1h 30m mail: first critical no_usable_credential + reminder critical expired",
    "3h mail: resolved critical no_usable_credential + resolved critical bad_json + resolved critical expired",
  ]);
});

test("a store that flaps is told once as flapping, then its state once it has settled", () => {
  const good = ops([credential()]);
  const flips = Array.from({ length: 24 }, (_, index) => {
    const atMs = index * 10 * MINUTE;
    return [atMs, see(index % 2 === 0 ? unreadable([credential()], atMs) : good)] as const;
  });
  const { lines } = play({
    events: flips,
    lastMs: 8 * HOUR,
    channels: warnings,
    policy: { flapping: { changes: 4, withinMs: HOUR } },
  });
  expect(lines).toEqual(["40m mail: flapping warning bad_json", "4h 50m mail: resolved warning bad_json"]);
});
