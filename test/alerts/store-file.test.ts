import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AlertStore } from "../../src/alerts/alert-store.ts";
import type { Condition } from "../../src/alerts/condition.ts";
import { openAlertStore, openMemoryStore } from "../../src/alerts/store-file.ts";
import { TABLES } from "../../src/alerts/store-schema.ts";
import { buildChanges, buildCondition, buildNotification, buildTold, later, NOW, tell } from "./sample-alerts.ts";

const LEASE_MS = 60_000;

let directory: string;
const open: AlertStore[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-auth-alerts-"));
});

afterEach(() => {
  for (const store of open.splice(0)) store.close();
  rmSync(directory, { recursive: true, force: true });
});

function openStore(now = NOW): AlertStore {
  const store = openAlertStore(join(directory, "state"), now);
  open.push(store);
  return store;
}

function write(store: AlertStore, changes = buildChanges()): void {
  store.decide(() => ({ changes, result: null }));
}

function claim(store: AlertStore, { now = NOW, limit = 10, channels = ["ops"] } = {}): readonly string[] {
  const ids: string[] = [];
  while (ids.length < limit) {
    const entry = store.claim({ now, leaseMs: LEASE_MS, channels });
    if (entry === null) break;
    ids.push(entry.notification.id);
  }
  return ids;
}

const FILE = () => join(directory, "state", "alerts.sqlite");

describe("the memory", () => {
  const told = buildTold({
    condition: buildCondition({ heldLike: "cooldown", knownAt: later(-9_000) }),
    leftMs: 7_200_000,
    because: "reminder",
    delivery: "pending",
  });
  const episode = {
    key: told.key,
    since: later(-5_000),
    endedAt: later(1),
    isUnwatched: false,
    changes: [later(-5_000), later(1)],
    condition: told.condition,
  };
  const silence = {
    id: "s1",
    matchers: { provider: "openai", agent: "op*" },
    startsAt: NOW,
    endsAt: later(1_000),
    comment: "on it",
  };

  it("comes back as it was written, from another process's point of view too", () => {
    const store = openStore();
    store.addSilence(silence);
    const evenings = new Map([["ops", later(7)]]);
    const seen = [{ place: "/home/ada/.openclaw", scope: "a", at: later(8) }];
    const boot = { id: "boot", uptimeMs: null, noticedAt: later(9) };
    write(store, buildChanges({ told: [told], episodes: [episode], evenings, seen, boot }));
    const expected = {
      told: [told],
      episodes: [episode],
      silences: [silence],
      evenings,
      seen,
      boot,
      waiting: [],
      begun: new Set(),
    };
    expect(openStore().decide((memory) => ({ changes: buildChanges(), result: memory }))).toEqual(expected);
    expect(openStore().memory()).toEqual(expected);
  });

  it("knows what does not hold any more, and since when", () => {
    const store = openStore();
    const holding = { ...episode, key: "holding", endedAt: null };
    const left = { ...episode, key: "left", isUnwatched: true };
    write(store, buildChanges({ episodes: [episode, holding, left] }));
    expect([...store.endings(["holding", episode.key, "left", "forgotten"])]).toEqual([
      [episode.key, { at: episode.endedAt, isUnwatched: false }],
      ["left", { at: episode.endedAt, isUnwatched: true }],
      ["forgotten", { at: null, isUnwatched: false }],
    ]);
  });

  it("forgets what is over", () => {
    const store = openStore();
    write(store, buildChanges({ told: [told], episodes: [episode] }));
    write(store, buildChanges({ forgotten: [{ channel: "ops", key: told.key }], endedEpisodes: [told.key] }));
    expect(store.memory()).toMatchObject({ told: [], episodes: [] });
  });

  it("keeps nothing of a decision that breaks off", () => {
    const store = openStore();
    expect(() =>
      store.decide(() => {
        throw new Error("a bug");
      }),
    ).toThrow("a bug");
    write(store, buildChanges({ told: [told] }));
    expect(() =>
      write(store, buildChanges({ forgotten: [told], evenings: new Map([["ops", new Date(NaN)]]) })),
    ).toThrow("NOT NULL");
    expect(store.memory().told).toEqual([told]);
  });

  it("takes any text", () => {
    const store = openMemoryStore();
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const summary = text.toWellFormed().replaceAll("\0", "");
        const condition = buildCondition({ summary, action: summary, profile: summary });
        write(store, buildChanges({ told: [buildTold({ condition })] }));
        expect(store.memory().told).toEqual([buildTold({ condition })]);
      }),
    );
    store.close();
  });

  it("has a history of who was told what, bounded", () => {
    const store = openStore();
    for (let round = 0; round < 60; round += 1) {
      const conditions = Array.from({ length: 100 }, (_, i) => buildCondition({ key: `k${i}` }));
      write(store, tell([buildNotification({ id: `n${round}` }, conditions)]));
      store.markDelivered(`n${round}`, later(round), "");
    }
    expect(store.history(10_000)).toHaveLength(5_000);
    expect(store.history(1)).toEqual([
      { at: later(59), channel: "ops", key: "k99", because: "first", severity: "critical", notificationId: "n59" },
    ]);
  });

  it("has nothing in the history that did not arrive, and all that did once", () => {
    const store = openStore();
    const of = (key: string) => [buildCondition({ key })];
    const end = buildNotification({ id: "end", status: "resolved" }, [...of("refused"), ...of("other")]);
    write(store, tell(["refused", "dropped", "taken back", "waiting"].map((id) => buildNotification({ id }, of(id)))));
    store.markDead("refused", NOW, "404");
    store.drop("dropped", NOW);
    write(store, buildChanges({ dropped: ["taken back"] }));
    const changes = tell([end]);
    const told = changes.told.map((row) => ({ ...row, isBelieved: row.key === "other" }));
    write(store, { ...changes, told });
    expect(store.history(9)).toEqual([]);
    expect(claim(store)).toEqual(["waiting", "end"]);
    for (const at of [later(1), later(2)]) store.markDelivered("end", at, "");
    expect(store.history(9)).toEqual([
      { at: later(1), channel: "ops", key: "other", because: "resolved", severity: "critical", notificationId: "end" },
    ]);
  });

  it("ends a silence at once, and only one that runs", () => {
    const store = openStore();
    store.addSilence(silence);
    expect(store.expireSilence("s1", later(10))).toBe(true);
    expect(store.expireSilence("s1", later(11))).toBe(false);
    expect(store.expireSilence("none", later(11))).toBe(false);
    expect(store.silences()).toEqual([{ ...silence, endsAt: later(10) }]);
  });
});

