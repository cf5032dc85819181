import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Store } from "../../src/stores/store.ts";
import { OTHER_USER, readAgentAsOther, Writer } from "./processes.ts";
import {
  AGENT_SCHEMA,
  describeTree,
  makeReader,
  makeSandbox,
  readAgent,
  reasonsOf,
  storeOf,
  writeAgentDatabase,
} from "./sandbox.ts";

const DATABASE = "openclaw-agent.sqlite";

/** Looks at an agent directory by any means, and insists that nothing in it has changed. */
function readUntouched(
  agentDir: string,
  read = (directory: string) => readAgent({ agentDir: directory }),
): Store | null {
  const before = describeTree(agentDir);
  const store = read(agentDir);
  expect(describeTree(agentDir)).toEqual(before);
  expect(privateCopies()).toEqual([]);
  return store;
}

function privateCopies(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`agent-auth-exporter-${process.pid}-`));
}

/** It says that it could not be read in time. */
function isBusy(store: Store | null): boolean {
  return store?.isUp === false && reasonsOf(store).join() === "sqlite_busy";
}

/** The commit that a reading shows; every profile must be of the same one. */
function commitOf(store: Store | null): number {
  const commits = new Set(
    store?.credentials.map(({ expiry }) => (expiry.kind === "at" ? new Date(expiry.at).getTime() : -1)),
  );
  expect([store?.isUp, store?.credentials.length, commits.size, reasonsOf(store)]).toEqual([true, 20, 1, []]);
  return [...commits][0] ?? -1;
}

const readHere = (directory: string): Store | null => readAgent({ agentDir: directory });

/**
 * All ways in: as whoever runs the tests, who may be root; as a user who may only look; and as the owner, who could
 * change everything.
 */
const READERS: readonly (readonly [string, typeof readHere, typeof OTHER_USER])[] = [
  ["in this process", readHere, {}],
  ["as another user", readAgentAsOther, {}],
  ["as its owner", readAgentAsOther, OTHER_USER],
];

describe.each(READERS)("a database is read and left as it was, %s:", (_reader, read, owner) => {
  const startWriter = async (agentDir: string, mode: string): Promise<Writer> => {
    if (owner.uid !== undefined && owner.gid !== undefined) chownSync(agentDir, owner.uid, owner.gid);
    return Writer.start("hold-database", [join(agentDir, DATABASE), mode], owner);
  };

  test("(a) a writer holds it open with all it wrote still in the WAL", async () => {
    const agentDir = makeSandbox();
    await startWriter(agentDir, "wal");
    expect(statSync(join(agentDir, `${DATABASE}-wal`)).size).toBeGreaterThan(0);
    expect(commitOf(readUntouched(agentDir, read))).toBe(1);
  });

  test("(b) closed cleanly", async () => {
    const agentDir = makeSandbox();
    const writer = await startWriter(agentDir, "wal");
    await writer.stop();
    expect(readdirSync(agentDir)).toEqual([DATABASE]);
    expect(commitOf(readUntouched(agentDir, read))).toBe(1);
  });

  test.each([
    ["with its -shm", true],
    ["without its -shm", false],
  ])("(c) a crash left the WAL behind, %s", async (_name, keepsShm) => {
    const agentDir = makeSandbox();
    const writer = await startWriter(agentDir, "wal");
    await writer.crash();
    if (!keepsShm) rmSync(join(agentDir, `${DATABASE}-shm`));
    expect(commitOf(readUntouched(agentDir, read))).toBe(1);
  });

  test("(c) a crash left a rollback journal to play back", async () => {
    const agentDir = makeSandbox();
    const writer = await startWriter(agentDir, "exclusive-spilled");
    await writer.crash();
    expect(statSync(join(agentDir, `${DATABASE}-journal`)).size).toBeGreaterThan(0);
    expect(commitOf(readUntouched(agentDir, read))).toBe(1);
  });

  test.each([
    ["closed", false, true],
    ["with a live WAL", true, true],
    ["with the WAL of a crash", false, true],
    ["with the WAL of a crash and no -shm", false, false],
  ])("(d) in a directory that nobody may write to, %s", async (name, isLive, keepsShm) => {
    const agentDir = makeSandbox();
    const writer = await startWriter(agentDir, "wal");
    if (name === "closed") await writer.stop();
    else if (!isLive) await writer.crash();
    if (!keepsShm) rmSync(join(agentDir, `${DATABASE}-shm`));
    for (const file of readdirSync(agentDir)) chmodSync(join(agentDir, file), 0o444);
    chmodSync(agentDir, 0o555);
    expect(commitOf(readUntouched(agentDir, read))).toBe(1);
  });

  test.each([
    ["in WAL mode", "exclusive-wal"],
    ["with a lock and nothing changed", "exclusive-idle"],
    ["with changed pages in the file", "exclusive-spilled"],
  ])("(g) while its writer lets nobody else in, %s", async (_name, mode) => {
    const agentDir = makeSandbox();
    await startWriter(agentDir, mode);
    expect(commitOf(readUntouched(agentDir, read))).toBe(1);
  });
});

