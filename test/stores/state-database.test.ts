import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import type { StateDatabase, StoreReader } from "../../src/stores/reader.ts";
import { STATE_CELLS } from "../../src/stores/shared-sqlite.ts";
import { readCells } from "../../src/stores/sqlite-cells.ts";
import type { OpenDatabase } from "../../src/stores/sqlite-query.ts";
import { readDatabase } from "../../src/stores/sqlite.ts";
import { describeTree, idsOf, makeReader, makeSandbox, NOW, reasonsOf, storeOf } from "./sandbox.ts";
import { type StateContent, writeStateDatabase } from "./state-fixture.ts";

/** Looks, and insists that the state directory stays as it is. */
function readState(stateDir: string, reader: StoreReader = makeReader(), now: Date = NOW): StateDatabase | null {
  const before = describeTree(stateDir);
  const state = reader.readStateDatabase(stateDir, now);
  expect(describeTree(stateDir)).toEqual(before);
  return state;
}

function read(content: StateContent): StateDatabase | null {
  const stateDir = makeSandbox();
  writeStateDatabase(stateDir, content);
  return readState(stateDir);
}

const SHARED = { "auth.sharedStore": { location: "state-db" }, "authProfiles.store": storeOf("a:1") };

describe("where the shared store is", () => {
  test.each<[string, StateContent, StateDatabase["sharedStoreLocation"], readonly string[] | null]>([
    ["in the state database", { machineState: SHARED }, "state-db", ["a:1"]],
    ["there, and empty", { machineState: { "auth.sharedStore": { location: "state-db" } } }, "state-db", []],
    [
      "in main's own",
      { machineState: { ...SHARED, "auth.sharedStore": { location: "legacy-main" } } },
      "legacy-main",
      null,
    ],
    ["not said", { machineState: { "authProfiles.store": storeOf("a:1") } }, "legacy-main", null],
    ["no such table before 2026.8.1", {}, "legacy-main", null],
  ])("%s", (_name, content, location, ids) => {
    const state = read(content);
    expect([state?.sharedStoreLocation, state?.problems]).toEqual([location, []]);
    expect(state?.sharedStore === null ? null : idsOf(state?.sharedStore ?? null)).toEqual(ids);
  });

  test.each([
    ["another place", { location: "moon" }],
    ["a place and more", { location: "state-db", also: 1 }],
    ["text", '"state-db"'],
    ["no JSON", "{"],
    ["null", "null"],
  ])("%s is invalid", (_name, value) => {
    const state = read({ machineState: { ...SHARED, "auth.sharedStore": value } });
    expect(state).toMatchObject({
      sharedStoreLocation: "invalid",
      sharedStore: null,
      problems: [{ reason: "wrong_shape" }],
    });
  });

  test("nowhere without a state database", () => {
    const stateDir = makeSandbox();
    expect(readState(stateDir)).toBeNull();
    mkdirSync(join(stateDir, "state"));
    expect(readState(stateDir)).toBeNull();
  });
});

describe("the shared store", () => {
  test("has its state, its owner, and the time its row was written", () => {
    const state = read({ machineState: { ...SHARED, "authProfiles.state": { lastGood: { a: "a:1" } } } });
    expect(state?.sharedStore).toMatchObject({
      owner: "_shared",
      format: "shared-sqlite",
      isUp: true,
      schemaVersion: 18,
      modifiedAt: new Date(1_790_000_000_000),
    });
    expect(state?.sharedStore?.state.lastGood.get("a")).toBe("a:1");
  });

  test.each([
    ["bad_json", "{"],
    ["wrong_shape", "[]"],
    ["wrong_shape", "{}"],
  ])("that cannot be understood is %s: %s", (reason, text) => {
    const state = read({ machineState: { ...SHARED, "authProfiles.store": text } });
    expect(state?.sharedStore).toMatchObject({ isUp: false, problems: [{ reason }] });
  });

  test("a newer schema is said once and read all the same", () => {
    const shared = read({ machineState: SHARED, userVersion: 19 });
    expect([shared?.problems, reasonsOf(shared?.sharedStore ?? null)]).toEqual([[], ["newer_schema"]]);
    expect(idsOf(shared?.sharedStore ?? null)).toEqual(["a:1"]);
    expect(read({ userVersion: 19 })?.problems).toMatchObject([{ reason: "newer_schema" }]);
  });
});

describe("the registry of agent databases", () => {
  test("paths absolute (2026.6) or relative to the state directory (2026.9); broken rows left out", () => {
    const stateDir = makeSandbox();
    const rows = [
      ["main", "/elsewhere/openclaw-agent.sqlite"],
      ["ops", "agents/ops/agent/openclaw-agent.sqlite"],
      ["", "x"],
      [null, "x"],
      ["x", 7],
    ] as const;
    writeStateDatabase(stateDir, { agents: rows });
    expect(readState(stateDir)?.agentDatabases).toEqual([
      { agentId: "main", path: "/elsewhere/openclaw-agent.sqlite" },
      { agentId: "ops", path: join(stateDir, "agents/ops/agent/openclaw-agent.sqlite") },
    ]);
  });
});

