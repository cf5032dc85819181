import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Channel } from "../../src/channels/channel.ts";
import type { AlertStore } from "../../src/alerts/alert-store.ts";
import type { Message } from "../../src/alerts/message.ts";
import type { Notification } from "../../src/alerts/notification.ts";
import { createNotifier, type Notifier, type NotifierOptions } from "../../src/alerts/notifier.ts";
import { type ChannelPolicy, DEFAULT_ALERT_POLICY } from "../../src/alerts/policy.ts";
import { openAlertStore } from "../../src/alerts/store-file.ts";
import type { Snapshot } from "../../src/snapshot.ts";
import { buildInstallation, buildProfile, buildSnapshot, NOW as SNAPSHOT_NOW } from "../snapshot-builder.ts";
import { answer, accept, postTo, type Receiver, renderPlainly, startReceiver } from "./receiver.ts";
import { later } from "./sample-alerts.ts";
import { waitFor } from "../wait.ts";

const HOUR = 3_600_000;
const NOW = SNAPSHOT_NOW;

let directory: string;
let receiver: Receiver;
let now: Date;
let lines: string[];
const open: Notifier[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "agent-auth-notifier-"));
  receiver = await startReceiver();
  now = NOW;
  lines = [];
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((notifier) => notifier.stop(0)));
  await receiver.close();
  rmSync(directory, { recursive: true, force: true });
});

function channelPolicy(given: Partial<ChannelPolicy> = {}): ChannelPolicy {
  return {
    name: "ops",
    minSeverity: "info",
    match: [],
    sendResolved: true,
    quietHours: null,
    evening: null,
    refreshEveryMs: null,
    ...given,
  };
}

const POLICY = { ...DEFAULT_ALERT_POLICY, groupWaitMs: 0 };

function openNotifier(given: Partial<NotifierOptions> = {}): Notifier {
  const note = (fields: object, message: string): void => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  const notifier = createNotifier({
    store: openAlertStore(directory, now),
    policy: POLICY,
    channels: [{ policy: channelPolicy(), channel: postTo(receiver.url) }],
    render: renderPlainly,
    log: { info: note, warn: note, error: note },
    now: () => now,
    random: () => 0.5,
    ...given,
  });
  open.push(notifier);
  return notifier;
}

async function stop(notifier: Notifier): Promise<void> {
  open.splice(open.indexOf(notifier), 1);
  await notifier.stop(0);
}

/** One profile whose token ended an hour ago, or is fine. */
function snapshotOf(state: "expired" | "expiring" | "ok"): Snapshot {
  const soon = {
    status: "expiring",
    verdict: "warning",
    verdictReason: "expiring",
    expiresAt: later(HOUR, NOW),
  } as const;
  const bad = {
    status: "expired",
    verdict: "critical",
    verdictReason: "expired",
    expiresAt: later(-HOUR, NOW),
  } as const;
  const profiles = [buildProfile(state === "expired" ? bad : state === "expiring" ? soon : {})];
  return buildSnapshot({ at: now, generatedAt: now, installations: [buildInstallation({ profiles })] });
}

function suppressed(notifier: Notifier, channel = "ops"): Readonly<Record<string, number>> {
  const found = notifier.figures().channels.find((one) => one.channel === channel);
  return Object.fromEntries([...(found?.suppressed ?? [])].filter(([, count]) => count > 0));
}

