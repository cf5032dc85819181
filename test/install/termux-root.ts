import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { createFakeRoot, type FakeRoot, type Finished } from "../termux/fake-root.ts";

/** That of the test that runs. */
export let root: FakeRoot;

/** Each test has a root of its own, with a crond. */
export function useRoot(): void {
  beforeEach(() => {
    root = createFakeRoot();
    root.addCron(USER);
  });
  afterEach(async () => root.remove());
}

export async function install(...options: readonly string[]): Promise<Finished> {
  return root.run(["agent-auth", "install", "termux", ...options]);
}

export function read(path: string): string {
  return readFileSync(path, "utf8");
}

const SCRIPTS = [
  "usr/var/service/agent-auth/run",
  "usr/var/service/agent-auth/finish",
  "usr/var/service/agent-auth/log/run",
  "usr/libexec/agent-auth/job",
  "usr/libexec/agent-auth/cron",
  "home/.termux/boot/agent-auth",
  "home/.shortcuts/tasks/Agent status",
  "home/.shortcuts/tasks/Agent what to do",
  "home/.shortcuts/tasks/Agent re-check",
  "home/.shortcuts/Agent re-authenticate",
];

const USER = "u0_a123";

export function crontab(): string {
  const path = join(root.prefix, "var/spool/cron", USER);
  // The first line is for the crond that stands in.
  return existsSync(path) ? read(path).split("\n").slice(1).join("\n") : "";
}

export function writeCrontab(text: string): void {
  writeFileSync(join(root.prefix, "var/spool/cron", USER), `SHELL=sh\n${text}`);
}

export function shim(name: string, script: string): void {
  writeFileSync(join(root.prefix, "bin", name), `#!${root.prefix}/bin/sh\n${script}\n`);
}

export function written(): readonly string[] {
  return SCRIPTS.filter((path) => existsSync(join(root.prefix, "..", path)));
}

export function writeToken(home: string): void {
  const directory = join(home, ".openclaw/agents/main/agent");
  mkdirSync(directory, { recursive: true });
  const profile = { type: "token", provider: "anthropic", token: "CANARY-token", expires: Date.now() + 2 * 3_600_000 };
  const store = { version: 1, profiles: { "anthropic:manual": profile } };
  writeFileSync(join(directory, "auth-profiles.json"), JSON.stringify(store));
}
