import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inspectDatabase, isHot, isUndisturbed } from "../../src/stores/sqlite-files.ts";
import { makeSandbox } from "./sandbox.ts";

const MAGIC = Buffer.from("d9d505f920a163d7", "hex");

describe("isUndisturbed, after a look at a database without and with a WAL", () => {
  test.each([
    ["nothing", "x", [], true],
    ["another file appears", "unrelated", [], true],
    ["the database is written", "db", [], false],
    ["a WAL appears", "db-wal", [], false],
    ["a journal appears", "db-journal", [], false],
    ["shared memory appears", "db-shm", [], true],
    ["the WAL is written", "db-wal", ["db-wal"], false],
    ["the journal is written", "db-journal", ["db-journal"], false],
    ["a journal appears beside the WAL", "db-journal", ["db-wal"], false],
  ])("%s", (_name, written, existing, undisturbed) => {
    const directory = makeSandbox();
    const path = join(directory, "db");
    for (const name of ["x", "db", ...existing]) writeFileSync(join(directory, name), "1");
    const files = inspectDatabase(path);
    if (files === null) throw new Error("the database is gone");
    if (written !== "x") appendFileSync(join(directory, written), "2");
    expect(isUndisturbed(files)).toBe(undisturbed);
  });

  test("the database is gone", () => {
    const path = join(makeSandbox(), "db");
    writeFileSync(path, "1");
    const files = inspectDatabase(path);
    rmSync(path);
    expect([files !== null && isUndisturbed(files), inspectDatabase(path)]).toEqual([false, null]);
  });
});

describe("isHot: a rollback journal that matters", () => {
  test.each([
    ["none", null, false],
    ["empty, as TRUNCATE leaves it", Buffer.alloc(0), false],
    ["zeroed, as PERSIST leaves it", Buffer.alloc(512), false],
    ["with its header", Buffer.concat([MAGIC, Buffer.alloc(504)]), true],
    ["shorter than a header", MAGIC.subarray(0, 4), false],
  ])("%s", (_name, journal, hot) => {
    const path = join(makeSandbox(), "db");
    writeFileSync(path, "1");
    if (journal !== null) writeFileSync(`${path}-journal`, journal);
    const files = inspectDatabase(path);
    expect(files !== null && isHot(files)).toBe(hot);
  });
});