describe("a condition", () => {
  it("is told once, over restarts, and so is its end", async () => {
    const first = openNotifier();
    first.handle(snapshotOf("expired"));
    await first.flush(5_000);
    first.handle(snapshotOf("expired"));
    await first.flush(5_000);
    await stop(first);
    const second = openNotifier();
    second.handle(snapshotOf("expired"));
    await second.flush(5_000);
    expect(receiver.accepted).toHaveLength(1);
    now = later(60_000, NOW);
    second.handle(snapshotOf("ok"));
    await second.flush(5_000);
    second.handle(snapshotOf("ok"));
    await second.flush(5_000);
    expect(receiver.accepted).toHaveLength(2);
    expect(second.figures().conditions).toEqual(new Map([["info", 0], ["warning", 0], ["critical", 0]])); // oxfmt-ignore
  });

  it("is told as what was when it was over before it could leave, and its end after it", async () => {
    const told: string[] = [];
    const render = (notification: Notification): Message => {
      const { status, items } = notification;
      told.push(...items.map((item) => `${status} ${item.because} ${item.endsAt?.toISOString() ?? "holds"}`));
      return renderPlainly(notification);
    };
    receiver.behave(answer(503), accept);
    const notifier = openNotifier({ render });
    notifier.handle(snapshotOf("expired"));
    await notifier.flush(5_000);
    now = later(60_000, NOW);
    notifier.handle(snapshotOf("ok"));
    await notifier.flush(5_000);
    expect(receiver.accepted).toHaveLength(2);
    const over = now.toISOString();
    // To a machine it is over too: nothing must ring for what is mended.
    expect(told).toEqual(["firing first holds", `resolved first ${over}`, `resolved resolved ${over}`]);
  });

  it("is told after the restart when the relay was down before it", async () => {
    receiver.behave(answer(503));
    const first = openNotifier();
    first.handle(snapshotOf("expired"));
    await first.flush(5_000);
    await stop(first);
    receiver.behave(accept);
    now = later(HOUR, NOW);
    const second = openNotifier();
    await second.flush(5_000);
    expect(receiver.accepted).toEqual([receiver.attempts[0]]);
  });

  it("is told by itself when its time has come", async () => {
    const notifier = openNotifier({ now: () => new Date(), policy: { ...POLICY, groupWaitMs: 300 } });
    notifier.handle(snapshotOf("expired"));
    while (receiver.accepted.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(receiver.accepted).toHaveLength(1);
  });

  it("that is not told is counted when the reason is new, not at every check", async () => {
    const notifier = openNotifier();
    notifier.handle(snapshotOf("expired"));
    for (let round = 0; round < 3; round += 1) notifier.handle(snapshotOf("expired"));
    await notifier.flush(5_000);
    expect(suppressed(notifier)).toEqual({ unchanged: 1 });
    const quiet = openNotifier({ channels: [{ policy: channelPolicy({ match: [{ agent: "nobody" }] }), channel: postTo(receiver.url) }] }); // oxfmt-ignore
    quiet.handle(snapshotOf("expired"));
    expect(suppressed(quiet)).toEqual({ not_matched: 1 });
  });
});

describe("two configs that share the state", () => {
  it("tell each its own channels, the end too, whoever sees it first", async () => {
    const only = (name: string) => [{ policy: channelPolicy({ name }), channel: postTo(receiver.url) }];
    const [ops, mail] = [openNotifier({ channels: only("ops") }), openNotifier({ channels: only("mail") })];
    const both = async (...turn: readonly (readonly [Notifier, "expired" | "ok"])[]): Promise<void> => {
      for (const [notifier, state] of turn) {
        notifier.handle(snapshotOf(state));
        await notifier.flush(5_000);
      }
    };
    await both([ops, "expired"], [mail, "expired"]);
    now = later(HOUR, NOW);
    await both([mail, "ok"]);
    // By now it is over for long, and for mail there is nothing left to tell.
    now = later(9 * HOUR, NOW);
    await both([mail, "ok"], [mail, "ok"], [ops, "ok"]);
    expect(receiver.accepted).toHaveLength(4);
    expect(ops.figures().channels).toMatchObject([
      { channel: "ops", outcomes: { delivered: 2 } },
      { channel: "mail", outcomes: { delivered: 0 } },
    ]);
  });

  it("keep nothing for ever for a channel that none of them has any more", async () => {
    const notifier = openNotifier();
    notifier.handle(snapshotOf("expired"));
    await notifier.flush(5_000);
    const mail = { policy: channelPolicy({ name: "mail" }), channel: postTo(receiver.url) };
    await notifier.reconfigure({ policy: POLICY, channels: [mail], render: renderPlainly });
    const store = openAlertStore(directory, now);
    const kept: number[] = [];
    for (const day of [0, 6, 8]) {
      now = later(day * 24 * HOUR + HOUR, NOW);
      notifier.handle(snapshotOf("ok"));
      kept.push(store.memory().told.length);
    }
    expect(kept).toEqual([1, 1, 0]);
    store.close();
  });
});

describe("an installation whose label changes, because another home is searched too", () => {
  const place = "/home/user/.openclaw";

  function look(label: string, state: "expired" | "ok", others: Snapshot["installations"] = []): Snapshot {
    const { installations, ...rest } = snapshotOf(state);
    const [ours] = installations.map((one) => ({ ...one, id: label, stateDir: place }));
    const names = [".openclaw", ".clawdbot", ".moltbot", ".moldbot"];
    const searched = ["/home/user", "/home/u2"].flatMap((home) => names.map((name) => `${home}/${name}`));
    return { ...rest, searched, installations: ours === undefined ? others : [ours, ...others] };
  }

  it("is neither over nor new, also when another takes its label, and its end is told once", async () => {
    const notifier = openNotifier();
    notifier.handle(look("openclaw", "expired"));
    await notifier.flush(5_000);
    const bad = snapshotOf("expired").installations.map((one) => ({
      ...one,
      id: "openclaw",
      stateDir: "/home/u2/.openclaw",
    }));
    now = later(60_000, NOW);
    notifier.handle(look("user-openclaw", "expired"));
    await notifier.flush(5_000);
    expect(receiver.accepted).toHaveLength(1);
    notifier.handle(look("user-openclaw", "expired", bad));
    await notifier.flush(5_000);
    expect(receiver.accepted).toHaveLength(2);
    // They change places.
    notifier.handle(
      look(
        "openclaw",
        "expired",
        bad.map((one) => ({ ...one, id: "u2-openclaw" })),
      ),
    );
    await notifier.flush(5_000);
    expect(receiver.accepted).toHaveLength(2);
    now = later(120_000, NOW);
    notifier.handle(look("user-openclaw", "ok", bad));
    await notifier.flush(5_000);
    expect(receiver.accepted).toHaveLength(3);
    const store = openAlertStore(directory, now);
    expect(
      store
        .memory()
        .told.map(({ key, state }) => `${key} ${state}`)
        .toSorted(),
    ).toEqual([
      "openclaw/main/expiry/anthropic:default firing",
      "user-openclaw/main/expiry/anthropic:default resolved",
    ]);
    store.close();
  });

  it("believes what waited meanwhile once it arrived", async () => {
    receiver.behave(answer(503));
    const notifier = openNotifier();
    notifier.handle(look("openclaw", "expired"));
    await notifier.flush(5_000);
    notifier.handle(look("user-openclaw", "expired"));
    await notifier.flush(5_000);
    receiver.behave(accept);
    now = later(60_000, NOW);
    await notifier.flush(5_000);
    const store = openAlertStore(directory, now);
    expect(store.memory().told).toMatchObject([{ delivery: "delivered", isBelieved: true }]);
    store.close();
    notifier.handle(look("user-openclaw", "ok"));
    await notifier.flush(5_000);
    expect(receiver.accepted).toHaveLength(2);
  });
});

describe("two processes that look at the same", () => {
  const at = (seconds: number): Date => later(seconds * 1_000, NOW);

  async function decide(notifier: Notifier, lookedAt: Date, state: "expired" | "ok"): Promise<void> {
    notifier.handle({ ...snapshotOf(state), generatedAt: lookedAt, at: lookedAt });
    await notifier.flush(5_000);
  }

  it.each([
    ["tell nothing that is over", ["expired", "ok", "expired"], 2],
    ["take nothing for over that began since", ["ok", "expired", "ok"], 1],
  ] as const)("%s by a look that began earlier and took longer", async (_name, [first, quick, slow], told) => {
    const [one, two] = [openNotifier(), openNotifier()];
    await decide(one, at(0), first);
    now = at(61);
    await decide(two, at(60), quick);
    now = at(62);
    await decide(one, at(30), slow);
    expect(receiver.accepted).toHaveLength(told);
    now = at(180);
    await decide(two, at(180), "ok");
    expect(receiver.accepted).toHaveLength(2);
  });

  it("go by when another host was asked, which may be long before the check", async () => {
    const address = "https://vps";
    const lookFrom = async (notifier: Notifier, askedAt: Date, state: "expired" | "ok"): Promise<void> => {
      const { installations, ...rest } = snapshotOf(state);
      const times = { askedAt, lastSeenAt: askedAt, lastCheckAt: askedAt };
      const vps = { name: "vps", address, isUp: true, ...times, verdict: "ok", problem: null } as const;
      const theirs = installations.map((one) => ({ ...one, remote: "vps", stateDir: `vps:${one.stateDir}` }));
      notifier.handle({ ...rest, installations: theirs, remotes: [vps] });
      await notifier.flush(5_000);
    };
    const [serve, check] = [openNotifier(), openNotifier()];
    await lookFrom(serve, at(0), "expired");
    now = at(60);
    await lookFrom(check, at(60), "ok");
    now = at(62);
    await lookFrom(serve, at(0), "expired");
    expect(receiver.accepted).toHaveLength(2);
    now = at(180);
    await lookFrom(serve, at(180), "expired");
    expect(receiver.accepted).toHaveLength(3);
  });

  it("believe a look after the clock was set back", async () => {
    const notifier = openNotifier();
    await decide(notifier, at(0), "expired");
    now = at(-3_600);
    await decide(notifier, at(-3_600), "ok");
    expect(receiver.accepted).toHaveLength(2);
  });
});

describe("a receiver that forgets", () => {
  const forgetful = { policy: () => channelPolicy({ refreshEveryMs: 60_000 }) };

  it("is told again and again, which fills neither outbox nor history", async () => {
    const notifier = openNotifier({ channels: [{ policy: forgetful.policy(), channel: postTo(receiver.url) }] });
    for (let minute = 0; minute < 5; minute += 1) {
      now = later(minute * 60_000, NOW);
      notifier.handle(snapshotOf("expired"));
      await notifier.flush(5_000);
    }
    expect(receiver.accepted).toHaveLength(5);
    const store = openAlertStore(directory, now);
    expect([store.outbox().length, store.history(10).length]).toEqual([1, 1]);
    expect(store.memory().told).toMatchObject([{ because: "repeat", delivery: "delivered" }]);
    store.close();
  });

  it("has a check made in time, whenever the next is scheduled, also after a message that took long", async () => {
    let asked = 0;
    const notifier = openNotifier({
      channels: [{ policy: { ...forgetful.policy(), refreshEveryMs: 100 }, channel: postTo(receiver.url) }],
      now: () => new Date(),
      onDecisionDue: () => {
        asked += 1;
        notifier.handle(snapshotOf("expired"));
      },
    });
    receiver.behave(answer(503), accept);
    notifier.handle(snapshotOf("expired"));
    await waitFor("two refreshes", () => (receiver.accepted.length >= 3 ? true : null), 30_000);
    expect(asked).toBeGreaterThanOrEqual(2);
  });

  it("hears of a change of severity what it was before, once", async () => {
    const items: Notification["items"][number][] = [];
    const channel: Channel = {
      send: async (notification) => {
        items.push(...notification.items);
        return { kind: "delivered", detail: "" };
      },
      close: async () => undefined,
    };
    const notifier = openNotifier({ channels: [{ policy: forgetful.policy(), channel }] });
    for (const [minute, state] of [
      [0, "expiring"],
      [1, "expired"],
      [2, "expired"],
      [3, "expiring"],
      [4, "expiring"],
    ] as const) {
      // oxfmt-ignore
      now = later(minute * 60_000, NOW);
      notifier.handle(snapshotOf(state));
      await notifier.flush(5_000);
    }
    const told = items.map(({ severityBefore = "-", condition }) => `${severityBefore} ${condition.severity}`);
    expect(told).toEqual(["- warning", "warning critical", "- critical", "critical warning", "- warning"]);
  });
});

describe("a message that waits for company", () => {
  const sent: string[] = [];
  const recorder: Channel = {
    send: async ({ items }) => {
      const what = items.map(({ condition, because }) => `${because} ${condition.agent} ${condition.severity}`);
      sent.push(`${(now.getTime() - NOW.getTime()) / 1_000} s: ${what.join(", ")}`);
      return { kind: "delivered", detail: "" };
    },
    close: async () => undefined,
  };

  beforeEach(() => void sent.splice(0));

  /** At each second the agents whose token is about to end (`a`) or ended (`A`), until everything left. */
  async function play(
    groupWaitMs: number,
    trace: Readonly<Record<number, string>>,
    undelivered: "send" | "drop" = "send",
  ): Promise<readonly string[]> {
    const open = () => openNotifier({ channels: [{ policy: channelPolicy(), channel: recorder }], policy: { ...POLICY, groupWaitMs, undelivered } }); // oxfmt-ignore
    for (let second = 0; second <= 120; second += 1) {
      now = later(second * 1_000, NOW);
      const agents = trace[second];
      // Each look is that of another process.
      const notifier = open();
      if (agents !== undefined) {
        const profiles = agents.split("").map((letter) => {
          const bad = letter === letter.toUpperCase();
          const owner = letter.toLowerCase();
          const over = { status: "expired", verdict: "critical", verdictReason: "expired" } as const;
          const soon = { status: "expiring", verdict: "warning", verdictReason: "expiring" } as const;
          return buildProfile({ owner, ...(bad ? over : soon), expiresAt: later(HOUR, NOW) });
        });
        const installations = [buildInstallation({ profiles, agents: [] })];
        notifier.handle(buildSnapshot({ at: now, generatedAt: now, installations }));
      }
      await notifier.flush(5_000);
      await stop(notifier);
    }
    return sent;
  }

  it.each([
    ["takes what comes meanwhile", 60_000, { 0: "a", 20: "ab", 40: "abc" }, ["60 s: first a warning, first b warning, first c warning"]],
    ["takes nothing after it left", 10_000, { 0: "a", 20: "ab" }, ["10 s: first a warning", "30 s: first b warning"]],
    ["leaves no later for what comes meanwhile", 10_000, { 0: "a", 9: "ab" }, ["10 s: first a warning, first b warning"]],
    ["leaves earlier for something critical", 60_000, { 0: "a", 20: "aB" }, ["30 s: first b critical, first a warning"]],
    ["leaves with what waits for nobody", 60_000, { 0: "A", 20: "Ab", 30: "bA" }, ["10 s: first a critical", "80 s: first b warning"]],
    ["does not say two things of one", 60_000, { 0: "a", 20: "b" }, ["60 s: first a warning", "60 s: first b warning, resolved a warning"]],
  ])("%s", async (_name, groupWaitMs, trace, expected) => {
    expect(await play(groupWaitMs, trace)).toEqual(expected);
  }); // oxfmt-ignore

  it("is not joined when it is taken back", async () => {
    expect(await play(60_000, { 0: "a", 20: "b" }, "drop")).toEqual(["80 s: first b warning"]);
  });
});

describe("the figures", () => {
  it("are there at zero for every channel before anything happens", () => {
    expect(openNotifier().figures()).toMatchObject({
      channels: [
        {
          channel: "ops",
          outcomes: { delivered: 0, retried: 0, refused: 0, dead: 0 },
          pending: 0,
          dead: 0,
          oldestPendingAt: null,
        },
      ],
      silences: 0,
      isStoreUp: true,
    });
  });

  it("tell what happened and what waits", async () => {
    receiver.behave(answer(503), answer(404));
    const notifier = openNotifier();
    notifier.handle(snapshotOf("expired"));
    await notifier.flush(5_000);
    expect(notifier.figures()).toMatchObject({
      channels: [{ outcomes: { retried: 1 }, pending: 1, oldestPendingAt: NOW }],
      conditions: new Map([["critical", 1], ["info", 0], ["warning", 0]]), // oxfmt-ignore
    });
    now = later(HOUR, NOW);
    await notifier.flush(5_000);
    expect(notifier.figures()).toMatchObject({
      channels: [
        { latency: { count: 0 }, outcomes: { retried: 1, refused: 1 }, pending: 0, dead: 1, oldestPendingAt: null },
      ],
    });
  });

  it("tell how long a message took, waits included", async () => {
    receiver.behave(answer(503), accept);
    const notifier = openNotifier();
    notifier.handle(snapshotOf("expired"));
    await notifier.flush(5_000);
    now = later(90_000, NOW);
    await notifier.flush(5_000);
    expect(notifier.figures().channels[0]?.latency).toEqual({
      within: [0, 0, 0, 0, 0, 0, 1, 1, 1, 1],
      count: 1,
      sumSeconds: 90,
    });
  });

  it("can be asked for after the end", async () => {
    const notifier = openNotifier();
    notifier.handle(snapshotOf("expired"));
    await notifier.flush(5_000);
    await stop(notifier);
    expect(notifier.figures().channels).toMatchObject([{ channel: "ops", outcomes: { delivered: 1 } }]);
    expect(lines.filter((line) => line.includes("memory"))).toEqual([]);
  });

  it("count the silences in force", () => {
    const store = openAlertStore(directory, now);
    const silence = { matchers: { agent: "*" }, comment: "" };
    store.addSilence({ ...silence, id: "a", startsAt: now, endsAt: later(1, now) });
    store.addSilence({ ...silence, id: "b", startsAt: later(1, now), endsAt: later(2, now) });
    expect(openNotifier({ store }).figures().silences).toBe(1);
  });
});

describe("a reload", () => {
  it("goes on with the channels it names, and keeps what waits for another", async () => {
    receiver.behave(answer(503));
    const closed: string[] = [];
    const named = (name: string) => ({
      policy: channelPolicy({ name }),
      channel: { ...postTo(receiver.url), close: async () => void closed.push(name) },
    });
    const [ops, mail] = [named("ops"), named("mail")];
    const notifier = openNotifier({ channels: [ops, mail] });
    notifier.handle(snapshotOf("expired"));
    await notifier.flush(5_000);
    await notifier.reconfigure({ policy: POLICY, channels: [mail], render: renderPlainly });
    expect(closed).toEqual(["ops"]);
    receiver.behave(accept);
    now = later(HOUR, NOW);
    await notifier.flush(5_000);
    expect(receiver.accepted).toHaveLength(1);
    expect(notifier.figures().channels).toMatchObject([
      { channel: "mail", pending: 0 },
      { channel: "ops", pending: 1 },
    ]);
    now = later(80 * HOUR, NOW);
    await notifier.flush(5_000);
    // Another process may have it in its config.
    expect(notifier.figures().channels).toMatchObject([{ channel: "mail" }, { channel: "ops", pending: 1, dead: 0 }]);
    now = later(7 * 24 * HOUR, NOW);
    await notifier.flush(5_000);
    expect(notifier.figures().channels).toMatchObject([{ channel: "mail" }, { channel: "ops", pending: 0, dead: 1 }]);
  });
});

describe("a state that cannot be written", () => {
  /** The store on a disk that fills up and is cleared. */
  function onDisk(): { readonly store: AlertStore; isFull: boolean } {
    const disk = { store: openAlertStore(directory, now), isFull: false };
    const { store } = disk;
    const refuse = (): void => {
      if (disk.isFull) throw new Error("database or disk is full");
    };
    const full: AlertStore = {
      ...store,
      decide: (work) => (refuse(), store.decide(work)),
      claim: (options) => (refuse(), store.claim(options)),
      markDelivered: (...given) => (refuse(), store.markDelivered(...given)),
      markRetry: (...given) => (refuse(), store.markRetry(...given)),
      markDead: (...given) => (refuse(), store.markDead(...given)),
      merge: (...given) => (refuse(), store.merge(...given)),
    };
    return Object.assign(disk, { store: full });
  }

  it("keeps nobody from being told, once, and is carried back when it can be", async () => {
    const disk = onDisk();
    const notifier = openNotifier({ store: disk.store });
    disk.isFull = true;
    for (let round = 0; round < 3; round += 1) {
      notifier.handle(snapshotOf("expired"));
      await notifier.flush(5_000);
    }
    expect(receiver.accepted).toHaveLength(1);
    expect(notifier.figures().isStoreUp).toBe(false);
    expect(
      lines.filter((line) => line.includes("going on in memory, told again after a restart; agent-auth doctor says")),
    ).toHaveLength(1);
    disk.isFull = false;
    notifier.handle(snapshotOf("expired"));
    expect(notifier.figures().isStoreUp).toBe(true);
    await stop(notifier);
    const restarted = openNotifier();
    restarted.handle(snapshotOf("expired"));
    await restarted.flush(5_000);
    expect(receiver.accepted).toHaveLength(1);
  });

  it("makes it told again after a restart, because nobody knows", async () => {
    const disk = onDisk();
    disk.isFull = true;
    const notifier = openNotifier({ store: disk.store });
    notifier.handle(snapshotOf("expired"));
    await notifier.flush(5_000);
    await stop(notifier);
    const restarted = openNotifier();
    restarted.handle(snapshotOf("expired"));
    await restarted.flush(5_000);
    expect(receiver.accepted).toHaveLength(2);
  });

  it("repeats nothing that was told before, or that was told and is over meanwhile", async () => {
    const disk = onDisk();
    const notifier = openNotifier({ store: disk.store });
    notifier.handle(snapshotOf("expired"));
    await notifier.flush(5_000);
    disk.isFull = true;
    for (const [hours, state] of [
      [1, "expired"],
      [2, "ok"],
      [9, "ok"],
    ] as const) {
      // oxfmt-ignore
      now = later(hours * HOUR, NOW);
      notifier.handle(snapshotOf(state));
      await notifier.flush(5_000);
    }
    disk.isFull = false;
    now = later(10 * HOUR, NOW);
    notifier.handle(snapshotOf("ok"));
    await notifier.flush(5_000);
    expect(receiver.accepted).toHaveLength(2);
    expect(notifier.figures().isStoreUp).toBe(true);
  });

  it("delivers what waited before, and not again afterwards", async () => {
    const disk = onDisk();
    receiver.behave(answer(503), accept);
    const notifier = openNotifier({ store: disk.store });
    notifier.handle(snapshotOf("expired"));
    await notifier.flush(5_000);
    disk.isFull = true;
    now = later(HOUR, NOW);
    notifier.handle(snapshotOf("expired"));
    await notifier.flush(5_000);
    disk.isFull = false;
    now = later(2 * HOUR, NOW);
    notifier.handle(snapshotOf("expired"));
    await notifier.flush(5_000);
    expect(receiver.accepted).toHaveLength(1);
  });

  it("loses neither what waited before nor what ends meanwhile", async () => {
    const disk = onDisk();
    receiver.behave(answer(503));
    const notifier = openNotifier({ store: disk.store });
    notifier.handle(snapshotOf("expired"));
    await notifier.flush(5_000);
    disk.isFull = true;
    now = later(HOUR, NOW);
    notifier.handle(snapshotOf("ok"));
    await notifier.flush(5_000);
    disk.isFull = false;
    receiver.behave(accept);
    now = later(3 * HOUR, NOW);
    notifier.handle(snapshotOf("ok"));
    await notifier.flush(5_000);
    expect(receiver.accepted).toHaveLength(2);
    expect(receiver.accepted[0]).toBe(receiver.attempts[0]);
    expect(notifier.figures()).toMatchObject({ isStoreUp: true, channels: [{ pending: 0, dead: 0 }] });
  });
});

it("does not break for a snapshot that cannot be understood", () => {
  openNotifier().handle({ installations: null } as unknown as Snapshot);
  expect(lines[0]).toContain("unexpected error while deciding");
});

it("does not blame the file for a bug in deciding", () => {
  const notifier = openNotifier({ policy: { ...POLICY, flapping: null as unknown as typeof POLICY.flapping } });
  notifier.handle(snapshotOf("expired"));
  expect(lines).toEqual([expect.stringContaining("unexpected error while deciding")]);
  expect(notifier.figures().isStoreUp).toBe(true);
});
