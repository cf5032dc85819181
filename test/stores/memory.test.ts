import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { modificationTime } from "../../src/files.ts";
import type { StoreReader } from "../../src/stores/reader.ts";
import type { Store } from "../../src/stores/store.ts";
import {
  idsOf,
  makeReader,
  makeSandbox,
  NOW,
  readAgent,
  reasonsOf,
  storeOf,
  writeAgentDatabase,
  writeJson,
} from "./sandbox.ts";

const DATABASE = "openclaw-agent.sqlite";
const PROFILES = "auth-profiles.json";
const HOUR = 3_600_000;

/** An agent and its reader. Looks are an hour apart, and so are the files' timestamps, as in real life. */
function makeAgent(): { agentDir: string; reader: StoreReader; look: (hours: number) => Store | null } {
  const agentDir = join(makeSandbox(), "agent");
  mkdirSync(agentDir);
  const reader = makeReader();
  const look = (hours: number): Store | null => readAgent({ agentDir, reader, now: hoursLater(hours) });
  return { agentDir, reader, look };
}

function hoursLater(hours: number): Date {
  return new Date(NOW.getTime() + hours * HOUR);
}

/** As if the file had been written long ago, so that its timestamps can be believed. */
function age(...paths: readonly string[]): void {
  for (const path of paths) utimesSync(path, new Date(0), new Date(1_000_000));
}

describe("an unchanged store", () => {
  test.each([
    ["JSON", (directory: string) => writeJson(join(directory, PROFILES), storeOf("a:1"))],
    ["a database", (directory: string) => writeAgentDatabase(join(directory, DATABASE), { store: storeOf("a:1") })],
    ["a broken file", (directory: string) => writeFileSync(join(directory, PROFILES), "{")],
    ["no store", () => {}],
  ])("gives the same answer and no new revision: %s", (_name, arrange) => {
    const { agentDir, reader, look } = makeAgent();
    arrange(agentDir);
    const first = look(0);
    const { revision } = reader;
    // The first looks fall within the time in which timestamps are not believed; the last one does not.
    expect(look(1)).toBe(first);
    age(agentDir);
    expect(look(2)).toBe(first);
    expect(look(3)).toBe(first);
    expect(reader.revision).toBe(revision);
  });

  test("that is written again with the same content gives the same credentials", () => {
    const { agentDir, look } = makeAgent();
    writeJson(join(agentDir, PROFILES), storeOf("a:1"));
    const first = look(0);
    writeJson(join(agentDir, PROFILES), storeOf("a:1"));
    expect(look(1)?.credentials).toEqual(first?.credentials);
  });
});

describe("a change is seen", () => {
  test.each([
    ["in place, same length", (directory: string) => writeJson(join(directory, PROFILES), storeOf("a:2")), ["a:2"]],
    [
      "in place, same length and modification time",
      (directory: string) => {
        writeJson(join(directory, PROFILES), storeOf("a:2"));
        age(join(directory, PROFILES));
      },
      ["a:2"],
    ],
    [
      "by rename",
      (directory: string) => {
        writeJson(join(directory, "new.tmp"), storeOf("a:3"));
        renameSync(join(directory, "new.tmp"), join(directory, PROFILES));
      },
      ["a:3"],
    ],
    [
      "a database appears",
      (directory: string) => writeAgentDatabase(join(directory, DATABASE), { store: storeOf("b:1") }),
      ["b:1"],
    ],
    ["the file is gone", (directory: string) => rmSync(join(directory, PROFILES)), []],
    ["the agent is gone", (directory: string) => rmSync(directory, { recursive: true }), []],
  ])("%s", (_name, change, ids) => {
    const { agentDir, reader, look } = makeAgent();
    writeJson(join(agentDir, PROFILES), storeOf("a:1"));
    age(join(agentDir, PROFILES), agentDir);
    look(0);
    expect(idsOf(look(1))).toEqual(["a:1"]);
    const { revision } = reader;
    change(agentDir);
    expect(idsOf(look(2))).toEqual(ids);
    expect(reader.revision).toBeGreaterThan(revision);
  });

  test("auth-state.json appears, changes and goes", () => {
    const { agentDir, look } = makeAgent();
    const order = (): unknown => look(0)?.state.order.get("a");
    writeJson(join(agentDir, PROFILES), storeOf("a:1"));
    age(join(agentDir, PROFILES), agentDir);
    expect(order()).toBeUndefined();
    writeJson(join(agentDir, "auth-state.json"), { order: { a: ["a:1"] } });
    expect(order()).toEqual(["a:1"]);
    writeJson(join(agentDir, "auth-state.json"), { order: { a: ["a:2"] } });
    expect(order()).toEqual(["a:2"]);
    rmSync(join(agentDir, "auth-state.json"));
    expect(order()).toBeUndefined();
  });

  test("a commit to the WAL of a database", () => {
    const { agentDir, look } = makeAgent();
    const path = join(agentDir, DATABASE);
    writeAgentDatabase(path, { store: storeOf("a:1") });
    age(path, agentDir);
    look(0);
    const writer = new DatabaseSync(path);
    for (const id of ["a:2", "a:3"]) {
      writer.prepare("UPDATE auth_profile_store SET store_json = ?").run(JSON.stringify(storeOf(id)));
      expect(idsOf(look(1))).toEqual([id]);
    }
    writer.close();
    expect(idsOf(look(2))).toEqual(["a:3"]);
  });

  test("the target of a link that dangled appears", () => {
    const { agentDir, look } = makeAgent();
    const target = join(agentDir, "..", "elsewhere.json");
    symlinkSync(target, join(agentDir, PROFILES));
    age(agentDir);
    expect(look(0)).toBeNull();
    writeJson(target, storeOf("a:1"));
    expect(idsOf(look(1))).toEqual(["a:1"]);
  });

  test("the mode", () => {
    const { agentDir, look } = makeAgent();
    writeJson(join(agentDir, PROFILES), storeOf("a:1"));
    age(join(agentDir, PROFILES), agentDir);
    expect(look(0)?.hasInsecureMode).toBe(false);
    chmodSync(join(agentDir, PROFILES), 0o644);
    expect(look(1)?.hasInsecureMode).toBe(true);
  });
});

