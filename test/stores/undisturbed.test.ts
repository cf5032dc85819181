import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { readDatabase } from "../../src/stores/sqlite.ts";
import { makeSandbox } from "./sandbox.ts";

/** Reads a database into which another connection writes, so many times, while the answer is read. */
function readWhileWriting(times: number) {
  const path = join(makeSandbox(), "openclaw-agent.sqlite");
  const write = (): void => {
    const writer = new DatabaseSync(path);
    writer.exec("CREATE TABLE IF NOT EXISTS entries (value BLOB)");
    // Enough to be seen by the size alone, where the clock of the file system is coarse.
    writer.exec("INSERT INTO entries VALUES (zeroblob(100000))");
    writer.close();
  };
  write();
  let written = 0;
  return readDatabase(path, {
    tables: ["entries"],
    run(database) {
      const [row] = database.rows("SELECT count(*) AS entries FROM entries");
      if (written < times) {
        written += 1;
        write();
      }
      return row?.["entries"];
    },
  });
}

describe("a database that was written while it was read", () => {
  test("is read again", () => {
    expect(readWhileWriting(1)).toMatchObject({ kind: "read", value: 2 });
  });

  test("is busy when it is every time", () => {
    expect(readWhileWriting(100)).toMatchObject({ kind: "failed", problem: { reason: "sqlite_busy" } });
  });
});
