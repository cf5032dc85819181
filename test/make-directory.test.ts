import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeDirectory } from "../src/make-directory.ts";

const SOURCE = new URL("../src/", import.meta.url).href;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "make-directory-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe("makeDirectory", () => {
  test("makes what is missing, for its owner alone, and leaves alone what is there", () => {
    const path = join(directory, "a", "b", "c");
    makeDirectory(path);
    makeDirectory(path);
    expect(["a", "a/b", "a/b/c"].map((name) => statSync(join(directory, name)).mode & 0o777)).toEqual([
      0o700, 0o700, 0o700,
    ]);
  });

  test("follows a link to a directory", () => {
    symlinkSync(directory, join(directory, "link"));
    makeDirectory(join(directory, "link", "new"));
    expect(existsSync(join(directory, "new"))).toBe(true);
  });

  test.each([
    ["a file in its place", "file", "EEXIST"],
    ["a file above it", "file/new", "ENOTDIR"],
    ["a link to nothing in its place", "dangling", "EEXIST"],
    ["a link to nothing above it", "dangling/new", "EEXIST"],
    ["a link to itself", "loop/new", "ELOOP"],
    ["a name that is too long", "x".repeat(300), "ENAMETOOLONG"],
  ])("throws for %s", (_, path, code) => {
    writeFileSync(join(directory, "file"), "");
    symlinkSync("nowhere", join(directory, "dangling"));
    symlinkSync("loop", join(directory, "loop"));
    expect(() => makeDirectory(join(directory, path))).toThrow(code);
  });

  // Node's own way never comes back from there, so another process has to try it.
  test("gives up where a directory claims that its parent is missing", () => {
    const script = `
      const { createDigest } = await import("${SOURCE}digest.ts");
      const { writeAtomically } = await import("${SOURCE}storage.ts");
      createDigest("/proc/agent-auth-none/state")("CANARY");
      try { writeAtomically("/proc/agent-auth-none/file", "x"); } catch (error) { console.log(error.code); }`;
    const args = ["--input-type=module", "-e", script];
    const { stdout, signal } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 10_000 });
    expect([stdout.trim(), signal]).toEqual([expect.stringMatching(/^E/), null]);
  });
});