describe("a failed look", () => {
  test("keeps the last good reading, as of the last time it was confirmed", () => {
    const { agentDir, look } = makeAgent();
    const path = join(agentDir, PROFILES);
    writeJson(path, { ...storeOf("a:1"), usageStats: { "a:1": { errorCount: 5 } } });
    age(path, agentDir);
    look(0);
    look(7);
    writeFileSync(path, '{"profiles":');
    for (const hours of [8, 9]) {
      const store = look(hours);
      expect(store).toMatchObject({
        isUp: false,
        isStale: true,
        readAt: hoursLater(7),
        problems: [{ reason: "bad_json" }],
      });
      expect([idsOf(store), store?.state.usage.get("a:1")?.errorCount]).toEqual([["a:1"], 5]);
    }
    writeJson(path, storeOf("a:2"));
    const mended = look(10);
    expect(mended).toMatchObject({ isUp: true, isStale: false, readAt: hoursLater(10), problems: [] });
    expect(idsOf(mended)).toEqual(["a:2"]);
  });

  test.each([
    ["another reason", "", "empty_file"],
    ["no longer an object", "[]", "wrong_shape"],
    ["without profiles", '{"version":1}', "wrong_shape"],
  ])("keeps it through %s", (_name, text, reason) => {
    const { agentDir, look } = makeAgent();
    writeJson(join(agentDir, PROFILES), storeOf("a:1"));
    look(0);
    writeFileSync(join(agentDir, PROFILES), "{");
    look(1);
    writeFileSync(join(agentDir, PROFILES), text);
    const store = look(2);
    expect([reasonsOf(store), idsOf(store), store?.isStale, store?.readAt]).toEqual([
      [reason],
      ["a:1"],
      true,
      hoursLater(0),
    ]);
  });

  test("a broken state keeps the last state beside the credentials of now", () => {
    const { agentDir, look } = makeAgent();
    writeJson(join(agentDir, PROFILES), storeOf("a:1"));
    writeJson(join(agentDir, "auth-state.json"), { usageStats: { "a:1": { errorCount: 5 } } });
    look(0);
    writeJson(join(agentDir, PROFILES), storeOf("a:1", "a:2"));
    writeFileSync(join(agentDir, "auth-state.json"), "{");
    const store = look(1);
    expect([idsOf(store), store?.state.usage.get("a:1")?.errorCount]).toEqual([["a:1", "a:2"], 5]);
    expect(store).toMatchObject({ isUp: false, isStale: true });
  });

  test("a store that was never read has nothing to keep", () => {
    const { agentDir, look } = makeAgent();
    writeFileSync(join(agentDir, PROFILES), "{");
    expect(look(0)).toMatchObject({ isUp: false, isStale: false, readAt: null, credentials: [] });
  });

  test("a store that is gone is gone, not stale", () => {
    const { agentDir, look } = makeAgent();
    writeJson(join(agentDir, PROFILES), storeOf("a:1"));
    look(0);
    rmSync(join(agentDir, PROFILES));
    expect(look(1)).toBeNull();
  });

  test("what OpenClaw itself stopped reading is not kept", () => {
    const { agentDir, look } = makeAgent();
    writeJson(join(agentDir, PROFILES), storeOf("a:1"));
    look(0);
    writeAgentDatabase(join(agentDir, DATABASE), {});
    expect(look(1)).toMatchObject({ isUp: false, isStale: false, readAt: null, credentials: [] });
  });

  test("a database that breaks keeps the last good rows", () => {
    const { agentDir, look } = makeAgent();
    const path = join(agentDir, DATABASE);
    writeAgentDatabase(path, { store: storeOf("a:1") });
    look(0);
    writeFileSync(path, "x".repeat(5_000));
    const store = look(1);
    expect([reasonsOf(store), idsOf(store), store?.isStale]).toEqual([["sqlite_corrupt"], ["a:1"], true]);
  });
});

describe("forgetUnasked", () => {
  test("drops what nobody asked for since the last time, and keeps the rest", () => {
    const { agentDir, reader, look } = makeAgent();
    writeJson(join(agentDir, PROFILES), storeOf("a:1"));
    const first = look(0);
    reader.forgetUnasked();
    const { revision } = reader;
    expect(look(1)).toBe(first);
    reader.forgetUnasked();
    expect(reader.revision).toBe(revision);
    reader.forgetUnasked();
    expect(reader.revision).toBeGreaterThan(revision);
    appendFileSync(join(agentDir, PROFILES), "}");
    expect(look(2)).toMatchObject({ isUp: false, isStale: false, credentials: [] });
  });
});

test("a file stamped beyond what a date can hold has no time of its last change", () => {
  const agentDir = makeSandbox();
  const path = join(agentDir, "auth-profiles.json");
  writeJson(path, storeOf("a:1"));
  utimesSync(path, 9_000_000_000_000, 9_000_000_000_000);
  const store = readAgent({ agentDir });
  expect(store?.credentials).toHaveLength(1);
  expect(JSON.stringify(store?.modifiedAt?.getTime() ?? "none")).not.toBe("null");
  expect(modificationTime({ mtime: new Date(Number.NaN) })).toBeNull();
});
