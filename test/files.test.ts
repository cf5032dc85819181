import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isSameFile, lookAt, MAX_FILE_BYTES, readJsonFile, readTextFile } from "../src/files.ts";
import { asNobody } from "./discovery/tree.ts";
import { makeSandbox } from "./stores/sandbox.ts";

describe("readTextFile refuses without waiting", () => {
  test.each([
    ["a missing file", "not_found", () => {}],
    ["an empty file", "empty_file", (path: string) => writeFileSync(path, "")],
    ["a directory", "not_regular", (path: string) => mkdirSync(path)],
    ["a FIFO without a writer", "not_regular", (path: string) => execFileSync("mkfifo", [path])],
    ["a device that never ends", "not_regular", (path: string) => symlinkSync("/dev/zero", path)],
    ["a link to itself", "symlink_loop", (path: string) => symlinkSync(path, path)],
    ["a dangling link", "not_found", (path: string) => symlinkSync("nowhere", path)],
    ["100 MB", "too_large", (path: string) => writeSparse(path, 100_000_000)],
    ["one byte too many", "too_large", (path: string) => writeSparse(path, MAX_FILE_BYTES + 1)],
  ])("%s: %s", (_name, reason, arrange) => {
    const path = join(makeSandbox(), "store.json");
    arrange(path);
    expect(readTextFile(path)).toMatchObject({ kind: "failed", problem: { reason } });
  });

  test.each([
    ["a directory", (path: string) => mkdirSync(path)],
    ["a FIFO", (path: string) => execFileSync("mkfifo", [path])],
    ["a device", (path: string) => symlinkSync("/dev/zero", path)],
  ])("and says that it is %s", (kind, arrange) => {
    const path = join(makeSandbox(), "store.json");
    arrange(path);
    const message = `${path} is not a regular file but ${kind}; move it away and restore the file`;
    expect(readTextFile(path)).toMatchObject({ problem: { message } });
  });

  test.each([
    ["the loop above it", "loop", "symlink_loop", "loop/agents/store.json"],
    ["the link that leads into a loop", "into", "symlink_loop", "into/store.json"],
    ["the directory that may not be entered", "closed", "permission_denied", "closed/agents/store.json"],
    ["the link whose target may not be reached", "way", "permission_denied", "way/store.json"],
    ["the file itself", "open/store.json", "permission_denied", "open/store.json"],
  ])("and blames %s", (_, culprit, reason, path) => {
    const root = makeSandbox();
    for (const name of ["closed/agents", "open"]) mkdirSync(join(root, name), { recursive: true });
    symlinkSync("loop", join(root, "loop"));
    symlinkSync("loop/deeper", join(root, "into"));
    symlinkSync("closed/agents", join(root, "way"));
    writeFileSync(join(root, "open/store.json"), "{}", { mode: 0o000 });
    chmodSync(join(root, "closed"), 0o000);
    for (const name of [root, join(root, "open")]) chmodSync(name, 0o755);
    const reading = asNobody(() => readTextFile(join(root, path)));
    chmodSync(join(root, "closed"), 0o700);
    expect(reading).toMatchObject({ problem: { reason, path: join(root, culprit) } });
  });

  test.each([
    ["below a file", "file/store.json"],
    ["a name too long", "x".repeat(300)],
    ["a NUL byte in it", "a\0b"],
  ])("a path %s: not_found", (_name, name) => {
    const directory = makeSandbox();
    writeFileSync(join(directory, "file"), "x");
    expect(readTextFile(`${directory}/${name}`)).toMatchObject({ problem: { reason: "not_found" } });
    expect(lookAt(`${directory}/${name}`)).toEqual({ kind: "absent", isDangling: false });
  });

  test("a socket", async () => {
    const path = join(makeSandbox(), "socket");
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once("listening", resolve));
    expect(readTextFile(path)).toMatchObject({ kind: "failed", problem: { reason: "not_regular" } });
    server.close();
  });
});