describe("(a) while its writer commits without pause", () => {
  test("every reading is one commit, none is older than the one before, and no name appears", async () => {
    const agentDir = makeSandbox();
    const writer = await Writer.start("hold-database", [join(agentDir, DATABASE), "busy"]);
    const names = readdirSync(agentDir).toSorted();
    const reader = makeReader();
    const commits: number[] = [];
    let busy = 0;
    // Where the writer gets all of a processor, patience can end before a look does; nothing is made up then.
    while (commits.length < 200 && busy < 100) {
      const store = readAgent({ agentDir, reader });
      if (isBusy(store)) busy += 1;
      else commits.push(commitOf(store));
    }
    expect(commits).toHaveLength(200);
    expect(commits).toEqual(commits.toSorted((one, other) => one - other));
    const [first = 0] = commits;
    expect(readdirSync(agentDir).toSorted()).toEqual(names);
    const committed = await writer.pause();
    expect(commitOf(readUntouched(agentDir))).toBe(committed);
    expect(committed).toBeGreaterThan(first);
  });

  test("the same as another user, who reads in place", async () => {
    const agentDir = makeSandbox();
    const writer = await Writer.start("hold-database", [join(agentDir, DATABASE), "busy"]);
    for (let look = 0; look < 5; look++) expect(commitOf(readAgentAsOther(agentDir))).toBeGreaterThan(0);
    const committed = await writer.pause();
    expect(commitOf(readUntouched(agentDir, readAgentAsOther))).toBe(committed);
  });
});

test("a large database with a live WAL is left alone too, and the next look at it is one at memory", async () => {
  const agentDir = makeSandbox();
  const path = join(agentDir, DATABASE);
  await Writer.start("hold-database", [path, "wal"]);
  const writer = new DatabaseSync(path);
  onTestFinished(() => writer.close());
  writer.exec("PRAGMA wal_autocheckpoint = 0; CREATE TABLE large (x); INSERT INTO large VALUES (zeroblob(40000000))");
  const longAgo = new Date(Date.now() - 3_600_000);
  for (const name of readdirSync(agentDir)) utimesSync(join(agentDir, name), longAgo, longAgo);
  utimesSync(agentDir, longAgo, longAgo);
  const reader = makeReader();
  const read = (directory: string): Store | null => readAgent({ agentDir: directory, reader });
  const first = readUntouched(agentDir, read);
  const { revision } = reader;
  expect([commitOf(first), readUntouched(agentDir, read) === first, reader.revision]).toEqual([1, true, revision]);
}, 30_000);

test.each(["-shm", "-journal"])("a FIFO in place of the %s keeps nobody waiting", async (suffix) => {
  const agentDir = makeSandbox();
  const path = join(agentDir, DATABASE);
  const writer = await Writer.start("hold-database", [path, "wal"]);
  await writer.crash();
  rmSync(path + suffix, { force: true });
  execFileSync("mkfifo", ["-m", "666", path + suffix]);
  expect(commitOf(readUntouched(agentDir, readAgentAsOther))).toBe(1);
});

describe("without a temporary directory to copy to", () => {
  const readWithoutCopy = (directory: string): Store | null => readAgentAsOther(directory, { TMPDIR: "/nonexistent" });

  test.each([
    ["held open", false],
    ["left by a crash", true],
  ])("a WAL %s is read in place through its -shm", async (_name, isCrashed) => {
    const agentDir = makeSandbox();
    const writer = await Writer.start("hold-database", [join(agentDir, DATABASE), "wal"]);
    if (isCrashed) await writer.crash();
    expect(commitOf(readUntouched(agentDir, readWithoutCopy))).toBe(1);
  });

  test("one without its -shm cannot be read, and the message says why", async () => {
    const agentDir = makeSandbox();
    await Writer.start("hold-database", [join(agentDir, DATABASE), "exclusive-wal"]);
    const store = readUntouched(agentDir, readWithoutCopy);
    expect(store).toMatchObject({ isUp: false, credentials: [], problems: [{ reason: "permission_denied" }] });
    expect(store?.problems[0]?.message).toContain("cannot be copied to /nonexistent");
  });
});

