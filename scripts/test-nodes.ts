/**
 * Packs the program once and tries it on every Node that it supports, and on one that it does not. Each Node comes as an
 * npm package into a temporary directory.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type Answer, installPackage, runProgram, SAMPLES } from "./packed-package.ts";

const SUPPORTED = ["22.13.0", "22.23.3", "24.21.0", "26.10.0"];
const TOO_OLD = "20.20.2";
const EXIT_UNAVAILABLE = 69;

const directory = mkdtempSync(join(tmpdir(), "agent-auth-nodes-"));
let passed = 0;
let failed = 0;
try {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
  const program = installPackage(directory);
  for (const version of SUPPORTED) tryNode(version, program);
  tryOldNode(program);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function tryNode(version: string, program: string): void {
  const node = fetchNode(version);
  const home = newHome(version, "version");
  const answer = runProgram(node, program, ["--version"], home);
  report(`node ${version}: --version`, answer, answer.code === 0 && answer.stderr === "");
  for (const { name, code, writeHome } of SAMPLES) {
    const sampleHome = newHome(version, name);
    writeHome(sampleHome, new Date());
    const found = runProgram(node, program, ["check"], sampleHome);
    report(`node ${version}: check on ${name} exits ${code}`, found, found.code === code && found.stderr === "");
    const again = runProgram(node, program, ["check"], sampleHome);
    const isKept = readdirSync(join(sampleHome, ".cache/agent-auth-exporter")).some((kept) => kept.endsWith(".code"));
    report(`node ${version}: again, from kept code`, again, isKept && again.code === code && again.stderr === "");
  }
  tryOpenTelemetry(version, node, program);
}

/** Its packages ask for Node 22.15; what we use of them has to work before. Nothing listens on port 1. */
function tryOpenTelemetry(version: string, node: string, program: string): void {
  const home = newHome(version, "otlp");
  const config = join(home, "config.yaml");
  writeFileSync(config, "push: { otlp: { url: http://127.0.0.1:1, timeout: 100ms } }\n");
  const answer = runProgram(node, program, ["check", "--quiet", "--publish", "--config.file", config], home);
  report(
    `node ${version}: check --publish by OTLP`,
    answer,
    answer.stderr.startsWith("agent-auth: push.otlp: no answer"),
  );
}

function tryOldNode(program: string): void {
  const answer = runProgram(fetchNode(TOO_OLD), program, ["check"], newHome(TOO_OLD, "check"));
  const isOneLine = answer.stdout === "" && /^[^\n]*22\.13[^\n]*\n$/.test(answer.stderr);
  report(
    `node ${TOO_OLD}: one line and exit ${EXIT_UNAVAILABLE}`,
    answer,
    answer.code === EXIT_UNAVAILABLE && isOneLine,
  );
}

function fetchNode(version: string): string {
  const name = `node-${process.platform}-${process.arch}`;
  const prefix = join(directory, `node-${version}`);
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", prefix];
  execFileSync("npm", ["install", ...flags, `${name}@${version}`], { stdio: ["ignore", "ignore", "inherit"] });
  return join(prefix, "node_modules", name, "bin/node");
}

function newHome(version: string, name: string): string {
  const home = join(directory, `${version}-${name.replaceAll(" ", "-")}`);
  // Without it nothing that was compiled is kept.
  mkdirSync(join(home, ".cache"), { recursive: true, mode: 0o700 });
  return home;
}

function report(name: string, answer: Answer, isRight: boolean): void {
  if (isRight) passed += 1;
  else failed += 1;
  console.log(`${isRight ? "ok    " : "FAILED"} ${name}`);
  if (!isRight) console.log(`  exit ${answer.code}\n  stdout: ${answer.stdout}\n  stderr: ${answer.stderr}`);
}
