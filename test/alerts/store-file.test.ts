import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import type { Condition } from "../../src/alerts/condition.ts";
import { TABLES } from "../../src/alerts/store-schema.ts";
import { buildChanges, buildCondition, buildNotification, buildTold, later, NOW, tell } from "./sample-alerts.ts";
import { claim, LEASE_MS, useStores, write } from "./stores.ts";

const stores = useStores();

describe("the file", () => {
  it("is ours alone", () => {
    write(stores.openStore(), tell([buildNotification({ id: "a" })]));
    const modes = ["", "-wal", "-shm"].map((suffix) => statSync(stores.file() + suffix).mode & 0o777);
    expect([statSync(join(stores.directory(), "state")).mode & 0o777, ...modes]).toEqual([0o700, 0o600, 0o600, 0o600]);
  });

  it.each([
    [
      "no database",
      () => writeFileSync(stores.file(), "hello, this is no database at all".repeat(100)),
      "not a database",
    ],
    ["cut short", () => writeFileSync(stores.file(), databaseBytes().subarray(0, 6_000)), "damaged"],
    ["a page overwritten", () => writeFileSync(stores.file(), databaseBytes().fill(0xff, 4_096, 12_000)), "damaged"],
    ["of a newer version", () => execute("PRAGMA user_version = 99"), "newer version (99)"],
    ["of another program", () => execute("CREATE TABLE told (x)"), "damaged"],
    [
      "without a table",
      () => [stores.openStore().close(), stores.open.pop(), execute("DROP TABLE outbox_items")],
      "damaged",
    ],
  ])("is set aside, loudly, when it is %s", (_, spoil, complaint) => {
    mkdirSync(join(stores.directory(), "state"));
    spoil();
    const store = stores.openStore();
    expect(store.warnings).toHaveLength(1);
    expect(store.warnings[0]).toContain(complaint);
    expect(store.isDurable).toBe(true);
    expect(readdirSync(join(stores.directory(), "state"))).toContain(`alerts.sqlite.corrupt-${NOW.getTime()}`);
    write(store, tell([buildNotification({ id: "a" })]));
    expect(stores.openStore()).toMatchObject({ warnings: [] });
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
      write(stores.openStore(), tell([buildNotification({ id: "a" })]));
      stores.open.splice(0).forEach((store) => store.close());
      execute(TO_FIRST_VERSION);
      execute(`UPDATE told SET state = '${state}', delivery = '${delivery}', told_at = starts_at + ${again}`);
      const store = stores.openStore();
      expect(store.warnings).toEqual([]);
      expect(store.memory().told).toMatchObject([{ state, delivery, isBelieved, leftMs: 0 - again }]);
    },
  );

  it.each([
    ["set aside by another process", () => [execute("PRAGMA user_version = 99"), stores.openStore()]],
    ["removed", () => rmSync(join(stores.directory(), "state"), { recursive: true })],
  ])("is opened anew, loudly, when it was %s meanwhile", (_, replace) => {
    const running = stores.openStore();
    write(running, tell([buildNotification({ id: "a" })]));
    replace();
    write(running, tell([buildNotification({ id: "b" })]));
    expect(claim(stores.openStore())).toEqual(["b"]);
    expect(claim(running)).toEqual([]);
    expect(running.warnings).toEqual([expect.stringContaining("was replaced by another file")]);
  });

  it("takes its log of unfinished work with it when it is set aside", () => {
    write(stores.openStore(), tell([buildNotification({ id: "a" })]));
    execute("PRAGMA user_version = 99");
    expect(stores.openStore().outbox()).toEqual([]);
    expect(readdirSync(join(stores.directory(), "state")).toSorted()).toEqual([
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
    const store = stores.openStore();
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
    const store = stores.openStore();
    write(store, tell([buildNotification({ id: "a" })]));
    execute("UPDATE outbox SET notification = '{}'");
    expect(claim(store)).toEqual([]);
    expect(store.memory().told).toEqual([]);
    expect(store.warnings).toHaveLength(1);
  });

  it("is replaced by memory, loudly, where it cannot be", () => {
    writeFileSync(join(stores.directory(), "state"), "a file where the stores.directory() should be");
    const store = stores.openStore();
    expect(store.isDurable).toBe(false);
    expect(store.warnings[0]).toContain("so alerts are kept in memory");
    write(store, tell([buildNotification({ id: "a" })]));
    expect(claim(store)).toEqual(["a"]);
  });

  it("keeps some room for a full disk, and makes it again", () => {
    const store = stores.openStore();
    const reserve = join(stores.directory(), "state", "alerts.reserve");
    expect([statSync(reserve).size, statSync(reserve).mode & 0o777]).toEqual([1_048_576, 0o600]);
    rmSync(reserve);
    store.prune(NOW);
    expect(statSync(reserve).size).toBe(1_048_576);
  });

  it("says nothing on stderr, not even what Node thinks of its SQLite", () => {
    const script = `
      const { openAlertStore } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/alerts/store-file.ts"))});
      openAlertStore(${JSON.stringify(join(stores.directory(), "state"))}, new Date()).close();`;
    const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });

  it("is shared by many", () => {
    const opened = Array.from({ length: 8 }, () => stores.openStore());
    opened.forEach((store, i) =>
      write(store, tell([buildNotification({ id: `n${i}` }, [buildCondition({ key: `${i}` })])])),
    );
    const claimed = opened.flatMap((store) => claim(store, { limit: 1 }));
    expect(claimed.toSorted()).toEqual(opened.map((_, i) => `n${i}`));
  });
});

it("goes on while a newer version adds columns to its tables", () => {
  const store = stores.openStore();
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
  const store = stores.openStore();
  write(store, { ...tell([buildNotification({ id: "a" }, [installation, host])]), episodes });
  write(store, tell([buildNotification({ id: "b", channel: "other" })]));
  stores.open.splice(0).forEach((one) => one.close());
  execute("UPDATE outbox SET notification = 'no JSON' WHERE id = 'b'; PRAGMA user_version = 7");
  const after = stores.openStore();
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
  return readFileSync(stores.file());
}

function execute(sql: string): void {
  const db = new DatabaseSync(stores.file());
  db.exec(sql);
  db.close();
}
