import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadObservations } from "../src/observations.ts";

const MONDAY = new Date("2026-03-02T08:00:00Z");
const TUESDAY = new Date("2026-03-03T08:00:00Z");

let storage: string;
let path: string;
beforeEach(() => {
  storage = mkdtempSync(join(tmpdir(), "observations-"));
  path = join(storage, "observations.json");
});
afterEach(() => {
  rmSync(storage, { recursive: true, force: true });
});

describe("loadObservations", () => {
  test("remembers the first time, also in the next process", () => {
    const first = loadObservations(storage);
    expect(first.since("a")).toBeNull();
    expect(first.observe("a", MONDAY)).toEqual(MONDAY);
    expect(first.observe("a", TUESDAY)).toEqual(MONDAY);
    first.save();

    const second = loadObservations(storage);
    expect(second.since("a")).toEqual(MONDAY);
    expect(second.observe("a", TUESDAY)).toEqual(MONDAY);
    expect(second.warnings).toEqual([]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("writes only when something changed, and nothing but its file", () => {
    const memory = loadObservations(storage);
    memory.save();
    expect(readdirSync(storage)).toEqual([]);
    memory.observe("a", MONDAY);
    memory.save();
    const { ino } = statSync(path);
    memory.observe("a", TUESDAY);
    memory.forgetWhere(() => false);
    memory.save();
    expect(statSync(path).ino).toBe(ino);
    expect(readdirSync(storage)).toEqual(["observations.json"]);
  });

  test("forgets what is gone, so that it starts anew when it comes back", () => {
    const memory = loadObservations(storage);
    memory.observe("a", MONDAY);
    memory.observe("b", MONDAY);
    memory.save();
    memory.forgetWhere((key) => key === "a");
    memory.save();
    expect(loadObservations(storage).since("a")).toBeNull();
    expect(loadObservations(storage).since("b")).toEqual(MONDAY);
    expect(memory.observe("a", TUESDAY)).toEqual(TUESDAY);
    memory.save();
    expect(loadObservations(storage).since("a")).toEqual(TUESDAY);
  });

  test("keeps what another process added meanwhile", () => {
    const ours = loadObservations(storage);
    ours.observe("ours", MONDAY);
    const theirs = loadObservations(storage);
    theirs.observe("theirs", TUESDAY);
    theirs.save();
    ours.save();
    expect(loadObservations(storage).since("theirs")).toEqual(TUESDAY);
    expect(loadObservations(storage).since("ours")).toEqual(MONDAY);
  });

  test("does not believe an instant in the future", () => {
    const memory = loadObservations(storage);
    memory.observe("a", TUESDAY);
    expect(memory.observe("a", MONDAY)).toEqual(MONDAY);
  });

  test("keys that are names of object members are keys like others", () => {
    const memory = loadObservations(storage);
    memory.observe("__proto__", MONDAY);
    memory.observe("constructor", MONDAY);
    memory.save();
    expect(loadObservations(storage).since("__proto__")).toEqual(MONDAY);
    expect(loadObservations(storage).since("toString")).toBeNull();
  });

  test.each([
    ["cut short", '{"version":1,"observ'],
    ["empty", ""],
    ["newer", '{"version":2,"observations":{}}'],
    ["a list", "[]"],
    ["an instant that is none", '{"version":1,"observations":{"a":"soon"}}'],
    ["an instant that is a number", '{"version":1,"observations":{"a":0}}'],
  ])("a file that is %s is set aside and reported", (_name, content) => {
    writeFileSync(path, content);
    const memory = loadObservations(storage);
    expect(memory.since("a")).toBeNull();
    expect(memory.warnings).toEqual([expect.stringMatching(/not written by this version, or damaged; kept as /)]);
    memory.observe("a", MONDAY);
    memory.save();
    expect(loadObservations(storage).since("a")).toEqual(MONDAY);
    expect(readFileSync(join(storage, "observations.json.corrupt"), "utf8")).toBe(content);
  });

  test("of files set aside one after the other the last is kept", () => {
    for (const content of ["first", "second"]) {
      writeFileSync(path, content);
      loadObservations(storage).since("a");
    }
    expect(readdirSync(storage)).toEqual(["observations.json.corrupt"]);
    expect(readFileSync(`${path}.corrupt`, "utf8")).toBe("second");
  });

  test("where nothing can be written, it works in memory and says so once", () => {
    symlinkSync(join(storage, "nowhere", "else"), join(storage, "dangling"));
    const memory = loadObservations(join(storage, "dangling"));
    expect(memory.observe("a", MONDAY)).toEqual(MONDAY);
    memory.save();
    memory.observe("b", TUESDAY);
    memory.save();
    expect(memory.since("a")).toEqual(MONDAY);
    expect(memory.warnings).toEqual([
      expect.stringMatching(/observations\.json: cannot be written \(EEXIST\); what is/),
    ]);
  });

  test("a file that cannot be read is not overwritten", () => {
    mkdirSync(path);
    const memory = loadObservations(storage);
    memory.observe("a", MONDAY);
    memory.save();
    expect(statSync(path).isDirectory()).toBe(true);
    expect(memory.warnings).toEqual([expect.stringContaining("cannot be read (EISDIR)")]);
  });
});
