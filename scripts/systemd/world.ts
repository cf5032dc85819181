import assert from "node:assert/strict";
import { copyFileSync, cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { waitFor } from "../../test/wait.ts";
import { installPackage } from "../packed-package.ts";
import type { Machine } from "./machine.ts";

/** Owns the agent inside, and its own units later. */
export const USER = "pat";
export const PACKAGE = "usr/local/lib/node_modules/agent-auth-exporter";
const STATE_DIR = `/home/${USER}/.openclaw`;
const AGENT_DIR = `${STATE_DIR}/agents/main/agent`;
const EXPIRY = "/home/pat/expiry";
const HOUR_MS = 3_600_000;

/** Holds the database open and writes to it without end, so that its WAL is never empty; takes its expiry from a file. */
const WRITER = `
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
const database = new DatabaseSync("${AGENT_DIR}/openclaw-agent.sqlite");
database.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 50");
database.exec("CREATE TABLE IF NOT EXISTS auth_profile_store (store_key TEXT PRIMARY KEY, store_json TEXT, updated_at INTEGER)");
const insert = database.prepare("INSERT OR REPLACE INTO auth_profile_store VALUES ('primary', ?, ?)");
setInterval(() => {
  const expires = Number(readFileSync("${EXPIRY}", "utf8"));
  const token = { type: "token", provider: "anthropic", token: "sk-ant-oat01-CANARY" + "a".repeat(80), expires };
  insert.run(JSON.stringify({ version: 1, profiles: { "anthropic:default": token } }), Date.now());
}, 20);
`;

const WRITER_UNIT = `[Service]
User=${USER}
ExecStart=/usr/local/bin/node /usr/local/lib/writer.mjs
[Install]
WantedBy=multi-user.target
`;

/** Puts Node, our packed program, a user and a writer into a system that does not run yet; they start with it. */
export function furnish(root: string, scratch: string): void {
  copyFileSync(process.execPath, join(root, "usr/local/bin/node"));
  // What `npm install --global` does of a tarball that has no dependencies.
  const installed = join(dirname(dirname(installPackage(scratch))), "lib/node_modules/agent-auth-exporter");
  cpSync(installed, join(root, PACKAGE), { recursive: true });
  symlinkSync("../lib/node_modules/agent-auth-exporter/dist/bin.cjs", join(root, "usr/local/bin/agent-auth"));
  writeFileSync(join(root, "usr/local/lib/writer.mjs"), WRITER);
  writeFileSync(join(root, "etc/systemd/system/writer.service"), WRITER_UNIT);
  writeFileSync(join(root, "etc/hostname"), "agents\n");
}

/** The user with an agent whose token ends in so many hours. */
export async function moveIn(machine: Machine): Promise<void> {
  expectRun(machine, `useradd --create-home --shell /bin/sh ${USER} && chmod 700 /home/${USER}`);
  expectRun(
    machine,
    `mkdir -p -m 700 ${AGENT_DIR} && echo '{"agents":{"defaults":{"model":{"primary":"anthropic/claude-opus-4-5"}}}}' > ${STATE_DIR}/openclaw.json`,
    USER,
  );
  setExpiry(machine, 2_000);
  expectRun(machine, "systemctl enable --now writer.service");
  await waitFor("the writer", () => (hasWal(machine) ? true : null));
}

export function setExpiry(machine: Machine, hours: number): void {
  expectRun(machine, `echo ${Date.now() + hours * HOUR_MS} > ${EXPIRY}`, USER);
}

export function hasWal(machine: Machine): boolean {
  return machine.run(`test -s ${AGENT_DIR}/openclaw-agent.sqlite-wal`).code === 0;
}

/** Names, owners and modes of all below the state directory; contents are the writer's business. */
export function listStateDir(machine: Machine): string {
  return expectRun(machine, `find ${STATE_DIR} -printf '%p %u:%g %m\\n' | sort`);
}

/** Standard output of a command that succeeds. */
export function expectRun(machine: Machine, command: string, user?: string): string {
  const { code, stdout, stderr } = machine.run(command, user);
  assert.equal(code, 0, `${user ?? "root"}$ ${command}\n${stdout}${stderr}`);
  return stdout;
}

/** Waits until the metric has this value. */
export async function expectMetric(machine: Machine, line: string, port = 10_884): Promise<void> {
  await waitFor(
    line,
    () => {
      const { stdout } = machine.run(`curl -s --max-time 5 http://127.0.0.1:${port}/metrics`);
      return stdout.split("\n").includes(line) ? true : null;
    },
    60_000,
  );
}

/** One property of a unit. */
export function show(machine: Machine, unit: string, property: string): string {
  return expectRun(machine, `systemctl show --value --property=${property} '${unit}'`).trim();
}

/** Below `directory` of the root, everything that is named after us. */
export function findOurs(root: string, directory: string): readonly string[] {
  mkdirSync(join(root, directory), { recursive: true });
  const names = readdirSync(join(root, directory), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.includes("agent-auth"));
}
