import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAlertStore } from "../../src/alerts/store-file.ts";
import { buildCondition, buildNotification, NOW, tell } from "../alerts/sample-alerts.ts";
import { createTemporaryHome, runCli } from "../run-cli.ts";
import { token, writeHome } from "./json-home.ts";

let home: ReturnType<typeof createTemporaryHome>;

beforeEach(() => {
  home = createTemporaryHome();
});

afterEach(() => home.remove());

async function doctor(...args: string[]) {
  return runCli(["doctor", ...args], { home: home.path, env: { COLUMNS: "200" } });
}

describe("doctor", () => {
  test("0: says what was searched, found and read how", async () => {
    writeHome(home.path, { "anthropic:a": token() });
    const { code, stdout } = await doctor();
    expect(code).toBe(0);
    expect(stdout).toContain(`\n    ${home.path}/.clawdbot\n`);
    expect(stdout).toContain(`openclaw  ${home.path}/.openclaw  command: openclaw\n`);
    expect(stdout).toContain(`  ✓ main  ${home.path}/.openclaw/agents/main/agent/auth-profiles.json\n`);
    expect(stdout).toMatch(/auth-profiles\.json with its state inside, version 1, 1 profile, written \d+s ago/);
    expect(stdout).toContain("no file found, defaults are in effect");
  });

  test("0: says of each channel whether its secrets can be read and what became of its messages", async () => {
    writeHome(home.path, { "anthropic:a": token() });
    expect((await doctor()).stdout).toContain("✓ channels  none, so nobody is told\n");
    const directory = join(home.path, ".config/agent-auth-exporter");
    mkdirSync(directory, { recursive: true });
    writeFileSync(
      join(directory, "config.yaml"),
      `channels:
  - { name: ops, type: command, argv: [/bin/true] }
  - { name: down, type: command, argv: [/bin/true] }
  - { name: calm, type: command, argv: [/bin/true] }
  - { name: chat, type: webhook, url: "http://[::1]/CANARY", tokenFile: ${home.path}/nowhere }
`,
      { mode: 0o644 },
    );
    const store = openAlertStore(join(home.path, ".local/state/agent-auth-exporter"), NOW);
    const messages = ["left", "waits", "dead"].map((id) => buildNotification({ id }, [buildCondition({ key: id })]));
    const others = ["down 1", "down 2", "calm 1"].map((id) =>
      buildNotification({ id, channel: id.slice(0, 4) }, [buildCondition({ key: id })]),
    );
    store.decide(() => ({ changes: tell([...messages, ...others]), result: null }));
    store.markDelivered("left", NOW, "fine");
    store.markRetry("down 1", NOW, "no answer");
    store.markDead("dead", NOW, "HTTP 404");
    store.close();
    const { code, stdout } = await doctor();
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /✗ channel {3}ops \(command\): last delivered 2026-09-21 14:13 UTC \(.*\), 1 waiting, 1 given up, see agent-auth notify outbox\n/,
    );
    expect(stdout).toMatch(
      /✗ channel {3}down \(command\): nothing was delivered lately, 2 waiting, 1 of them tried in vain, see agent-auth notify outbox\n/,
    );
    expect(stdout).toMatch(/✓ channel {3}calm \(command\): nothing was delivered lately, 1 waiting\n/);
    expect(stdout).toContain(
      "✗ channel   chat (webhook): `tokenFile` cannot be read (not_found); make that file; nothing was sent yet\n",
    );
    expect(stdout).toMatch(/✗ config {4}.*everybody on this host can read it, and it holds `url` of channel chat/);
    expect(stdout).not.toContain("CANARY");
  });

  test("0: says of a channel that its program is not there, or cannot be run", async () => {
    writeHome(home.path, { "anthropic:a": token() });
    const [config, tell] = [join(home.path, "config.yaml"), join(home.path, "tell")];
    const channels = ["no-such-program", join(home.path, "nowhere"), tell, "sh", "{{title}}"].map(
      (program, index) => `  - { name: c${index}, type: command, argv: ["${program}"] }\n`,
    );
    writeFileSync(config, `channels:\n${channels.join("")}`);
    writeFileSync(tell, "#!/bin/sh\n", { mode: 0o644 });
    const { code, stdout } = await doctor("--config.file", config);
    expect(code).toBe(0);
    expect(stdout).toContain('✗ channel   c0 (command): the program "no-such-program" is not found on PATH; install');
    expect(stdout).toContain(`✗ channel   c1 (command): the program "${home.path}/nowhere" is not there; install it`);
    expect(stdout).toContain(`✗ channel   c2 (command): the program "${tell}" cannot be run; make it executable`);
    expect(stdout).toMatch(/✓ channel {3}c3 \(command\): nothing was sent yet/);
    expect(stdout).toMatch(/✓ channel {3}c4 \(command\): nothing was sent yet/);
  });

  test("3: warns of a password that everybody on the way can read", async () => {
    const config = join(home.path, "config.yaml");
    writeFileSync(config, "remotes: [{ url: 'http://0.0.0.0:9', user: phone, password: CANARY }]\n", { mode: 0o600 });
    const { code, stdout } = await doctor("--config.file", config);
    expect([code, stdout]).toEqual([
      3,
      expect.stringMatching(/✗ warning {3}.*read by everybody on the way; use https/),
    ]);
    expect(stdout).not.toContain("CANARY");
  });

  test("3: says what is unreadable and why", async () => {
    writeHome(home.path, "{ not json CANARY");
    const { code, stdout } = await doctor();
    expect(code).toBe(3);
    expect(stdout).toMatch(/✗ main .*\n.*\n +! bad_json: .* is not JSON/);
    expect(stdout).not.toContain("CANARY");
  });

  test("0: says which file others can read, and the command that mends it", async () => {
    writeHome(home.path, { "anthropic:a": token() });
    const path = join(home.path, ".openclaw/agents/main/agent/auth-profiles.json");
    chmodSync(path, 0o644);
    const { code, stdout } = await doctor();
    expect(code).toBe(0);
    expect(stdout).toContain(`! others can read or write it\n        → chmod 600 ${path}\n`);
  });

  test("3: a config that cannot be used is shown, and the rest with the defaults", async () => {
    writeHome(home.path, { "anthropic:a": token() });
    const path = join(home.path, "config.yaml");
    writeFileSync(path, "schedule: hourly\n");
    const { code, stdout } = await doctor("--config.file", path);
    expect(code).toBe(3);
    expect(stdout).toMatch(/✗ config .*schedule/);
    expect(stdout).toContain("✓ main");
  });

  test("3: a key of our own that cannot be used", async () => {
    writeHome(home.path, { "anthropic:a": token() });
    const storage = join(home.path, "state");
    mkdirSync(join(storage, "digest.key"), { recursive: true });
    const { code, stdout } = await doctor("--storage.path", storage);
    expect(code).toBe(3);
    expect(stdout).toMatch(/✗ state +\S+digest\.key is not the 32 bytes that we write; remove it/);
  });

  test("78: our own state in an agent's directory is no place to look at", async () => {
    writeHome(home.path, { "anthropic:a": token() });
    const { code, stdout, stderr } = await doctor("--storage.path", join(home.path, ".openclaw/mine"));
    expect([code, stdout]).toEqual([78, ""]);
    expect(stderr).toContain("outside of every agent's state directory");
    expect(readdirSync(join(home.path, ".openclaw"))).toEqual(["agents", "openclaw.json"]);
  });

  test("3: nothing found", async () => {
    const { code, stdout } = await doctor();
    expect(code).toBe(3);
    expect(stdout).toContain("no OpenClaw, Clawdbot or Moltbot installation found. Name one with --state-dir");
    // Nothing at all is in that home.
    expect(stdout.split(`${home.path}/.openclaw/\n`)).toHaveLength(2);
    expect(stdout).not.toContain("searched /");
  });
});