describe("(e) a damaged database", () => {
  test.each([
    ["empty", "", ["empty_file"]],
    ["of another kind", "this is no database", ["sqlite_corrupt"]],
    ["one byte long", "S", ["sqlite_corrupt"]],
    ["only the first line", "SQLite format 3\0", ["sqlite_corrupt"]],
    ["nothing but zeros", "\0".repeat(8_192), ["sqlite_corrupt"]],
  ])("%s", (_name, content, reasons) => {
    const agentDir = makeSandbox();
    writeFileSync(join(agentDir, DATABASE), content);
    const store = readUntouched(agentDir);
    expect([reasonsOf(store), store?.isUp, store?.credentials]).toEqual([reasons, false, []]);
  });

  test("cut at any length it gives its data or a reason", () => {
    const agentDir = makeSandbox();
    const path = join(agentDir, DATABASE);
    writeAgentDatabase(path, { store: storeOf(...Array.from({ length: 200 }, (_, i) => `anthropic:${i}`)) });
    const whole = readFileSync(path);
    const seen = new Set<string>();
    for (let length = 0; length < whole.length; length += 509) {
      writeFileSync(path, whole.subarray(0, length));
      const store = readUntouched(agentDir);
      seen.add(store === null ? "null" : store.isUp ? `up ${store.credentials.length}` : reasonsOf(store).join());
    }
    expect([...seen].toSorted()).toEqual(["empty_file", "sqlite_corrupt"]);
  });

  test("with flipped bytes it gives data or a reason", () => {
    const agentDir = makeSandbox();
    const path = join(agentDir, DATABASE);
    writeAgentDatabase(path, { store: storeOf("anthropic:a", "anthropic:b") });
    const whole = readFileSync(path);
    for (let position = 0; position < whole.length; position += 23) {
      const damaged = Buffer.from(whole);
      damaged[position] = (damaged[position] ?? 0) ^ 0xff;
      writeFileSync(path, damaged);
      const store = readUntouched(agentDir);
      expect(store === null || store.isUp || store.problems.length > 0).toBe(true);
    }
  });

  test("a WAL cut off gives the last whole commit in it", async () => {
    const agentDir = makeSandbox();
    const writer = await Writer.start("hold-database", [join(agentDir, DATABASE), "wal"]);
    const wal = join(agentDir, `${DATABASE}-wal`);
    await writer.crash();
    rmSync(join(agentDir, `${DATABASE}-shm`));
    truncateSync(wal, statSync(wal).size - 1);
    const store = readUntouched(agentDir);
    expect(store === null || reasonsOf(store).join() === "sqlite_no_table").toBe(true);
  });

  test("a copy whose -wal belongs to another database is still read without throwing", () => {
    const agentDir = makeSandbox();
    const path = join(agentDir, DATABASE);
    writeAgentDatabase(path, { store: storeOf("anthropic:a") });
    writeFileSync(`${path}-wal`, "x".repeat(10_000));
    expect(readUntouched(agentDir)?.credentials).toHaveLength(1);
  });
});

describe("(f) a newer schema", () => {
  test("is said and read all the same", () => {
    const agentDir = makeSandbox();
    writeAgentDatabase(join(agentDir, DATABASE), { store: storeOf("anthropic:a"), userVersion: 99 });
    const store = readUntouched(agentDir);
    expect(store).toMatchObject({ isUp: true, schemaVersion: 99, problems: [{ reason: "newer_schema" }] });
    expect(store?.credentials).toHaveLength(1);
  });

  test.each([1, 23])("version %i is known", (userVersion) => {
    const agentDir = makeSandbox();
    writeAgentDatabase(join(agentDir, DATABASE), { store: storeOf("anthropic:a"), userVersion });
    expect(readUntouched(agentDir)).toMatchObject({ isUp: true, schemaVersion: userVersion, problems: [] });
  });

  test("tables of another shape are wrong_shape, none of ours sqlite_no_table", () => {
    const agentDir = makeSandbox();
    const path = join(agentDir, DATABASE);
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE something (a)");
    database.close();
    expect(reasonsOf(readUntouched(agentDir))).toEqual(["sqlite_no_table"]);
    rmSync(path);
    const other = new DatabaseSync(path);
    other.exec("CREATE TABLE auth_profile_store (id)");
    other.close();
    expect(reasonsOf(readUntouched(agentDir))).toEqual(["wrong_shape"]);
  });

  test.each([
    [
      "a view that never ends",
      `CREATE VIEW auth_profile_store AS
        WITH RECURSIVE r(store_key) AS (SELECT 'x' UNION ALL SELECT 'x' FROM r)
        SELECT store_key, '' AS store_json, 0 AS updated_at FROM r`,
    ],
    ["a virtual table", "CREATE VIRTUAL TABLE auth_profile_store USING fts5(store_key, store_json, updated_at)"],
    ["an index", "CREATE TABLE t (a); CREATE INDEX auth_profile_store ON t (a)"],
  ])("%s by the name of ours is not asked", (_name, sql) => {
    const agentDir = makeSandbox();
    const database = new DatabaseSync(join(agentDir, DATABASE));
    database.exec(sql);
    database.close();
    expect(reasonsOf(readUntouched(agentDir))).toEqual(["sqlite_no_table"]);
  });
});

