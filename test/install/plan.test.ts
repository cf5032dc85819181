import {
  existsSync,
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
import { addMark } from "../../src/install/mark.ts";
import { applyStep, planInstall, planRemoval, sweepBeside } from "../../src/install/plan.ts";
import type { InstalledFile } from "../../src/install/target.ts";

let directory: string;
let file: InstalledFile;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-auth-plan-"));
  file = { path: join(directory, "units/a.service"), text: "[Service]\n", mode: 0o644, kind: "managed" };
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function install(one: InstalledFile, { version = "1.0.0", isForced = false } = {}): string {
  const [step] = planInstall([one], version, { isForced });
  applyStep(step!, version);
  return step!.act;
}

function remove(isForced = false): string {
  const [step] = planRemoval([file], { isForced });
  applyStep(step!, "1.0.0");
  return step!.act;
}

function edit(): void {
  writeFileSync(file.path, `# mine\n${readFileSync(file.path, "utf8")}`);
}

describe("installing", () => {
  test("writes, then finds nothing to do", () => {
    expect(install(file)).toBe("write");
    expect(readFileSync(file.path, "utf8")).toBe(addMark(file.text, "1.0.0"));
    expect(statSync(file.path).mode & 0o777).toBe(0o644);
    expect(statSync(join(directory, "units")).mode & 0o777).toBe(0o755);
    expect(install(file)).toBe("unchanged");
  });

  test.each([
    ["another text", { text: "[Service]\nNice=5\n" }, "1.0.0"],
    ["another version", {}, "1.0.1"],
  ])("%s is an update", (_name, change, version) => {
    install(file);
    expect(install({ ...file, ...change }, { version })).toBe("update");
    expect(readFileSync(file.path, "utf8")).toBe(addMark({ ...file, ...change }.text, version));
  });

  test("an edited file is kept, unless forced", () => {
    install(file);
    edit();
    expect(install({ ...file, text: "[Service]\nNice=5\n" })).toBe("keep");
    expect(readFileSync(file.path, "utf8")).toContain("# mine");
    expect(install(file, { isForced: true })).toBe("update");
    expect(readFileSync(file.path, "utf8")).toBe(addMark(file.text, "1.0.0"));
  });

  test("a link, such as that of a masked unit, is kept", () => {
    const path = join(directory, "a.service");
    symlinkSync("/dev/null", path);
    expect(install({ ...file, path })).toBe("keep");
  });

  test("a file to start from is written once", () => {
    const start = { ...file, kind: "start" as const };
    expect(install(start)).toBe("write");
    expect(install({ ...start, text: "another\n" }, { isForced: true })).toBe("keep");
    expect(readFileSync(file.path, "utf8")).toBe(addMark(file.text, "1.0.0"));
  });

  test("what cannot be written is told with its path", () => {
    writeFileSync(join(directory, "units"), "");
    expect(() => install(file)).toThrow(/units\/a\.service: cannot be .* \((?:ENOTDIR|EEXIST)\)/);
  });
});

test("what a killed run left beside a file goes, and nothing of a run that lives", () => {
  install(file);
  const names = [
    "a.service",
    // No system has as many processes.
    "a.service.99999999-1x2y.tmp",
    `a.service.${process.pid}-1x2y.tmp`,
    "b.service.99999999-1x2y.tmp",
    "a.service.tmp",
  ];
  for (const name of names.slice(1)) writeFileSync(join(directory, "units", name), "");
  sweepBeside(file.path);
  sweepBeside(join(directory, "nowhere/a.service"));
  expect(readdirSync(join(directory, "units"))).toEqual(names.filter((name) => name !== names[1]).toSorted());
});

describe("removing", () => {
  test("takes what was written, and finds nothing afterwards", () => {
    install(file);
    expect(remove()).toBe("remove");
    expect(existsSync(file.path)).toBe(false);
    expect(remove()).toBe("absent");
  });

  test("takes the directory of a file to start from with it, once that is empty", () => {
    const start = { ...file, kind: "start" as const };
    install(start);
    writeFileSync(join(directory, "units/other"), "");
    applyStep(planRemoval([start], { isForced: false })[0]!, "1.0.0");
    expect(existsSync(join(directory, "units/other"))).toBe(true);
    rmSync(join(directory, "units/other"));
    install(start);
    applyStep(planRemoval([start], { isForced: false })[0]!, "1.0.0");
    expect(existsSync(join(directory, "units"))).toBe(false);
  });

  test("keeps what was edited, unless forced", () => {
    install(file);
    edit();
    expect(remove()).toBe("keep");
    expect(existsSync(file.path)).toBe(true);
    expect(remove(true)).toBe("remove");
  });

  test("keeps what it did not write, even when forced", () => {
    install(file);
    writeFileSync(file.path, "[Service]\n");
    expect(remove(true)).toBe("keep");
    expect(existsSync(file.path)).toBe(true);
  });
});
