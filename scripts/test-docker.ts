/**
 * Carries out the Dockerfile step by step in a directory and starts what comes out as a container would: as its user, on
 * a read-only root, without capabilities and with a network of its own. The demo, and agents with a live writer. It stands
 * in for an engine where there is none. Needs root.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { requireProgram } from "../test/real-program.ts";
import { waitFor } from "../test/wait.ts";
import { type Container, type RunOptions, startContainer } from "./docker/container.ts";
import { buildImage, type Image } from "./docker/image.ts";
import { readCompose, type Service, startService } from "./docker/stack.ts";

const ROOT = join(import.meta.dirname, "..");
const UID = 1000;
const STATE_VOLUME = "/var/lib/agent-auth";
const STOP_MS = 10_000;
/** As `git rev-parse HEAD` would print it. */
const REVISION = "0123456789abcdef0123456789abcdef01234567";

const needed = ["debootstrap", "systemd-nspawn", "nsenter"].map((name) => requireProgram(name));
if (needed.every((path) => path !== null) && isRoot()) await testAll();

function isRoot(): boolean {
  if (process.getuid?.() === 0) return true;
  const reason = "only root can start a container";
  if (process.env["CI"] !== undefined) throw new Error(`expected to be run as root: ${reason}`);
  process.stderr.write(`left out: tests of the container image, because ${reason}\n`);
  return false;
}

async function testAll(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "agent-auth-docker-"));
  try {
    const image = await step("the Dockerfile, step by step", () =>
      buildImage(join(ROOT, "deploy/docker/Dockerfile"), ROOT, scratch, { REVISION }),
    );
    await step("the demo of compose.yaml", () => testDemo(image, scratch));
    await step("agents with a live writer, untouched", () => testAgents(image, scratch));
    await step("a command in place of serve", () => testCommand(image, scratch));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function step<T>(name: string, test: () => T | Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await test();
  console.log(`ok: ${name} (${((performance.now() - startedMs) / 1_000).toFixed(1)} s)`);
  return result;
}

async function testDemo(image: Image, scratch: string): Promise<void> {
  const command = readCompose().services["exporter"]?.command ?? [];
  await withContainer(image, { command, volumes: newVolume(image, scratch, "demo") }, async (container) => {
    await waitUntilHealthy(image, container);
    const metrics = ask(container, "/metrics");
    assert.match(metrics, /^agent_auth_demo 1$/m);
    assert.match(metrics, new RegExp(`^agent_auth_build_info\\{[^}]*revision="${REVISION.slice(0, 12)}"`, "m"));
    assert.match(metrics, /^agent_auth_agent_can_answer\{[^}]*agent="writer"\} 0$/m);
    assert.match(ask(container, "/metrics", { host: "exporter:10884" }), /^agent_auth_demo 1$/m);
    const status = readFileSync(`/proc/${container.pid}/status`, "utf8");
    assert.match(status, new RegExp(`^Uid:\\t${UID}\\t${UID}\\t${UID}\\t${UID}$`, "m"));
    assert.match(status, /^NoNewPrivs:\t1$/m);
    assert.match(status, /^CapBnd:\t0+$/m);
    for (const path of ["/usr/local/bin/x", "/home/node/x", "/x"]) {
      assert.match(container.exec(["node", "-e", `fs.writeFileSync("${path}", "")`]).stderr, /EROFS|EACCES/);
    }
    console.log(
      `  resident: ${/^VmRSS:\s+(\d+)/m.exec(status)?.[1]} KiB, peak: ${/^VmHWM:\s+(\d+)/m.exec(status)?.[1]} KiB`,
    );
    await testStack(container, join(scratch, "stack"));
  });
}

/** Prometheus and Alertmanager as compose.yaml starts them, where there are such programs here. */
async function testStack(container: Container, directory: string): Promise<void> {
  const paths = ["prometheus", "prometheus-alertmanager", "promtool", "amtool"].map((name) => requireProgram(name));
  const [prometheus, alertmanager] = paths;
  if (!prometheus || !alertmanager || paths.includes(null)) return;
  const started: Service[] = [];
  try {
    started.push(await startService("alertmanager", alertmanager, { pid: container.pid, directory }));
    started.push(await startService("prometheus", prometheus, { pid: container.pid, directory }));
    await waitFor("the demo in Prometheus", () => {
      const answer = ask(container, "/api/v1/query?query=agent_auth_demo", { port: 9090 });
      return answer.includes('"instance":"127.0.0.1:10884","job":"agent-auth"') || null;
    });
    await waitFor(
      "alerts in Alertmanager",
      () => {
        const alerts = ask(container, "/api/v2/alerts", { port: 9093 });
        const missing = ["AgentAuthExpired", "AgentAuthWatchdog"].filter((name) => !alerts.includes(`"${name}"`));
        if (missing.length > 0) throw new Error(`no ${missing.join()} in ${alerts}`);
        return true;
      },
      60_000,
    );
    console.log("  Prometheus scrapes it, and Alertmanager has its alerts");
  } finally {
    for (const service of started.reverse()) await service.stop();
  }
}

