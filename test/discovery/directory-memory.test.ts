import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createDirectoryMemory, isDirectory, isSettled } from "../../src/discovery/directory-memory.ts";
import { makeRoot } from "./tree.ts";

test("a stamp of the last two seconds, or of the future, is not settled", () => {
  const at = (mtimeMs: number, ctimeMs: number): boolean =>
    isSettled({ dev: 1, ino: 1, size: 1, mode: 1, mtimeMs, ctimeMs });
  const now = Date.now();
  expect([at(now, 0), at(0, now), at(now + 3_600_000, 0), at(now - 3_000, now - 3_000)]).toEqual([
    false,
    false,
    false,
    true,
  ]);
});

describe("list", () => {
  test("gives names in order, and the same object while they are the same", () => {
    const root = makeRoot();
    for (const name of ["b", "a"]) mkdirSync(join(root, name));
    const directories = createDirectoryMemory();
    const first = directories.list(root);
    utimesSync(root, 1, 1);
    expect(first).toEqual({ names: ["a", "b"], problem: null });
    expect(directories.list(root)).toBe(first);
  });

  test("a directory that is gone is null, and forgotten", () => {
    const root = makeRoot();
    mkdirSync(join(root, "x/y"), { recursive: true });
    const directories = createDirectoryMemory();
    directories.list(join(root, "x"));
    rmSync(join(root, "x"), { recursive: true });
    expect(directories.list(join(root, "x"))).toBeNull();
  });

  test("a file is a problem and no directory", () => {
    const root = makeRoot();
    writeFileSync(join(root, "x"), "");
    expect(createDirectoryMemory().list(join(root, "x"))?.problem?.reason).toBe("not_found");
    expect(isDirectory(join(root, "x"))).toBe(false);
  });
});
