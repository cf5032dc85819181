import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inHours, token, writeHome } from "./commands/json-home.ts";
import { createTemporaryHome, runCli } from "./run-cli.ts";

const BIN = join(dirname(dirname(fileURLToPath(import.meta.url))), "src/bin.ts");

let home: ReturnType<typeof createTemporaryHome>;

beforeEach(() => {
  home = createTemporaryHome();
});

afterEach(() => home.remove());

async function run(...args: string[]) {
  return runCli(args, { home: home.path });
}

describe("exit code of check", () => {
  test.each([
    [0, "healthy", { "anthropic:a": token(inHours(24 * 90)) }],
    [1, "expired", { "anthropic:a": token(inHours(-1)) }],
    [2, "expiring", { "anthropic:a": token(inHours(2)) }],
    [3, "unreadable", "{ not json"],
  ])("%i: %s", async (code, _name, store) => {
    writeHome(home.path, store);
    expect((await run("check")).code).toBe(code);
  });

  test("3: nothing installed; says where it looked", async () => {
    const { code, stdout } = await run("check");
    expect(code).toBe(3);
    expect(stdout).toContain(`searched ${home.path}/.openclaw`);
  });

  test.each(["status", "doctor"])("%s says once that nothing is installed", async (command) => {
    const { stdout } = await run(command);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("Name one with --state-dir or its home with --home");
    expect(stdout).not.toContain("not_found");
  });

  test("a store that cannot be read is told once, also where the verdict on its agent is the same", async () => {
    writeHome(home.path, "");
    const { stdout } = await run("check", "--judge", "verdict");
    expect(stdout).toMatch(/^empty_file: openclaw\/main, .*\n$/);
  });
});

