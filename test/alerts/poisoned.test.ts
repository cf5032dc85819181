import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Channel } from "../../src/channels/channel.ts";
import type { Message } from "../../src/alerts/message.ts";
import type { Notification } from "../../src/alerts/notification.ts";
import { createNotifier, type Notifier, type NotifierOptions } from "../../src/alerts/notifier.ts";
import { type ChannelPolicy, DEFAULT_ALERT_POLICY } from "../../src/alerts/policy.ts";
import { openAlertStore } from "../../src/alerts/store-file.ts";
import type { Snapshot } from "../../src/snapshot.ts";
import { buildInstallation, buildProfile, buildSnapshot, NOW } from "../snapshot-builder.ts";
import { channel as channelPolicy } from "./conditions-builder.ts";
import { accept, answer, dislike, postTo, type Receiver, renderPlainly, startReceiver } from "./receiver.ts";
import { later } from "./sample-alerts.ts";
import { waitFor } from "../wait.ts";

/*
 * A receiver that refuses for good whatever speaks of the agent "poison". Each check is that of a process of its own, so
 * nothing but the file remembers.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let directory: string;
let receiver: Receiver;
let now: Date;
let tried: string[];
const running: Notifier[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "agent-auth-poisoned-"));
  receiver = await startReceiver();
  receiver.behave(dislike("poison"));
  [now, tried] = [NOW, []];
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((notifier) => notifier.stop(0)));
  await receiver.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The token of each of these agents has ended. */
function look(agents: readonly string[]): Snapshot {
  const bad = {
    status: "expired",
    verdict: "critical",
    verdictReason: "expired",
    expiresAt: later(-HOUR, NOW),
  } as const;
  const profiles = agents.map((owner) => buildProfile({ owner, ...bad }));
  return buildSnapshot({ at: now, generatedAt: now, installations: [buildInstallation({ profiles, agents: [] })] });
}

function render(notification: Notification): Message {
  const { items } = notification;
  const title = items.map(({ because, condition }) => `${because} ${condition.agent}`).join(" + ");
  return { ...renderPlainly(notification), title };
}

/** Posts, and notes what became of it. */
function record(channel: Channel): Channel {
  return {
    ...channel,
    async send(notification, message, context) {
      const sent = await channel.send(notification, message, context);
      const minutes = (now.getTime() - NOW.getTime()) / MINUTE;
      tried.push(`${minutes}m ${sent.kind}: ${message.title}`);
      return sent;
    },
  };
}

const POLICY = { ...DEFAULT_ALERT_POLICY, groupWaitMs: 0 };

interface Opened extends Pick<Partial<NotifierOptions>, "policy" | "onDecisionDue"> {
  readonly channel?: Partial<ChannelPolicy>;
  readonly changedAt?: () => Date;
}

function open({ channel = {}, changedAt, ...given }: Opened): Notifier {
  const note = (): void => undefined;
  const posting = { policy: channelPolicy(channel), channel: record(postTo(receiver.url)) };
  return createNotifier({
    store: openAlertStore(directory, now),
    policy: POLICY,
    channels: [{ ...posting, ...(changedAt === undefined ? {} : { changedAt }) }],
    render,
    log: { info: note, warn: note, error: note },
    now: () => now,
    random: () => 0.5,
    ...given,
  });
}

/** So many minutes after the start these agents have no token. */
async function check(minutes: number, agents: readonly string[], given: Opened = {}): Promise<void> {
  now = later(minutes * MINUTE, NOW);
  const notifier = open(given);
  notifier.handle(look(agents));
  await notifier.flush(5_000);
  await notifier.stop(0);
}

/** From the last check on, up to this minute. */
async function checkUntil(minutes: number, everyMinutes: number, agents: readonly string[]): Promise<void> {
  const last = (now.getTime() - NOW.getTime()) / MINUTE;
  for (let minute = last + everyMinutes; minute <= minutes; minute += everyMinutes) await check(minute, agents);
}

