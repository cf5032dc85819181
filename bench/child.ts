import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const REPORT_PEAK = join(HERE, "report-peak.cjs");

export const PROGRAM = join(dirname(HERE), "dist/bin.cjs");

export function floorScript(name: string): string {
  return join(HERE, "floors", name);
}

/** A Node process: its arguments, the home it sees, and the exit codes that mean it did its work. */
export interface Command {
  readonly args: readonly string[];
  readonly home: string;
  readonly codes?: readonly number[];
}

/** Milliseconds from spawn to exit. */
export function measureWall(command: Command): number {
  const startedAt = process.hrtime.bigint();
  runCommandNow(command, {});
  return Number(process.hrtime.bigint() - startedAt) / 1e6;
}

const RUNS_PER_SAMPLE = 5;
/** Of the fields in `/proc/self/stat`. */
const TICK_MS = 10;

/** CPU time of one run in milliseconds, user and system, as the kernel charges it to whoever waited for it; Linux only. */
export function measureCpu(command: Command): number {
  const before = readChildrenTicks();
  for (let run = 0; run < RUNS_PER_SAMPLE; run += 1) runCommandNow(command, {});
  return ((readChildrenTicks() - before) * TICK_MS) / RUNS_PER_SAMPLE;
}

function readChildrenTicks(): number {
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  // cutime and cstime, fields 16 and 17 of proc(5), of which two went with the name.
  return Number(fields[13]) + Number(fields[14]);
}

/** Peak resident memory in KiB, of the largest process when the command starts others. */
export function measurePeak(command: Command): number {
  const directory = mkdtempSync(join(tmpdir(), "agent-auth-peak-"));
  try {
    const file = join(directory, "peak");
    runCommandNow(command, { NODE_OPTIONS: `--require ${REPORT_PEAK}`, BENCH_PEAK_FILE: file });
    return Math.max(...readFileSync(file, "utf8").trim().split("\n").map(Number));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function runCommandNow({ args, home, codes = [0] }: Command, env: Readonly<Record<string, string>>): void {
  const options = { env: { ...environment(home), ...env }, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 } as const;
  const { status, stderr } = spawnSync(process.execPath, args, options);
  if (status === null || !codes.includes(status)) throw new Error(`${args.join(" ")} exited with ${status}: ${stderr}`);
}

/** Runs it while this process goes on with what it does for it. Rejects when it does not do its work. */
export async function runCommand(
  { args, home, codes = [0] }: Command,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const child = spawn(process.execPath, args, {
    env: { ...environment(home), ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [status] = (await once(child, "exit")) as [number | null];
  if (status === null || !codes.includes(status)) throw new Error(`${args.join(" ")} exited with ${status}`);
}

function environment(home: string): Record<string, string> {
  return { HOME: home, PATH: process.env["PATH"] ?? "", TMPDIR: tmpdir() };
}

export interface RunningServer {
  readonly pid: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a server that prints its address as the first line that holds one. */
export async function startServer({ args, home }: Command): Promise<RunningServer> {
  const child = spawn(process.execPath, args, { env: environment(home), stdio: ["ignore", "pipe", "inherit"] });
  const url = await readAddress(child);
  if (child.pid === undefined) throw new Error(`${args.join(" ")} did not start`);
  return {
    pid: child.pid,
    url,
    async stop() {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

async function readAddress(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("the server has no standard output");
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const [address] = /127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (address === undefined) continue;
    // What follows is of no interest, but a full pipe would block the server.
    child.stdout.resume();
    return `http://${address}`;
  }
  throw new Error("the server ended before it said where it listens");
}

/** Resident memory in KiB now; Linux only. */
export function readResident(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib);
}