describe("mistakes", () => {
  test.each([
    ["unknown command", ["chekc"], "unknown command 'chekc'\n(Did you mean check?)"],
    ["beginning of a command", ["notify", "sil"], "unknown command 'sil'\n(Did you mean silence?)"],
    ["beginning of several", ["s"], "unknown command 's'\n(Did you mean one of status, serve, simulate?)"],
    ["unknown option", ["check", "--agnet", "x"], "unknown option '--agnet'\n(Did you mean --agent?)"],
    ["value missing", ["check", "--agent"], "option '--agent <id>' argument missing"],
    ["word that is no choice", ["check", "--scope", "some"], "Allowed choices are all, in-use."],
    ["stray argument", ["check", "main"], "too many arguments for 'check'"],
    ["duration without unit", ["check", "--warn", "5"], '--warn: expected a duration such as 24h or 90m, got "5"'],
    [
      "no warning time at all",
      ["check", "--warn", "0s"],
      "--warn: expected a duration of at least 1s and at most 36500d",
    ],
    ["help of an unknown command", ["help", "chekc"], "unknown command 'chekc'\n(Did you mean check?)"],
    ["help of an unknown subcommand", ["help", "config", "chekc"], "unknown command 'chekc'"],
    [
      "time that is none",
      ["check", "--at", "noon"],
      '--at: expected a time such as 2026-10-01T08:00Z, +6h or -2h, got "noon"',
    ],
    ["two formats", ["check", "--json", "--format", "prom"], "expected no other format beside it, got --format prom"],
    ["unknown agent", ["check", "--agent", "mian"], '--agent: expected one of main; got "mian"'],
    ["unknown provider", ["check", "--provider", "x"], '--provider: expected one of anthropic; got "x"'],
    ["empty config file", ["check", "--config.file", ""], "--config.file: expected a path, got nothing"],
    ["empty home", ["check", "--home", ""], "--home: expected a path, got nothing"],
    ["empty state directory", ["doctor", "--state-dir="], "--state-dir: expected a path, got nothing"],
    ["empty storage", ["check", "--storage.path", " "], "--storage.path: expected a path, got nothing"],
    ["empty demo directory", ["demo", "--dir", ""], "--dir: expected a path, got nothing"],
    ["empty file to write", ["config", "init", "--config.file", ""], "--config.file: expected a path, got nothing"],
    ["empty address", ["serve", "--web.listen-address", ""], '--web.listen-address: expected a listen address, got ""'],
    ["watch without a terminal", ["status", "--watch"], "--watch: expected a terminal, found a pipe or file"],
  ])("%s: 64, one clear message", async (_name, args, message) => {
    writeHome(home.path, { "anthropic:a": token() });
    const { code, stdout, stderr } = await runCli(args, { home: home.path });
    expect([code, stdout]).toEqual([64, ""]);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test("a password behind web hash is not repeated", async () => {
    const { code, stderr } = await runCli(["web", "hash", "CANARY"], { home: home.path });
    expect([code, stderr]).toEqual([64, expect.stringContaining("too many arguments for 'hash'")]);
    expect(stderr).not.toContain("CANARY");
  });

  test("a bad config: 78, names the key", async () => {
    const path = join(home.path, "config.yaml");
    writeFileSync(path, "polcy: {}\nwatch: maybe\n");
    const { code, stderr } = await run("check", "--config.file", path);
    expect(code).toBe(78);
    expect(stderr.trim().split("\n")).toEqual([
      `agent-auth: ${path}:1:1: \`polcy\`: unknown key; did you mean \`policy\`?`,
      expect.stringMatching(/^agent-auth: .*:2:8: `watch`: expected true or false/),
    ]);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test("a full disk: 69 instead of a report that is cut off", () => {
    writeHome(home.path, { "anthropic:a": token() });
    const { status, stderr } = spawnSync("/bin/sh", ["-c", '"$0" "$1" check > /dev/full', process.execPath, BIN], {
      env: { HOME: home.path },
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([69, "agent-auth: output cannot be written: ENOSPC\n"]);
  });

  test.each([
    ["a mistake", 64, "chek 2> /dev/full"],
    ["no command", 64, "2> /dev/full"],
    ["a log that cannot be written", 69, "serve --web.listen-address 127.0.0.1:0 --log.format json > /dev/full"],
  ])("a full disk: %s keeps its code", (_name, code, args) => {
    const { status, stderr } = spawnSync("/bin/sh", ["-c", `"$0" "$1" ${args}`, process.execPath, BIN], {
      env: { HOME: home.path },
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(status).toBe(code);
    expect(stderr).toBe(code === 69 ? "agent-auth: nothing more can be written (ENOSPC); free some space\n" : "");
  });

  test("a reader that goes away is nobody's mistake", () => {
    writeHome(home.path, { "anthropic:a": token(inHours(-1)) });
    const script = '{ "$0" "$1" check --json; echo "code $?" >&2; } | true';
    const { stderr } = spawnSync("/bin/sh", ["-c", script, process.execPath, BIN], {
      env: { HOME: home.path },
      encoding: "utf8",
    });
    expect(stderr).toBe("code 1\n");
  });
});

describe("mistakes as a monitoring plugin: one UNKNOWN line on standard output", () => {
  test.each([
    ["unknown option", 3, ["check", "--format", "nagios", "--agnet", "x"], "unknown option '--agnet'"],
    ["unknown agent", 3, ["check", "--format=nagios", "--agent", "a|b"], '--agent: expected one of main; got "a¦b"'],
    ["bad config", 3, ["check", "--format", "nagios", "--config.file", "./none.yaml"], "none.yaml does not exist"],
    ["by the meaning of the code alone", 3, ["check", "--exit-style", "nagios", "--warn", "x"], "--warn: expected"],
    ["codes of the contract", 64, ["check", "--format", "nagios", "--exit-style=contract", "--warn", "x"], "--warn: "],
  ])("%s: %i", async (_name, code, args, message) => {
    writeHome(home.path, { "anthropic:a": token() });
    const result = await runCli(args, { home: home.path });
    expect([result.code, result.stderr]).toEqual([code, ""]);
    expect(result.stdout).toContain(message);
    expect(result.stdout).toMatch(/^AGENT AUTH UNKNOWN - [^\n|]+\n$/);
  });

  test("an agent of that name is not the style", async () => {
    writeHome(home.path, { "anthropic:a": token() });
    expect(await run("check", "--agent", "nagios")).toMatchObject({ code: 64, stdout: "" });
  });
});

describe("help", () => {
  test("lists every command and the exit codes", async () => {
    const { code, stdout } = await run("--help");
    expect(code).toBe(0);
    for (const name of ["check", "status", "serve", "doctor", "config", "demo"])
      expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
    expect(stdout).toContain("Exit codes of check: 0 ok, 1 expired or missing, 2 expiring");
  });

  test("of a command shows its own options and the common ones", async () => {
    const { code, stdout } = await run("check", "--help");
    expect(code).toBe(0);
    for (const option of [
      "--exit-style <style>",
      "--config.file <path>",
      "--state-dir <dir>",
      "--storage.path <dir>",
    ]) {
      expect(stdout).toContain(option);
    }
  });

  test.each([
    ["nothing", []],
    ["a group alone", ["config"]],
  ])("asked for by %s: on standard error, 64, for a cron job that lost its command", async (_name, args) => {
    const { code, stdout, stderr } = await runCli(args, { home: home.path });
    expect([code, stdout]).toEqual([64, ""]);
    expect(stderr).toContain("Commands:");
  });

  test("--version", async () => {
    expect(await run("--version")).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

describe("common options", () => {
  test("stand before or after the command, with dots in their names", async () => {
    writeHome(join(home.path, "other"), { "anthropic:a": token(inHours(-1)) });
    const elsewhere = join(home.path, "other");
    expect((await run("check", "--home", elsewhere, "--log.level", "debug", "--log.format=json")).code).toBe(1);
    expect((await run("--log.level", "debug", "--home", elsewhere, "check")).code).toBe(1);
    expect((await run("check", "--state-dir", join(elsewhere, ".openclaw"), "--storage.path", home.path)).code).toBe(1);
  });
});

test("an old Node is told so in one line, before anything is loaded", () => {
  const script = `
    Object.defineProperty(process.versions, "node", { value: "18.20.0" });
    await import(${JSON.stringify(BIN)});
  `;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect([status, stderr]).toEqual([
    69,
    "agent-auth: expected Node.js 22.13 or newer, found 18.20.0; install a newer one\n",
  ]);
});