describe("a message that is refused because of one of its items", () => {
  const all = ["a", "poison", "z"];
  /** As if the process ended before it could tell anything anew. */
  const killed: Opened = { onDecisionDue: () => undefined };

  it("does not keep the others from arriving; that one is tried alone, every hour", async () => {
    await check(0, all);
    await checkUntil(150, 5, all);
    expect(tried).toEqual([
      "0m refused: first a + first poison + first z",
      "0m delivered: first a",
      "0m refused: first poison",
      "0m delivered: first z",
      "60m refused: first poison",
      "120m refused: first poison",
    ]);
  });

  it("does not keep an end from arriving, once; that one is tried alone until it arrives", async () => {
    receiver.behave(accept);
    await check(0, all);
    receiver.behave(dislike("poison"));
    await check(10, []);
    await checkUntil(80, 5, []);
    receiver.behave(accept);
    await checkUntil(300, 5, []);
    expect(tried).toEqual([
      "0m delivered: first a + first poison + first z",
      "10m refused: resolved a + resolved poison + resolved z",
      "10m delivered: resolved a",
      "10m refused: resolved poison",
      "10m delivered: resolved z",
      "70m refused: resolved poison",
      "130m delivered: resolved poison",
    ]);
  });

  it("is told anew by the next process at once, where the first had no time for it", async () => {
    await check(0, all, killed);
    await check(5, all);
    expect(tried.slice(1)).toEqual(["5m delivered: first a", "5m refused: first poison", "5m delivered: first z"]);
  });

  it("says nothing of what was over before it could be told anew", async () => {
    await check(0, all, killed);
    await check(5, ["z"]);
    expect(tried.slice(1)).toEqual(["5m delivered: first z"]);
  });

  it("is followed by others that it has no part in", async () => {
    await check(0, all);
    await check(60, [...all, "n"]);
    await check(65, [...all, "n"]);
    expect(tried.slice(4).toSorted()).toEqual(["60m delivered: first n", "60m refused: first poison"]);
  });

  it("is neither joined by what waits for company, nor joins it", async () => {
    const policy = { ...POLICY, groupWaitMs: 10_000 };
    for (const minute of [0, 1]) await check(minute, all, { policy });
    // One waits when the hour has come, and one begins just after it.
    await check(60.9, [...all, "early"], { policy });
    await check(61, [...all, "early"], { policy });
    await check(61.05, [...all, "early", "late"], { policy });
    await check(61.1, [...all, "early", "late"], { policy });
    expect(tried.slice(4)).toEqual(["61m refused: first poison", "61.1m delivered: first early + first late"]);
  });

  it("lets the others arrive also when somebody put a hand to the channel before every check", async () => {
    const changedAt = (): Date => now;
    await check(0, all, { changedAt, ...killed });
    for (const minute of [5, 10]) await check(minute, all, { changedAt });
    expect(tried.slice(1)).toEqual([
      "5m delivered: first a",
      "5m refused: first poison",
      "5m delivered: first z",
      "10m refused: first poison",
    ]);
  });

  it("does not keep a receiver that forgets from being told again of the others, in one message", async () => {
    const refreshed = { refreshEveryMs: 2 * MINUTE };
    for (const minute of [0, 2, 4]) await check(minute, all, { channel: refreshed });
    expect(tried).toEqual([
      "0m refused: first a + first poison + first z",
      "0m delivered: first a",
      "0m refused: first poison",
      "0m delivered: first z",
      "2m delivered: repeat a + repeat z",
      "2m refused: first poison",
      "4m delivered: repeat a + repeat z",
      "4m refused: first poison",
    ]);
  });

  it("does not make the others repeat earlier", async () => {
    receiver.behave(accept);
    await check(0, all);
    receiver.behave(dislike("poison"));
    for (let minute = 60; minute <= 900; minute += 60) await check(minute, all);
    const arrived = tried.filter((line) => line.includes("delivered: repeat"));
    expect(arrived.map((line) => line.slice(0, line.indexOf("m")))).toEqual(["240", "240", "480", "720"]);
  });

  it("is said once for each thing that was given up", async () => {
    await check(0, all);
    await checkUntil(130, 5, all);
    const store = openAlertStore(directory, now);
    const dead = store.outbox().filter(({ state }) => state === "dead");
    const said = dead.map(({ notification, attempts }) => [
      notification.items.map(({ condition }) => condition.agent),
      attempts,
    ]);
    store.close();
    expect(said).toEqual([
      [["a", "z"], 1],
      [["poison"], 3],
    ]);
  });
});

describe("a receiver that was down for longer than a message is kept", () => {
  it("gets all of it in one message, for it refused nothing", async () => {
    receiver.behave(answer(503));
    const policy = { ...POLICY, maxAgeMs: 3 * HOUR };
    await check(0, ["a", "b", "c"], { policy });
    await check(181, ["a", "b", "c"], { policy });
    receiver.behave(accept);
    await check(190, ["a", "b", "c"], { policy });
    expect(tried.at(-1)).toBe("190m delivered: first a + first b + first c");
  });
});

describe("a receiver that refuses everything", () => {
  it("gets all that was given up in one message once somebody mended the channel", async () => {
    receiver.behave(answer(404));
    await check(0, ["a", "b"]);
    receiver.behave(accept);
    await check(10, ["a", "b", "n"], { changedAt: () => later(7 * MINUTE, NOW) });
    expect(tried.slice(1)).toEqual([
      "0m refused: first a",
      "0m refused: first b",
      "10m delivered: first n",
      "10m delivered: first a + first b",
    ]);
  });
});

describe("a check is asked for at once", () => {
  let asked: number;

  function start(): Notifier {
    asked = 0;
    const notifier = open({ onDecisionDue: () => void (asked += 1) });
    running.push(notifier);
    return notifier;
  }

  it("when a message about several things was given up, whenever the next is scheduled", async () => {
    const notifier = start();
    notifier.handle(look(["a", "poison"]));
    await notifier.flush(5_000);
    await waitFor("a check", () => (asked > 0 ? true : null), 30_000);
    notifier.handle(look(["a", "poison"]));
    await notifier.flush(5_000);
    expect(tried).toEqual(["0m refused: first a + first poison", "0m delivered: first a", "0m refused: first poison"]);
  });

  it("when a message about one thing was given up an hour after it was made", async () => {
    receiver.behave(answer(503), dislike("poison"));
    const notifier = start();
    notifier.handle(look(["poison"]));
    await notifier.flush(5_000);
    now = later(2 * HOUR, NOW);
    notifier.handle(look(["poison"]));
    await notifier.flush(5_000);
    await waitFor("a check", () => (asked > 0 ? true : null), 30_000);
    expect(tried).toEqual(["0m retry: first poison", "120m refused: first poison"]);
  });
});