describe("a database of another make", () => {
  test("with one key many times is read once", () => {
    const path = join(makeSandbox(), "many.sqlite");
    const database = new DatabaseSync(path);
    database.exec(`CREATE TABLE config_machine_state (state_key, value_json, updated_at_ms);
      INSERT INTO config_machine_state VALUES ('auth.sharedStore', '1', 1), ('auth.sharedStore', '2', 2)`);
    database.close();
    const selected: number[] = [];
    const run = (opened: OpenDatabase): unknown =>
      readCells({ ...opened, rows: (sql) => count(opened.rows(sql)) }, { location: STATE_CELLS.location });
    const count = (rows: ReturnType<OpenDatabase["rows"]>): typeof rows => {
      selected.push(rows.length);
      return rows;
    };
    expect(readDatabase(path, { tables: ["config_machine_state"], run }).kind).toBe("read");
    expect(selected).toEqual([1]);
  });

  test("with ids and paths that are too long registers nobody under them", () => {
    const stateDir = makeSandbox();
    const agents = [
      ["a", "x".repeat(4_097)],
      ["b".repeat(257), "agents/b"],
      ["c", "agents/c"],
    ] as const;
    writeStateDatabase(stateDir, { agents });
    expect(
      makeReader()
        .readStateDatabase(stateDir, NOW)
        ?.agentDatabases.map(({ agentId }) => agentId),
    ).toEqual(["c"]);
  });
});

describe("a state database that cannot be read", () => {
  test("at first: the credentials may be there, so the shared store is down", () => {
    const stateDir = makeSandbox();
    writeFileSync(writeStateDatabase(stateDir, {}), "");
    const state = readState(stateDir);
    expect(state).toMatchObject({ sharedStoreLocation: "invalid", agentDatabases: [], problems: [] });
    expect(state?.sharedStore).toMatchObject({ isUp: false, readAt: null, problems: [{ reason: "empty_file" }] });
  });

  test("later: what it said before stands", () => {
    const stateDir = makeSandbox();
    const reader = makeReader();
    const path = writeStateDatabase(stateDir, { machineState: SHARED, agents: [["ops", "x"]] });
    readState(stateDir, reader);
    writeFileSync(path, "x".repeat(5_000));
    const state = readState(stateDir, reader, new Date(NOW.getTime() + 1));
    expect(state).toMatchObject({ sharedStoreLocation: "state-db", agentDatabases: [{ agentId: "ops" }] });
    expect(state?.sharedStore).toMatchObject({
      isUp: false,
      isStale: true,
      readAt: NOW,
      problems: [{ reason: "sqlite_corrupt" }],
    });
    expect(idsOf(state?.sharedStore ?? null)).toEqual(["a:1"]);
  });

  test("later, as it no longer says where the shared store is: what it said before stands", () => {
    const stateDir = makeSandbox();
    const reader = makeReader();
    writeStateDatabase(stateDir, { machineState: SHARED });
    readState(stateDir, reader);
    const machineState = { ...SHARED, "auth.sharedStore": "{" };
    writeStateDatabase(stateDir, { machineState, agents: [["ops", "x"]] });
    const state = readState(stateDir, reader, new Date(NOW.getTime() + 1));
    expect(state).toMatchObject({
      sharedStoreLocation: "state-db",
      agentDatabases: [{ agentId: "ops" }],
      problems: [],
    });
    expect(state?.sharedStore).toMatchObject({ isStale: true, readAt: NOW, problems: [{ reason: "wrong_shape" }] });
    expect(idsOf(state?.sharedStore ?? null)).toEqual(["a:1"]);
    writeStateDatabase(stateDir, { machineState: SHARED });
    expect(readState(stateDir, reader)?.sharedStore?.isUp).toBe(true);
  });

  test("later, with the base in main's own: the problem is the installation's", () => {
    const stateDir = makeSandbox();
    const reader = makeReader();
    const path = writeStateDatabase(stateDir, {});
    readState(stateDir, reader);
    writeFileSync(path, "x".repeat(5_000));
    expect(readState(stateDir, reader)).toMatchObject({
      sharedStoreLocation: "legacy-main",
      sharedStore: null,
      problems: [{ reason: "sqlite_corrupt" }],
    });
  });
});

test("a link to another state database is noticed", () => {
  const [stateDir, one, two] = [makeSandbox(), makeSandbox(), makeSandbox()];
  const targets = [
    writeStateDatabase(one, { agents: [["ann", "x"]] }),
    writeStateDatabase(two, { agents: [["ben", "x"]] }),
  ];
  const link = join(stateDir, "state", "openclaw.sqlite");
  mkdirSync(join(stateDir, "state"));
  const longAgo = new Date(Date.now() - 3_600_000);
  for (const path of targets.flatMap((target) => [target, dirname(target)])) utimesSync(path, longAgo, longAgo);
  const reader = makeReader();
  const seen = targets.map((target) => {
    rmSync(link, { force: true });
    symlinkSync(target, link);
    return readState(stateDir, reader)?.agentDatabases.map(({ agentId }) => agentId);
  });
  expect(seen).toEqual([["ann"], ["ben"]]);
});

test("an unchanged state database gives the same answer and no new revision", () => {
  const stateDir = makeSandbox();
  const reader = makeReader();
  writeStateDatabase(stateDir, { machineState: SHARED });
  const first = readState(stateDir, reader);
  const { revision } = reader;
  expect(readState(stateDir, reader, new Date(NOW.getTime() + 1))).toBe(first);
  expect(reader.revision).toBe(revision);
});