describe("readTextFile reads", () => {
  test("through a symlink, with the identity of the target", () => {
    const directory = makeSandbox();
    writeFileSync(join(directory, "real"), "text");
    symlinkSync("real", join(directory, "link"));
    const reading = readTextFile(join(directory, "link"));
    expect(reading).toMatchObject({ kind: "text", text: "text", stats: { size: 4 } });
  });

  test("exactly the limit, and more than its first buffer", () => {
    const path = join(makeSandbox(), "big");
    writeFileSync(path, "é".repeat(100_000));
    const reading = readTextFile(path, 200_000);
    expect(reading.kind === "text" && reading.text).toBe("é".repeat(100_000));
    expect(readTextFile(path, 199_999)).toMatchObject({ problem: { reason: "too_large" } });
  });

  test("a file that says its size is 0, up to the limit", () => {
    const reading = readTextFile("/proc/self/status");
    expect(reading.kind === "text" && reading.text).toContain("Pid:");
    expect(readTextFile("/proc/self/status", 10)).toMatchObject({ problem: { reason: "too_large" } });
  });

  test("what is there now, when it has changed since it was looked at", () => {
    const path = join(makeSandbox(), "x");
    writeAt(path, "old", 1_000);
    const before = lookAt(path);
    writeAt(path, "newer", 2_000);
    const seen = before.kind === "found" ? before.stats : null;
    expect(readTextFile(path, 100, seen)).toMatchObject({
      kind: "text",
      text: "newer",
      stats: { size: 5, mtimeMs: 2_000_000 },
    });
  });

  test("bytes that are no UTF-8 without throwing", () => {
    const path = join(makeSandbox(), "latin1");
    writeFileSync(path, Buffer.from([0x22, 0xff, 0xfe, 0x22]));
    expect(readJsonFile(path)).toMatchObject({ kind: "value", value: "\uFFFD\uFFFD" });
  });
});

describe("readJsonFile", () => {
  test.each([
    ["a byte order mark", '\uFEFF{"a":1}', { a: 1 }],
    ["deep nesting", `${"[".repeat(10_000)}${"]".repeat(10_000)}`, expect.any(Array)],
    ["null", "null", null],
  ])("accepts %s", (_name, text, value) => {
    const path = join(makeSandbox(), "x.json");
    writeFileSync(path, text);
    const reading = readJsonFile(path);
    expect(reading).toEqual({ kind: "value", value, stats: expect.anything() });
  });

  test.each([
    ["blank", " \n\t", "empty_file"],
    ["a byte order mark alone", "\uFEFF", "empty_file"],
    ["cut off", '{"a":', "bad_json"],
    ["NUL bytes after a power cut", "\0\0\0\0", "bad_json"],
  ])("refuses %s: %s", (_name, text, reason) => {
    const path = join(makeSandbox(), "x.json");
    writeFileSync(path, text);
    expect(readJsonFile(path)).toMatchObject({
      kind: "failed",
      problem: { reason },
      stats: { size: Buffer.byteLength(text) },
    });
  });

  test("never quotes content, and redacts a secret in the file's name", () => {
    const secret = "sk-ant-oat01-CANARYCANARYCANARYCANARY";
    const path = join(makeSandbox(), `${secret}.json`);
    writeFileSync(path, `{"token":"${secret}"`);
    const text = JSON.stringify(readJsonFile(path));
    expect(text).not.toContain("CANARY");
    expect(text).toContain("[redacted]");
  });
});

describe("isSameFile", () => {
  test.each([
    ["nothing", () => {}, true],
    ["the same bytes written again", (path: string) => writeAt(path, "aaaa", 2_000), false],
    ["other bytes of the same length and time", (path: string) => writeAt(path, "bbbb", 1_000), false],
  ])("after %s: %s", (_name, change, same) => {
    const path = join(makeSandbox(), "x");
    writeAt(path, "aaaa", 1_000);
    const before = lookAt(path);
    change(path);
    const after = lookAt(path);
    if (before.kind !== "found" || after.kind !== "found") throw new Error("the file is gone");
    expect(isSameFile(before.stats, after.stats)).toBe(same);
  });
});

function writeAt(path: string, text: string, seconds: number): void {
  writeFileSync(path, text);
  utimesSync(path, seconds, seconds);
}

function writeSparse(path: string, size: number): void {
  const fd = openSync(path, "w");
  ftruncateSync(fd, size);
  closeSync(fd);
}
