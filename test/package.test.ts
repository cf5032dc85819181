import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { installPackage, runProgram, SAMPLES } from "../scripts/packed-package.ts";

let directory = "";
let program = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-auth-package-"));
  program = installPackage(directory);
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

function newHome(name: string): string {
  const home = join(directory, `home-${name.replaceAll(" ", "-")}`);
  mkdirSync(home);
  return home;
}

describe("the installed tarball", () => {
  test("is all there is: no other package was installed with it", () => {
    const packages = globSync("prefix/lib/node_modules/**/package.json", { cwd: directory });
    expect(packages).toEqual(["prefix/lib/node_modules/agent-auth-exporter/package.json"]);
  });

  test("carries its licence, those of what it contains, and no source map", () => {
    const installed = join(directory, "prefix/lib/node_modules/agent-auth-exporter");
    expect(readFileSync(join(installed, "LICENSE"), "utf8")).toContain("MIT");
    expect(readFileSync(join(installed, "dist/THIRD-PARTY-LICENSES"), "utf8")).toMatch(/^fastify \S+ \(MIT\)$/m);
    expect(globSync("**/*.map", { cwd: installed })).toEqual([]);
  });

  test("carries the dashboards and what provisions them, without what makes them", () => {
    const grafana = join(directory, "prefix/lib/node_modules/agent-auth-exporter/grafana");
    expect(globSync("**/*.*", { cwd: grafana }).toSorted()).toEqual([
      "README.md",
      "agent-auth-exporter.json",
      "agent-auth-overview.json",
      "provisioning/dashboards/agent-auth.yaml",
      "provisioning/datasources/agent-auth.yaml",
    ]);
  });

  test.each(Object.keys(manifest.bin))("%s --version", (name) => {
    const answer = runProgram(process.execPath, join(program, "..", name), ["--version"], newHome(name));
    expect(answer).toMatchObject({ code: 0, stderr: "" });
    expect(answer.stdout).toContain(manifest.version);
  });

  test.each(SAMPLES)("check on $name exits $code", ({ name, code, writeHome }) => {
    const home = newHome(name);
    writeHome(home, new Date());
    const answer = runProgram(process.execPath, program, ["check"], home);
    expect(answer).toMatchObject({ code, stderr: "" });
    expect(answer.stdout).not.toContain("CANARY");
  });
});
