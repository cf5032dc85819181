import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const HOUR = 3_600_000;

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home that `check` must answer with this exit code. */
export interface Sample {
  readonly name: string;
  readonly code: number;
  readonly writeHome: (home: string, now: Date) => void;
}

export const SAMPLES: readonly Sample[] = [
  { name: "a healthy store", code: 0, writeHome: (home, now) => writeToken(home, now.getTime() + 2_000 * HOUR) },
  { name: "an expired token", code: 1, writeHome: (home, now) => writeToken(home, now.getTime() - HOUR) },
  { name: "an expired token in SQLite", code: 1, writeHome: (home, now) => writeRow(home, now.getTime() - HOUR) },
  { name: "an expiring token", code: 2, writeHome: (home, now) => writeToken(home, now.getTime() + 5 * HOUR) },
  { name: "an unreadable store", code: 3, writeHome: writeCutShort },
];

/** Packs the built checkout and installs the tarball globally below `directory`, offline; returns the program's path. */
export function installPackage(directory: string): string {
  const options = { cwd: ROOT, env: { ...process.env, npm_config_offline: "true" } };
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", directory], options);
  const [tarball] = globSync("*.tgz", { cwd: directory });
  if (tarball === undefined) throw new Error(`npm pack left no tarball in ${directory}`);
  const prefix = join(directory, "prefix");
  const install = ["install", "--global", "--prefix", prefix, "--no-audit", "--no-fund", join(directory, tarball)];
  execFileSync("npm", install, options);
  return join(prefix, "bin/agent-auth");
}

/** Runs the installed program with the given Node, and nothing of our environment. */
export function runProgram(node: string, program: string, args: readonly string[], home: string): Answer {
  const env = { HOME: home, PATH: dirname(node) };
  const { status, stdout, stderr, error } = spawnSync(node, [program, ...args], { env, encoding: "utf8" });
  if (error !== undefined) throw error;
  return { code: status, stdout, stderr };
}

function writeToken(home: string, expires: number): void {
  writeFileSync(join(writeAgent(home), "auth-profiles.json"), oneToken(expires), { mode: 0o600 });
}

/** As OpenClaw 2026.7 keeps it. */
function writeRow(home: string, expires: number): void {
  const database = new DatabaseSync(join(writeAgent(home), "openclaw-agent.sqlite"));
  database.exec("CREATE TABLE auth_profile_store (store_key TEXT PRIMARY KEY, store_json TEXT, updated_at INTEGER)");
  database.prepare("INSERT INTO auth_profile_store VALUES ('primary', ?, ?)").run(oneToken(expires), Date.now());
  database.close();
}

function writeCutShort(home: string): void {
  writeFileSync(join(writeAgent(home), "auth-profiles.json"), '{"version": 1, "profiles": {', { mode: 0o600 });
}

function oneToken(expires: number): string {
  const token = { type: "token", provider: "anthropic", token: `sk-ant-oat01-CANARY${"a".repeat(80)}`, expires };
  return JSON.stringify({ version: 1, profiles: { "anthropic:default": token } });
}

/** A config, and the directory of the one agent. */
function writeAgent(home: string): string {
  const stateDir = join(home, ".openclaw");
  const agentDir = join(stateDir, "agents/main/agent");
  mkdirSync(agentDir, { recursive: true, mode: 0o700 });
  const config = { agents: { defaults: { model: { primary: "anthropic/claude-opus-4-5" } } } };
  writeFileSync(join(stateDir, "openclaw.json"), JSON.stringify(config), { mode: 0o600 });
  return agentDir;
}