describe("odd values in the rows", () => {
  test.each([
    ["a blob of JSON", "CAST('{\"profiles\":{}}' AS BLOB)", "1", []],
    ["no JSON", "'CANARY'", "1", ["bad_json"]],
    ["NULL", "NULL", "1", ["empty_file"]],
    ["a number", "42", "1", ["wrong_shape"]],
    ["an updated_at that is text", "'{\"profiles\":{}}'", "'yesterday'", []],
    ["an updated_at that is no date", "'{\"profiles\":{}}'", "9e18", []],
    ["more than any store holds", "printf('%.*c', 17000000, 'x')", "1", ["too_large"]],
  ])("%s", (_name, json, updatedAt, reasons) => {
    const agentDir = makeSandbox();
    const database = new DatabaseSync(join(agentDir, DATABASE));
    database.exec(AGENT_SCHEMA);
    database.exec(`INSERT INTO auth_profile_store VALUES ('primary', ${json}, ${updatedAt})`);
    database.close();
    const store = readUntouched(agentDir);
    expect(reasonsOf(store)).toEqual(reasons);
    expect(JSON.stringify(store)).not.toContain("CANARY");
  });
});

test("a row that is not JSON is not taken for a file that is none", () => {
  const agentDir = makeSandbox();
  const path = join(agentDir, DATABASE);
  writeAgentDatabase(path, {});
  const database = new DatabaseSync(path);
  database.exec("INSERT OR REPLACE INTO auth_profile_store VALUES ('primary', '{', 1)");
  database.close();
  const message = `${path} holds a row that is not JSON; restore the database from a backup or log in again`;
  expect(readUntouched(agentDir)?.problems).toMatchObject([{ reason: "bad_json", message }]);
});

describe("odd paths", () => {
  test.each(["a?mode=rwc", "a#b", "a%20b", "a b", "ключ", "a'b\"c", "file:x", "50%"])("%s", (name) => {
    const agentDir = join(makeSandbox(), name);
    writeAgentDatabase(join(agentDir, DATABASE), { store: storeOf("anthropic:a") });
    expect(readUntouched(agentDir)?.credentials).toHaveLength(1);
  });

  test("a database behind a symlink is read with the WAL beside its target", async () => {
    const sandbox = makeSandbox();
    const target = join(sandbox, "target");
    const agentDir = join(sandbox, "agent");
    mkdirSync(target);
    mkdirSync(agentDir);
    await Writer.start("hold-database", [join(target, "real.sqlite"), "wal"]);
    symlinkSync(join(target, "real.sqlite"), join(agentDir, DATABASE));
    expect(commitOf(readUntouched(agentDir))).toBe(1);
    expect(existsSync(join(agentDir, `${DATABASE}-wal`))).toBe(false);
  });

  test.each([
    ["a directory", "not_regular", (path: string) => mkdirSync(path)],
    ["a link to itself", "symlink_loop", (path: string) => symlinkSync(path, path)],
    ["an endless device", "not_regular", (path: string) => symlinkSync("/dev/zero", path)],
  ])("%s in place of the database: %s", (_name, reason, arrange) => {
    const agentDir = makeSandbox();
    arrange(join(agentDir, DATABASE));
    expect(reasonsOf(readUntouched(agentDir))).toEqual([reason]);
  });
});

test("a database that may not be read is permission_denied", () => {
  const agentDir = makeSandbox();
  writeAgentDatabase(join(agentDir, DATABASE), { store: storeOf("anthropic:a") });
  chmodSync(join(agentDir, DATABASE), 0o000);
  copyFileSync(join(agentDir, DATABASE), join(agentDir, "unrelated"));
  expect(reasonsOf(readUntouched(agentDir, readAgentAsOther))).toEqual(["permission_denied"]);
});