/** A store as only its owner may read it, with a token whose age our own state has to remember, in WAL mode, written to all the time by a process outside. */
async function testAgents(image: Image, scratch: string): Promise<void> {
  const home = join(scratch, "openclaw");
  const agentDir = join(home, "agents/main/agent");
  mkdirSync(agentDir, { recursive: true, mode: 0o700 });
  writeFileSync(
    join(home, "openclaw.json"),
    '{"agents":{"defaults":{"model":{"primary":"anthropic/claude-opus-4-5"}}}}',
  );
  for (const path of ["", ...globSync("**", { cwd: home })]) chownSync(join(home, path), UID, UID);
  chmodSync(scratch, 0o711);
  const writer = await startWriter(join(agentDir, "openclaw-agent.sqlite"));
  try {
    const before = list(home);
    const volumes = newVolume(image, scratch, "agents");
    await withContainer(image, { readOnly: { "/home/node/.openclaw": home }, volumes }, async (container) => {
      await waitUntilHealthy(image, container);
      const metrics = ask(container, "/metrics");
      assert.match(metrics, /^agent_auth_store_up\{[^}]*agent="main"\} 1$/m);
      assert.match(metrics, /^agent_auth_profile_status\{[^}]*status="expired"\} 1$/m);
      assert.match(metrics, /^agent_auth_demo 0$/m);
      const check = container.exec(["agent-auth", "check"]);
      assert.equal(check.code, 1, check.stdout + check.stderr);
      assert.match(check.stdout, /expired: openclaw\/main anthropic:default/);
      assert.doesNotMatch(container.log() + metrics + check.stdout, /CANARY/);
    });
    assert.deepEqual(list(home), before);
    const state = join(volumes[STATE_VOLUME] ?? "", "agent-auth-exporter");
    assert.equal(lstatSync(state).mode & 0o777, 0o700);
    assert.equal(lstatSync(state).uid, UID);
  } finally {
    writer.kill("SIGKILL");
  }
}

async function testCommand(image: Image, scratch: string): Promise<void> {
  const volumes = newVolume(image, scratch, "command");
  await withContainer(image, { command: ["demo", "--web.listen-address=:10884"], volumes }, (container) =>
    waitUntilHealthy(image, container),
  );
}

async function withContainer(
  image: Image,
  options: RunOptions,
  test: (container: Container) => Promise<void>,
): Promise<void> {
  const container = await startContainer(image, options);
  let isTested = false;
  try {
    await test(container);
    isTested = true;
  } finally {
    if (!isTested) console.error(container.log());
    const startedMs = performance.now();
    const code = await container.stop();
    if (isTested) {
      assert.equal(code, 0, container.log());
      assert.ok(performance.now() - startedMs < STOP_MS, "an engine would have killed it");
    }
  }
}

async function waitUntilHealthy({ healthcheck }: Image, container: Container): Promise<void> {
  await waitFor("HEALTHCHECK to succeed", () => (container.exec(healthcheck).code === 0 ? true : null), 60_000);
}

/** The body of an answer inside. */
function ask(container: Container, path: string, { port = 10_884, host = "127.0.0.1" } = {}): string {
  const options = JSON.stringify({ headers: { host }, agent: false });
  const script = `http.get("http://127.0.0.1:${port}${path}", ${options}, (response) => response.pipe(process.stdout))`;
  const { code, stdout, stderr } = container.exec(["node", "-e", script]);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** A named volume as an engine fills it at first: with what the image has there, mode and owner included. */
function newVolume({ root, volumes }: Image, scratch: string, name: string): Readonly<Record<string, string>> {
  assert.deepEqual(volumes, [STATE_VOLUME]);
  const path = join(scratch, `volume-${name}`);
  const { mode, uid, gid } = lstatSync(join(root, STATE_VOLUME));
  mkdirSync(path);
  chmodSync(path, mode & 0o7777);
  chownSync(path, uid, gid);
  return { [STATE_VOLUME]: path };
}

async function startWriter(path: string): Promise<ChildProcess> {
  const script = `
    const { DatabaseSync } = require("node:sqlite");
    process.umask(0o077);
    const database = new DatabaseSync(${JSON.stringify(path)});
    database.exec("PRAGMA journal_mode = WAL; CREATE TABLE auth_profile_store (store_key TEXT PRIMARY KEY, store_json TEXT, updated_at INTEGER)");
    const token = { type: "token", provider: "anthropic", token: "sk-ant-oat01-CANARY" + "a".repeat(80), expires: Date.now() - 3600000 };
    database.prepare("INSERT INTO auth_profile_store VALUES ('primary', ?, ?)").run(JSON.stringify({ version: 1, profiles: { "anthropic:default": token, "anthropic:endless": { ...token, expires: undefined } } }), Date.now());
    console.log("written");
    setInterval(() => undefined, 60000);
  `;
  const child = spawn(process.execPath, ["-e", script], {
    uid: UID,
    gid: UID,
    cwd: "/",
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  await waitFor("the writer", () => (said.includes("written") ? true : null));
  return child;
}

/** Names, sizes, owners and times of all that lies below. */
function list(directory: string): readonly string[] {
  return ["", ...globSync("**", { cwd: directory, exclude: [] })].toSorted().map((path) => {
    const { size, mode, uid, mtimeNs, ctimeNs } = lstatSync(join(directory, path), { bigint: true });
    return [path, size, mode, uid, mtimeNs, ctimeNs].join(" ");
  });
}
