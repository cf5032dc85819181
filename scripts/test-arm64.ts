/**
 * Packs the program once and runs it on ARM64, which is what phones are: by the registry's Node.js for linux-arm64 on an
 * emulated processor. Android's C library is not in it. Downloads 50 MB, once.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { startReceiver } from "../test/channels/http-receiver.ts";
import { waitFor } from "../test/wait.ts";
import { prepareEmulatedNode } from "./arm64/emulated-node.ts";
import { installPackage, SAMPLES, type Answer, type Sample } from "./packed-package.ts";

/** The emulator is an order of magnitude slower than a phone. */
const PATIENCE_MS = 120_000;
const STORE = ".openclaw/agents/main/agent/openclaw-agent.sqlite";

const directory = mkdtempSync(join(tmpdir(), "agent-auth-arm64-"));
let passed = 0;
let failed = 0;
try {
  const node = prepareEmulatedNode(directory);
  if (node !== null) await testAll(node);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function testAll(node: string): Promise<void> {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
  const program = installPackage(directory);
  await testVersions(node, program);
  for (const sample of SAMPLES) await testSample(node, program, sample);
  await testLiveWriter(node, program);
  await testNotify(node, program);
  await testServe(node, program);
}

async function testVersions(node: string, program: string): Promise<void> {
  const home = newHome("versions");
  const script = "[process.arch, process.version, process.versions.sqlite, process.versions.v8].join(' ')";
  const platform = await finish(start(node, ["-p", script], home));
  console.log(`       node: ${platform.stdout.trim()} (arch, node, sqlite, v8)`);
  report("node is for ARM64", platform, platform.stdout.startsWith(`arm64 ${process.version} `));
  const own = await finish(start(node, [program, "--version"], home));
  report("--version", own, own.code === 0 && own.stderr === "");
}

async function testSample(node: string, program: string, { name, code, writeHome }: Sample): Promise<void> {
  const home = newHome(name.replaceAll(" ", "-"));
  writeHome(home, new Date());
  const found = await finish(start(node, [program, "check"], home));
  report(`check on ${name} exits ${code}`, found, found.code === code && found.stderr === "");
}

/** A gateway that has the database open, with all it wrote still in the WAL. */
async function testLiveWriter(node: string, program: string): Promise<void> {
  const home = newHome("live-writer");
  writeSample("an expired token in SQLite", home);
  const path = join(home, STORE);
  const writer = new DatabaseSync(path);
  try {
    writer.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
    const token = { type: "token", provider: "anthropic", token: "CANARY-token", expires: Date.now() + 5 * 3_600_000 };
    const store = JSON.stringify({ version: 1, profiles: { "anthropic:default": token } });
    writer.prepare("UPDATE auth_profile_store SET store_json = ?").run(store);
    const before = list(join(path, ".."));
    const found = await finish(start(node, [program, "check"], home));
    report("check reads what is in the WAL only", found, found.code === 2 && found.stderr === "");
    report("check leaves names, sizes and times alone", found, list(join(path, "..")) === before);
  } finally {
    writer.close();
  }
}

async function testNotify(node: string, program: string): Promise<void> {
  const home = newHome("notify");
  writeSample("an expired token", home);
  const receiver = await startReceiver();
  try {
    const config = join(home, "config.json");
    const channels = [{ name: "hook", type: "webhook", url: `${receiver.url}/hook` }];
    writeFileSync(config, JSON.stringify({ channels }));
    const tell = async (): Promise<Answer> =>
      finish(start(node, [program, "check", "--notify", "--quiet", `--config.file=${config}`], home));
    const first = await tell();
    const [told] = receiver.received;
    report("check --notify tells a webhook", first, first.code === 1 && /anthropic:default/.test(told?.body ?? ""));
    const second = await tell();
    report("and tells it once", second, second.code === 1 && receiver.received.length === 1);
  } finally {
    await receiver.close();
  }
}

async function testServe(node: string, program: string): Promise<void> {
  const home = newHome("serve");
  writeSample("an expired token in SQLite", home);
  const args = ["serve", "--log.format=json", "--web.listen-address=127.0.0.1:0"];
  const child = start(node, [program, ...args], home);
  let stdout = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  const ended = finish(child);
  try {
    const address = await waitFor("serve", () => /"addresses":\["([^"]+)"/.exec(stdout)?.[1], PATIENCE_MS);
    const ready = async (): Promise<true | null> => ((await fetch(`http://${address}/readyz`)).ok ? true : null);
    await waitFor("the first check", ready, PATIENCE_MS);
    const metrics = await (await fetch(`http://${address}/metrics`)).text();
    const line = 'agent_auth_agent_can_answer{installation="openclaw",agent="main"} 0';
    report("serve is scraped", { code: 0, stdout: metrics, stderr: "" }, metrics.split("\n").includes(line));
  } finally {
    child.kill();
  }
  const end = await ended;
  report("and ends in order when told to", end, end.code === 0);
}

function start(node: string, args: readonly string[], home: string): ChildProcess {
  const env = { HOME: home, PATH: join(directory, "nothing"), TMPDIR: directory };
  return spawn(node, args, { cwd: home, env, stdio: ["ignore", "pipe", "pipe"], timeout: PATIENCE_MS });
}

async function finish(child: ChildProcess): Promise<Answer> {
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => (said[name] += text));
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => resolve({ code, ...said }));
  });
}

function list(path: string): string {
  return readdirSync(path)
    .map((name) => `${name} ${statSync(join(path, name)).size} ${statSync(join(path, name)).mtimeMs}`)
    .join("\n");
}

function writeSample(name: string, home: string): void {
  const sample = SAMPLES.find((one) => one.name === name);
  if (sample === undefined) throw new Error(`no sample is called ${name}`);
  sample.writeHome(home, new Date());
}

function newHome(name: string): string {
  const home = join(directory, name);
  mkdirSync(home);
  return home;
}

function report(name: string, answer: Answer, isRight: boolean): void {
  if (isRight) passed += 1;
  else failed += 1;
  console.log(`${isRight ? "ok    " : "FAILED"} ${name}`);
  if (!isRight) console.log(`  exit ${answer.code}\n  stdout: ${answer.stdout}\n  stderr: ${answer.stderr}`);
}
