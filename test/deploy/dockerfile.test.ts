import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { type Instruction, parseDockerfile, readAssignments, readExecForm } from "../../scripts/docker/dockerfile.ts";
import { COMMANDS } from "../../src/commands/commands.ts";
import { parseCommandLine } from "../../src/commands/parse.ts";
import { ROOT } from "./rules.ts";

const text = readFileSync(join(ROOT, "deploy/docker/Dockerfile"), "utf8");
const { args, stages } = parseDockerfile(text);
const runtime = stages.at(-1)!;
const all = stages.flatMap(({ steps }) => steps);

function ofKind(steps: readonly Instruction[], name: string): readonly Instruction[] {
  return steps.filter((step) => step.name === name);
}

function last(name: string): string {
  return ofKind(runtime.steps, name).at(-1)?.text ?? "";
}

/** Rules of hadolint and of the CIS benchmark for images that one can see in the file. */
const FLAWS: readonly (readonly [rule: string, find: (text: string) => boolean])[] = [
  [
    "a base without a version",
    (file) => parseDockerfile(file).stages.some(({ base }) => !/:[\w.-]*\d+\.\d+\.\d+/.test(base)),
  ],
  ["a base called latest", (file) => parseDockerfile(file).stages.some(({ base }) => base.includes("latest"))],
  ["ADD, which unpacks and downloads", (file) => /^ADD /m.test(file)],
  ["sudo", (file) => /\bsudo\b/.test(file)],
  [
    "apt-get without taking its lists away again",
    (file) => /apt-get/.test(file) && !/rm -rf \/var\/lib\/apt\/lists/.test(file),
  ],
  ["something piped into a shell", (file) => /\|\s*(?:ba)?sh\b/.test(file)],
  [
    "npm install of what no lock file names",
    (file) => /npm install(?!.*--offline)/.test(file.replaceAll(/\\\n\s*/g, " ")),
  ],
  ["a user by name, or root", (file) => !/^USER [1-9]\d*:[1-9]\d*$/m.test(file)],
  ["a copy whose owner is whoever built it", (file) => /^COPY --from=(?!.*--chown=\d+:\d+)/m.test(file)],
  ["a command in a shell", (file) => /^(?:CMD|ENTRYPOINT|HEALTHCHECK(?:.*)? CMD) [^[]/m.test(file)],
  ["no health check", (file) => !/^HEALTHCHECK .*CMD \[/m.test(file)],
  ["a relative WORKDIR", (file) => /^WORKDIR [^/]/m.test(file)],
  ["a secret in the environment", (file) => /^(?:ENV|ARG) .*(?:TOKEN|PASSWORD|SECRET)/m.test(file)],
];

describe("rules for a Dockerfile", () => {
  test.each(FLAWS)("not %s", (_rule, find) => {
    expect(find(text)).toBe(false);
  });

  test.each([
    ["a base without a version", "FROM node AS build\n"],
    ["a base called latest", "FROM node:latest\n"],
    ["ADD, which unpacks and downloads", "FROM a:1.2.3\nADD https://example.com/x /x\n"],
    ["apt-get without taking its lists away again", "FROM a:1.2.3\nRUN apt-get update\n"],
    ["something piped into a shell", "FROM a:1.2.3\nRUN curl https://example.com | sh\n"],
    ["npm install of what no lock file names", "FROM a:1.2.3\nRUN true \\\n  && npm install x\n"],
    ["a user by name, or root", "FROM a:1.2.3\nUSER node\n"],
    ["a copy whose owner is whoever built it", "FROM a:1.2.3\nCOPY --from=build /a /b\n"],
    ["a command in a shell", "FROM a:1.2.3\nCMD node serve\n"],
    ["no health check", "FROM a:1.2.3\nHEALTHCHECK NONE\n"],
    ["a secret in the environment", "FROM a:1.2.3\nENV NPM_TOKEN=x\n"],
  ])("planted: %s", (rule, planted) => {
    expect(FLAWS.find(([name]) => name === rule)?.[1](planted)).toBe(true);
  });
});

describe("the image", () => {
  test("is of the Node.js that the checkout runs on", () => {
    const [major] = manifest.devDependencies.node.split(".");
    expect(readAssignments(args)["NODE_IMAGE"]).toBe(`node:${manifest.devDependencies.node}-trixie-slim`);
    expect(major).toBe("24");
  });

  test("says what it is, with our version", () => {
    const labels = readAssignments(ofKind(runtime.steps, "LABEL"));
    expect(labels).toMatchObject({
      "org.opencontainers.image.title": manifest.name,
      "org.opencontainers.image.version": manifest.version,
      "org.opencontainers.image.licenses": manifest.license,
      "org.opencontainers.image.base.name": `docker.io/library/${readAssignments(args)["NODE_IMAGE"]}`,
    });
  });

  test("is told its commit, and tells it on", () => {
    const [build] = stages;
    const names = build!.steps.map(({ name, text: said }) => `${name} ${said}`);
    const told = names.indexOf("ARG REVISION=unknown");
    expect(told).toBeGreaterThan(names.findIndex((step) => step.startsWith("RUN npm ci")));
    expect(told).toBeLessThan(names.findIndex((step) => step.startsWith("RUN node scripts/build.ts")));
    expect(readAssignments(ofKind(runtime.steps, "LABEL"))["org.opencontainers.image.revision"]).toBe("${REVISION}");
  });

  test("leaves it to Node.js to follow the memory limit of the container", () => {
    expect(readAssignments(ofKind(runtime.steps, "ENV"))["NODE_OPTIONS"]).toBe("--max-semi-space-size=4");
  });

  test("runs nothing on the architecture that it is for", () => {
    expect(ofKind(runtime.steps, "RUN")).toEqual([]);
    expect(text).toContain("FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build");
    expect(text).not.toMatch(/amd64 (?!without)|x86_64|aarch64/);
  });

  test("starts, asks and stops without a shell", async () => {
    expect(readExecForm(last("ENTRYPOINT"))).toEqual(["agent-auth"]);
    expect(await parseCommandLine(readExecForm(last("CMD")) ?? [], COMMANDS)).toMatchObject({ kind: "run" });
    const [program, ...rest] = readExecForm(last("HEALTHCHECK").replace(/^CMD /, "")) ?? [];
    expect(program).toBe("agent-auth");
    expect(await parseCommandLine(rest, COMMANDS)).toMatchObject({ kind: "run" });
    expect(last("STOPSIGNAL")).toBe("SIGTERM");
  });

  test("installs nothing but what the lock file names, and runs no install script", () => {
    const runs = ofKind(all, "RUN").map((step) => step.text);
    expect(runs.filter((line) => line.includes("npm ci"))).toEqual(["npm ci --ignore-scripts --no-audit --no-fund"]);
  });
});

test("what is copied is let in by .dockerignore, and nothing else", () => {
  const ignore = readFileSync(join(ROOT, "deploy/docker/Dockerfile.dockerignore"), "utf8").split("\n");
  const rules = ignore.filter((line) => line !== "" && !line.startsWith("#"));
  expect(rules[0]).toBe("*");
  const admitted = rules.slice(1).map((rule) => rule.replace(/^!/, ""));
  expect(rules.slice(1).every((rule) => rule.startsWith("!"))).toBe(true);
  const copied = ofKind(all, "COPY")
    .filter(({ flags }) => flags["from"] === undefined)
    .flatMap((step) => step.text.split(/\s+/).slice(0, -1));
  const roots = admitted.map((path) => path.split("/", 1).join());
  expect([...new Set(roots)].toSorted()).toEqual(copied.toSorted());
});