describe("the outbox", () => {
  const warning = buildCondition({ severity: "warning", reason: "expiring" });
  const critical = buildCondition();
  const other = buildCondition({ agent: "other", severity: "info" });

  it("gives the gravest first, then the oldest", () => {
    const store = openStore();
    const conditions = [
      buildCondition({ key: "a", severity: "info" }),
      buildCondition({ key: "b", severity: "warning" }),
      buildCondition({ key: "c", severity: "critical" }),
      buildCondition({ key: "d", severity: "critical" }),
    ];
    write(store, tell(conditions.map((condition) => buildNotification({ id: condition.key }, [condition]))));
    expect(claim(store)).toEqual(["c", "d", "b", "a"]);
  });

  it.each([
    ["an end waits for its beginning", [warning], "firing", [warning], "resolved", ["old"]],
    ["a new beginning waits for the end before it", [warning], "resolved", [critical], "firing", ["old"]],
    ["the same again waits", [warning], "firing", [warning], "firing", ["old"]],
    ["something graver waits while both are due", [warning], "firing", [critical], "firing", ["old"]],
    ["another condition does not wait", [warning], "firing", [other], "firing", ["old", "new"]],
  ] as const)("keeps the order within a condition: %s", (_, old, oldStatus, fresh, freshStatus, expected) => {
    const store = openStore();
    write(store, tell([buildNotification({ id: "old", status: oldStatus }, old)]));
    const changes = tell([buildNotification({ id: "new", status: freshStatus }, fresh)]);
    const isBelieved = oldStatus === "resolved";
    write(store, { ...changes, told: changes.told.map((row) => ({ ...row, isBelieved })) });
    expect(claim(store)).toEqual(expected);
    store.markDelivered("old", NOW, "ok");
    expect([...claim(store), ...expected.slice(1)]).toEqual(["new"]);
  });

  it.each([
    [
      "something graver passes a warning that is between two attempts",
      [warning],
      "firing",
      [critical],
      "firing",
      ["new"],
    ],
    ["an end never passes its beginning", [warning], "firing", [critical], "resolved", []],
    ["a beginning never passes an end", [warning], "resolved", [critical], "firing", []],
    ["a repeat passes nothing", [warning], "firing", [warning], "firing", []],
  ] as const)("while the older one is retried: %s", (_, old, oldStatus, fresh, freshStatus, expected) => {
    const store = openStore();
    write(store, tell([buildNotification({ id: "old", status: oldStatus }, old)]));
    claim(store);
    store.markRetry("old", later(900_000), "503");
    write(store, tell([buildNotification({ id: "new", status: freshStatus }, fresh)]));
    expect(claim(store)).toEqual(expected);
    expect(store.nextDueAt()).toEqual(expected.length > 0 ? later(LEASE_MS) : later(900_000));
  });

  it("does not let a condition of one channel wait for another channel", () => {
    const store = openStore();
    write(store, tell([buildNotification({ id: "a" }), buildNotification({ id: "b", channel: "mail" })]));
    expect(claim(store, { channels: ["mail"] })).toEqual(["b"]);
    expect(claim(store, { channels: ["ops", "mail"] })).toEqual(["a"]);
  });

  it("lets one process have a message, until its lease ends", () => {
    const [serve, check] = [openStore(), openStore()];
    write(serve, tell([buildNotification({ id: "a" })]));
    expect(claim(serve)).toEqual(["a"]);
    expect(claim(check, { now: later(LEASE_MS - 1) })).toEqual([]);
    expect(check.nextDueAt()).toEqual(later(LEASE_MS));
    expect(claim(check, { now: later(LEASE_MS) })).toEqual(["a"]);
  });

  it("gives nothing before its time", () => {
    const store = openStore();
    write(store, tell([buildNotification({ id: "a" })], later(10_000)));
    expect(claim(store, { now: later(9_999) })).toEqual([]);
    expect(store.nextDueAt()).toEqual(later(10_000));
    expect(store.nextDueAt(["mail"])).toBeNull();
    expect(claim(store, { now: later(10_000) })).toEqual(["a"]);
  });

  it.each([
    ["claimed by a process that died", 0, (store: AlertStore) => claim(store)],
    ["to be tried again later", 0, (store: AlertStore) => [claim(store), store.markRetry("a", later(900_000), "503")]],
    ["never tried", 10_000, () => []],
  ])("waits for no clock that was set back by a day: %s", (_, waitMs, act) => {
    const store = openStore();
    write(store, tell([buildNotification({ id: "a" })], later(waitMs)));
    act(store);
    expect(claim(store, { now: later(-86_400_000) })).toEqual(["a"]);
  });

  it.each([
    ["delivered", (store: AlertStore) => store.markDelivered("a", later(5), "250 queued"), "delivered", "250 queued"],
    ["given up", (store: AlertStore) => store.markDead("a", later(5), "404"), "dead", "404"],
    ["to be tried again", (store: AlertStore) => store.markRetry("a", later(9), "503"), "pending", "503"],
  ] as const)("says what became of a message, to the memory too: %s", (_, mark, state, lastDetail) => {
    const store = openStore();
    write(store, tell([buildNotification({ id: "a" })]));
    claim(store);
    mark(store);
    expect(store.outbox()).toEqual([
      {
        notification: buildNotification({ id: "a" }),
        state,
        attempts: 1,
        nextAttemptAt: state === "pending" ? later(9) : NOW,
        lastDetail,
      },
    ]);
    expect(store.memory().told.map(({ delivery }) => delivery)).toEqual([state]);
  });

  it("remembers what a channel believes: what arrived there last", () => {
    const store = openStore();
    const believed = (): readonly boolean[] => store.memory().told.map(({ isBelieved }) => isBelieved);
    write(store, tell([buildNotification({ id: "a" })]));
    write(store, tell([buildNotification({ id: "b" })]));
    // Nothing in the memory names the first message any more; it counts all the same.
    store.markDelivered("a", NOW, "ok");
    expect(believed()).toEqual([true]);
    store.markDead("b", NOW, "401");
    expect(believed()).toEqual([true]);
    const [told] = store.memory().told;
    const end = tell([buildNotification({ id: "c", status: "resolved" })]);
    write(store, { ...end, told: end.told.map((row) => ({ ...row, isBelieved: told!.isBelieved })) });
    expect(believed()).toEqual([true]);
    store.markDelivered("c", NOW, "ok");
    expect(believed()).toEqual([false]);
  });

  it("tells what was dropped by hand from what was given up", () => {
    const store = openStore();
    write(store, tell([buildNotification({ id: "a" })]));
    store.drop("a", NOW);
    expect(store.memory().told).toMatchObject([{ delivery: "dropped", isBelieved: false }]);
  });

  it("gives a dead message another chance, and drops one", () => {
    const store = openStore();
    write(store, tell([buildNotification({ id: "a" }), buildNotification({ id: "b" }, [other])]));
    store.markDead("a", NOW, "404");
    expect(store.retry("a", later(1))).toBe(true);
    expect(store.memory().told.map(({ delivery }) => delivery)).toEqual(["pending", "pending"]);
    expect(store.drop("b", NOW)).toBe(true);
    expect(claim(store, { now: later(1) })).toEqual(["a"]);
    store.markDelivered("a", later(1), "ok");
    expect([store.retry("a", NOW), store.drop("a", NOW), store.retry("none", NOW), store.drop("b", NOW)]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it("knows the waiting messages that may have arrived: claimed, even if long ago, or tried", () => {
    const store = openStore();
    const hand = (id: string): void => write(store, tell([buildNotification({ id }, [buildCondition({ key: id })])]));
    for (const id of ["tried", "claimed", "given up"]) hand(id);
    store.markRetry("tried", NOW, "503");
    store.markDead("given up", NOW, "404");
    claim(store);
    hand("fresh");
    expect([...(store.memory().begun ?? [])].toSorted()).toEqual(["claimed", "tried"]);
  });

  it("lets a message grow until somebody begins to send it", () => {
    const store = openStore();
    const second = buildCondition({ key: "second" });
    const grown = buildNotification({ id: "a" }, [critical, second]);
    write(store, tell([buildNotification({ id: "a" }, [critical])], later(10_000)));
    expect(store.memory().waiting).toEqual([
      { notification: buildNotification({ id: "a" }), notBefore: later(10_000) },
    ]);
    write(store, tell([grown], later(5_000)));
    expect(store.outbox()).toMatchObject([{ notification: grown, nextAttemptAt: later(5_000) }]);
    write(store, tell([buildNotification({ id: "b" }, [second])]));
    expect(claim(store, { now: later(5_000) })).toEqual(["a"]);
    expect(store.memory().waiting).toMatchObject([{ notification: { id: "b" } }]);
    write(store, tell([buildNotification({ id: "a" }, [warning])]));
    expect(store.outbox()[0]?.notification).toEqual(grown);
  });

  it("removes a waiting message that a decision drops, and never a delivered one", () => {
    const store = openStore();
    write(store, tell([buildNotification({ id: "a" }), buildNotification({ id: "b" }, [other])]));
    store.markDelivered("b", NOW, "ok");
    write(store, buildChanges({ dropped: ["a", "b"] }));
    expect(store.outbox().map(({ notification }) => notification.id)).toEqual(["b"]);
  });

  it("counts what waits and what is dead, by channel", () => {
    const store = openStore();
    const items = ["a", "b", "c"].map((id) => buildNotification({ id }, [buildCondition({ key: id })]));
    write(store, tell([...items, buildNotification({ id: "d", channel: "mail", createdAt: later(-9) })]));
    store.markDead("a", NOW, "404");
    store.markDelivered("b", NOW, "ok");
    expect(store.stats()).toEqual([
      { channel: "mail", pending: 1, dead: 0, oldestPendingAt: later(-9) },
      { channel: "ops", pending: 1, dead: 1, oldestPendingAt: NOW },
    ]);
    expect(store.waitingSinceBefore(NOW).map(({ notification }) => notification.id)).toEqual(["d"]);
  });

  it("forgets what ended long ago, and nothing that waits", () => {
    const store = openStore();
    const items = ["a", "b", "c"].map((id) => buildNotification({ id }, [buildCondition({ key: id })]));
    write(store, tell(items));
    store.markDelivered("a", NOW, "ok");
    store.markDead("b", NOW, "404");
    store.addSilence({ id: "s", matchers: {}, startsAt: later(-2), endsAt: later(-1), comment: "" });
    store.prune(later(1));
    expect(store.outbox().map(({ notification }) => notification.id)).toEqual(["c"]);
    expect(store.silences()).toEqual([]);
  });

  it("hands over a message once, however often it is given", () => {
    const store = openStore();
    write(store, tell([buildNotification({ id: "a" })]));
    write(store, tell([buildNotification({ id: "a" })]));
    expect(store.outbox()).toHaveLength(1);
  });
});

describe("the file", () => {
  it("is ours alone", () => {
    write(openStore(), tell([buildNotification({ id: "a" })]));
    const modes = ["", "-wal", "-shm"].map((suffix) => statSync(FILE() + suffix).mode & 0o777);
    expect([statSync(join(directory, "state")).mode & 0o777, ...modes]).toEqual([0o700, 0o600, 0o600, 0o600]);
  });

  it.each([
    ["no database", () => writeFileSync(FILE(), "hello, this is no database at all".repeat(100)), "not a database"],
    ["cut short", () => writeFileSync(FILE(), databaseBytes().subarray(0, 6_000)), "damaged"],
    ["a page overwritten", () => writeFileSync(FILE(), databaseBytes().fill(0xff, 4_096, 12_000)), "damaged"],
    ["of a newer version", () => execute("PRAGMA user_version = 99"), "newer version (99)"],
    ["of another program", () => execute("CREATE TABLE told (x)"), "damaged"],
    ["without a table", () => [openStore().close(), open.pop(), execute("DROP TABLE outbox_items")], "damaged"],
  ])("is set aside, loudly, when it is %s", (_, spoil, complaint) => {
    mkdirSync(join(directory, "state"));
    spoil();
    const store = openStore();
    expect(store.warnings).toHaveLength(1);
    expect(store.warnings[0]).toContain(complaint);
    expect(store.isDurable).toBe(true);
    expect(readdirSync(join(directory, "state"))).toContain(`alerts.sqlite.corrupt-${NOW.getTime()}`);
    write(store, tell([buildNotification({ id: "a" })]));
    expect(openStore()).toMatchObject({ warnings: [] });
    expect(claim(store)).toEqual(["a"]);
  });

  it.each([
    ["firing", "delivered", 0, true],
    ["firing", "dead", 0, false],
    ["firing", "pending", 0, false],
    ["firing", "dead", 1, true],
    ["resolved", "delivered", 1, false],
    ["resolved", "pending", 1, true],
    ["resolved", "dead", 1, true],
  ])(
    "of the first version is brought up to date: %s, %s, told again %i times",
    (state, delivery, again, isBelieved) => {
      write(openStore(), tell([buildNotification({ id: "a" })]));
      open.splice(0).forEach((store) => store.close());
      execute(TO_FIRST_VERSION);
      execute(`UPDATE told SET state = '${state}', delivery = '${delivery}', told_at = starts_at + ${again}`);
      const store = openStore();
      expect(store.warnings).toEqual([]);
      expect(store.memory().told).toMatchObject([{ state, delivery, isBelieved, leftMs: 0 - again }]);
    },
  );

  it.each([
    ["set aside by another process", () => [execute("PRAGMA user_version = 99"), openStore()]],
    ["removed", () => rmSync(join(directory, "state"), { recursive: true })],
  ])("is opened anew, loudly, when it was %s meanwhile", (_, replace) => {
    const running = openStore();
    write(running, tell([buildNotification({ id: "a" })]));
    replace();
    write(running, tell([buildNotification({ id: "b" })]));
    expect(claim(openStore())).toEqual(["b"]);
    expect(claim(running)).toEqual([]);
    expect(running.warnings).toEqual([expect.stringContaining("was replaced by another file")]);
  });

  it("takes its log of unfinished work with it when it is set aside", () => {
    write(openStore(), tell([buildNotification({ id: "a" })]));
    execute("PRAGMA user_version = 99");
    expect(openStore().outbox()).toEqual([]);
    expect(readdirSync(join(directory, "state")).toSorted()).toEqual([
      "alerts.reserve",
      "alerts.sqlite",
      "alerts.sqlite-shm",
      "alerts.sqlite-wal",
      ...["", "-shm", "-wal"].map((suffix) => `alerts.sqlite.corrupt-${NOW.getTime()}${suffix}`),
    ]);
  });

  it.each([
    ["a told row with an unknown word", "UPDATE told SET because = 'magic'", "told"],
    ["a told row whose condition is no JSON", "UPDATE told SET condition = '{'", "told"],
    ["a told row with an impossible date", "UPDATE told SET told_at = 9007199254740991", "told"],
    ["a silence whose matchers are a list", "UPDATE silences SET matchers = '[1]'", "silences"],
    ["an episode without changes", "UPDATE episodes SET changes = '{}'", "episodes"],
  ])("loses only a row that makes no sense: %s", (_, sql, table) => {
    const store = openStore();
    const { key, condition } = buildTold();
    store.addSilence({ id: "s", matchers: {}, startsAt: NOW, endsAt: later(1), comment: "" });
    write(store, buildChanges({ told: [buildTold()] }));
    const one = { key, since: NOW, endedAt: null, isUnwatched: false, changes: [], condition };
    write(store, buildChanges({ episodes: [one] }));
    execute(sql);
    const memory = store.memory();
    expect(memory.told.length + memory.silences.length + memory.episodes.length).toBe(2);
    expect(memory).toMatchObject({ [table]: [] });
    expect(store.warnings).toEqual([`alert state: a row of the table ${table} makes no sense and is left out`]);
  });

  it("forgets that it told what a spoiled message was about", () => {
    const store = openStore();
    write(store, tell([buildNotification({ id: "a" })]));
    execute("UPDATE outbox SET notification = '{}'");
    expect(claim(store)).toEqual([]);
    expect(store.memory().told).toEqual([]);
    expect(store.warnings).toHaveLength(1);
  });

  it("is replaced by memory, loudly, where it cannot be", () => {
    writeFileSync(join(directory, "state"), "a file where the directory should be");
    const store = openStore();
    expect(store.isDurable).toBe(false);
    expect(store.warnings[0]).toContain("so alerts are kept in memory");
    write(store, tell([buildNotification({ id: "a" })]));
    expect(claim(store)).toEqual(["a"]);
  });

  it("keeps some room for a full disk, and makes it again", () => {
    const store = openStore();
    const reserve = join(directory, "state", "alerts.reserve");
    expect([statSync(reserve).size, statSync(reserve).mode & 0o777]).toEqual([1_048_576, 0o600]);
    rmSync(reserve);
    store.prune(NOW);
    expect(statSync(reserve).size).toBe(1_048_576);
  });

  it("says nothing on stderr, not even what Node thinks of its SQLite", () => {
    const script = `
      const { openAlertStore } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/alerts/store-file.ts"))});
      openAlertStore(${JSON.stringify(join(directory, "state"))}, new Date()).close();`;
    const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });

  it("is shared by many", () => {
    const stores = Array.from({ length: 8 }, () => openStore());
    stores.forEach((store, i) =>
      write(store, tell([buildNotification({ id: `n${i}` }, [buildCondition({ key: `${i}` })])])),
    );
    const claimed = stores.flatMap((store) => claim(store, { limit: 1 }));
    expect(claimed.toSorted()).toEqual(stores.map((_, i) => `n${i}`));
  });
});

it("goes on while a newer version adds columns to its tables", () => {
  const store = openStore();
  for (const table of TABLES) {
    execute(`ALTER TABLE ${table} ADD COLUMN newer INTEGER NOT NULL DEFAULT 7`);
  }
  const { key, condition } = buildTold();
  write(store, {
    ...tell([buildNotification({ id: "a" })]),
    episodes: [{ key, since: NOW, endedAt: null, isUnwatched: false, changes: [], condition }],
    evenings: new Map([["ops", NOW]]),
    seen: [{ place: "/home/ada", scope: "", at: NOW }],
    boot: { id: "one", uptimeMs: null, noticedAt: NOW },
  });
  store.addSilence({ id: "s", matchers: { agent: "ops" }, startsAt: NOW, endsAt: later(1_000), comment: "" });
  expect(claim(store)).toEqual(["a"]);
  store.markDelivered("a", NOW, "");
  const { told, episodes, silences, evenings, seen, boot } = store.memory();
  expect([told, episodes, silences, [...evenings], seen ?? [], store.history(9)].map(({ length }) => length)).toEqual(
    Array(6).fill(1),
  );
  expect(boot).toMatchObject({ id: "one" });
});

it("knows another host by the family that hosts have by now, also in what waits", () => {
  const installation = buildCondition({ key: "one//installation", family: "installation", reason: "bad_json" });
  const host = buildCondition({ key: "far//installation", family: "installation", reason: "unreachable" });
  const span = { since: NOW, endedAt: null, isUnwatched: false, changes: [NOW] };
  const episodes = [installation, host].map((condition) => ({ key: condition.key, ...span, condition }));
  const store = openStore();
  write(store, { ...tell([buildNotification({ id: "a" }, [installation, host])]), episodes });
  write(store, tell([buildNotification({ id: "b", channel: "other" })]));
  open.splice(0).forEach((one) => one.close());
  execute("UPDATE outbox SET notification = 'no JSON' WHERE id = 'b'; PRAGMA user_version = 7");
  const after = openStore();
  const { told, episodes: known } = after.memory();
  const sent = after.claim({ now: NOW, leaseMs: LEASE_MS, channels: ["ops"] })?.notification;
  const expected = ["far//remote remote", "one//installation installation"];
  const nameAll = (rows: readonly { readonly condition: Condition }[] = []) =>
    rows.map(({ condition: { key, family } }) => `${key} ${family}`).toSorted();
  expect([nameAll(told.filter(({ channel }) => channel === "ops")), nameAll(known), nameAll(sent?.items)]).toEqual(
    Array(3).fill(expected),
  );
  expect(told.map(({ key }) => key)).toEqual(told.map(({ condition }) => condition.key));
  // The next message about it waits for the one before.
  write(after, tell([buildNotification({ id: "c" }, [{ ...host, key: "far//remote", family: "remote" }])]));
  expect(claim(after)).toEqual([]);
  after.markDelivered("a", NOW, "");
  expect(claim(after)).toEqual(["c"]);
});

/** Takes away all that later versions added. */
const TO_FIRST_VERSION = `
  ALTER TABLE told DROP COLUMN is_believed;
  ALTER TABLE outbox DROP COLUMN is_refresh;
  DROP TABLE seen;
  ALTER TABLE episodes DROP COLUMN is_unwatched;
  DROP TABLE boot;
  ALTER TABLE told DROP COLUMN left_ms;
  ALTER TABLE told ADD COLUMN step INTEGER NOT NULL DEFAULT 3;
  PRAGMA user_version = 1`;

/** The bytes of a database of several pages. */
function databaseBytes(): Buffer {
  execute("CREATE TABLE told (text)");
  for (let i = 0; i < 20; i += 1) execute(`INSERT INTO told VALUES ('${"x".repeat(2_000)}')`);
  return readFileSync(FILE());
}

function execute(sql: string): void {
  const db = new DatabaseSync(FILE());
  db.exec(sql);
  db.close();
}
