import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type FileIdentity, lookAt } from "../../src/files.ts";
import { createMemory } from "../../src/stores/memory.ts";
import { gatherWatches, isSettled, isUnchanged, type Watch, watchAbsence } from "../../src/stores/watch.ts";
import { makeSandbox, NOW } from "./sandbox.ts";

function watch(path: string): Watch {
  const look = lookAt(path);
  return look.kind === "found" ? { path, was: look.stats } : watchAbsence(path, false);
}

function writtenAt(mtimeMs: number): Watch {
  const was: FileIdentity = { dev: 1, ino: 1, size: 1, mode: 1, ctimeMs: 1, mtimeMs };
  return { path: "/x", was };
}

describe("isSettled: timestamps that a second write in the same tick could share are not believed", () => {
  test.each([
    ["written just now", [writtenAt(100_000)], false],
    ["written 2 s ago", [writtenAt(98_000)], false],
    ["written earlier", [writtenAt(97_999)], true],
    ["by a clock that runs ahead", [writtenAt(102_001)], true],
    ["one of two written just now", [writtenAt(1), writtenAt(100_000)], false],
    ["absent", [watchAbsence("/x", false)], true],
  ])("%s: %s", (_name, watches, settled) => {
    expect(isSettled(watches, 100_000)).toBe(settled);
  });
});

describe("isUnchanged", () => {
  test.each([
    ["nothing", () => {}, true],
    ["a write", (path: string) => writeFileSync(path, "yy"), false],
    ["removal", (path: string) => rmSync(path), false],
    ["a directory in its place", (path: string) => (rmSync(path), mkdirSync(path)), false],
  ])("after %s: %s", (_name, change, unchanged) => {
    const path = join(makeSandbox(), "x");
    writeFileSync(path, "x");
    const watches = [watch(path)];
    change(path);
    expect(isUnchanged(watches)).toBe(unchanged);
  });

  test("absent stays absent until it appears", () => {
    const path = join(makeSandbox(), "x");
    const watches = [watch(path)];
    expect(isUnchanged(watches)).toBe(true);
    writeFileSync(path, "");
    expect(isUnchanged(watches)).toBe(false);
  });
});

test("gatherWatches leaves to the directory what the directory shows", () => {
  const directory = writtenAt(1);
  const kept = [
    watchAbsence("/x/dangling", true),
    { ...directory, path: "/x/file" },
    watchAbsence("/elsewhere/a", false),
  ];
  expect(gatherWatches(directory, [directory, watchAbsence("/x/absent", false), ...kept])).toEqual([
    directory,
    ...kept,
  ]);
  const gone = watchAbsence("/x", false);
  expect(gatherWatches(gone, [watchAbsence("/x/absent", false)])).toHaveLength(2);
});

describe("createMemory looks again", () => {
  test.each([
    ["never, at an unchanged file", { ageMs: 60_000, isPassing: false, touches: false }, 1],
    ["at a file written just now", { ageMs: -1_000, isPassing: false, touches: false }, 3],
    ["at a file that changed", { ageMs: 60_000, isPassing: false, touches: true }, 3],
    ["when the answer may pass", { ageMs: 60_000, isPassing: true, touches: false }, 3],
  ])("%s", (_name, { ageMs, isPassing, touches }, expected) => {
    const path = join(makeSandbox(), "x");
    const touch = (ms: number): void => utimesSync(path, ms / 1_000, ms / 1_000);
    writeFileSync(path, "x");
    touch(Date.now() - ageMs);
    const memory = createMemory<string>({ withoutTime: (answer) => answer, isPassing: () => isPassing }, () => {});
    let looks = 0;
    for (let ask = 0; ask < 3; ask++) {
      memory.answer("key", NOW, () => {
        looks++;
        return { found: "answer", watches: [watch(path)] };
      });
      if (touches) touch(Date.now() - ageMs - 1_000 * (ask + 1));
    }
    expect(looks).toBe(expected);
  });
});
