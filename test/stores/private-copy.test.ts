import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { copyBounded, sweepPrivateCopies, withPrivateDirectory } from "../../src/stores/private-copy.ts";
import { makeSandbox } from "./sandbox.ts";

let temporary: string;

beforeEach(() => {
  temporary = makeSandbox();
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = temporary;
  onTestFinished(() => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  });
});

describe("withPrivateDirectory", () => {
  test("gives a directory that only we can enter, and removes it with what is in it", () => {
    const mode = withPrivateDirectory((directory) => {
      writeFileSync(join(directory, "copy"), "CANARY");
      return statSync(directory).mode & 0o777;
    });
    expect([mode, readdirSync(temporary)]).toEqual([0o700, []]);
  });

  test("removes it also when its user throws", () => {
    expect(() =>
      withPrivateDirectory(() => {
        throw new Error("planned");
      }),
    ).toThrow("planned");
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe("copyBounded", () => {
  test.each([
    ["as large as the limit", 3_000_000, 3_000_000],
    ["larger", 2_999_999, null],
  ])("%s", (_name, limit, copied) => {
    const from = join(temporary, "from");
    writeFileSync(from, "x".repeat(3_000_000));
    expect(copyBounded(from, join(temporary, "to"), limit)).toBe(copied);
    expect(statSync(join(temporary, "to")).mode & 0o777).toBe(0o600);
  });

  test("refuses a device", () => {
    expect(() => copyBounded("/dev/zero", join(temporary, "to"), 10)).toThrow("not a regular file");
  });
});

describe("sweepPrivateCopies", () => {
  const dead = spawnSync("true").pid;
  const hours = (count: number): Date => new Date(Date.now() - count * 3_600_000);

  test.each([
    ["of a process that is gone", `agent-auth-exporter-${dead}-abc`, { at: hours(0.5) }, false],
    ["of a process that is gone, from this minute", `agent-auth-exporter-${dead}-abc`, { at: hours(0) }, true],
    ["of a process that lives", `agent-auth-exporter-${process.pid}-abc`, { at: hours(0.5) }, true],
    ["of a process that lives, hours old", `agent-auth-exporter-${process.pid}-abc`, { at: hours(2) }, false],
    ["that others can enter", `agent-auth-exporter-${dead}-abc`, { at: hours(2), mode: 0o755 }, true],
    ["of another program", `someone-else-${dead}-abc`, { at: hours(2) }, true],
    ["without a process in its name", "agent-auth-exporter-abc", { at: hours(2) }, true],
  ])("a directory %s", (_name, name, { at, mode = 0o700 }: { at: Date; mode?: number }, isKept) => {
    const path = join(temporary, name);
    mkdirSync(path);
    writeFileSync(join(path, "copy.sqlite"), "CANARY");
    chmodSync(path, mode);
    utimesSync(path, at, at);
    expect(sweepPrivateCopies()).toBe(isKept ? 0 : 1);
    expect(readdirSync(temporary)).toEqual(isKept ? [name] : []);
  });

  test("a link with such a name is left alone, and so is its target", () => {
    const target = join(temporary, "target");
    mkdirSync(target);
    writeFileSync(join(target, "precious"), "x");
    symlinkSync(target, join(temporary, `agent-auth-exporter-${dead}-abc`));
    expect(sweepPrivateCopies()).toBe(0);
    expect(readdirSync(target)).toEqual(["precious"]);
  });

  test("no temporary directory is nothing to sweep", () => {
    process.env["TMPDIR"] = join(temporary, "missing");
    expect(sweepPrivateCopies()).toBe(0);
  });
});
