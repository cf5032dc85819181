import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeDemoHome } from "../../src/demo/home.ts";
import { requireProgram } from "../real-program.ts";
import { createTemporaryHome, runCli } from "../run-cli.ts";
import { inHours, token, writeHome } from "./json-home.ts";

const demo = createTemporaryHome();
const plain = createTemporaryHome();

beforeAll(() => {
  writeDemoHome(join(demo.path, "home"), new Date());
  writeHome(plain.path, { "anthropic:a": token(inHours(30)) });
});

afterAll(() => {
  demo.remove();
  plain.remove();
});

async function check(...args: string[]) {
  return runCli(["check", ...args], { home: plain.path });
}

async function checkDemo(...args: string[]) {
  return runCli(["check", ...args], { home: demo.path, env: { HOME: join(demo.path, "home") } });
}

describe("what is judged", () => {
  test("--warn widens the window", async () => {
    expect((await check()).code).toBe(0);
    expect((await check("--warn", "48h")).code).toBe(2);
  });

  test("--at asks about another time", async () => {
    expect((await check("--at", "+6h")).code).toBe(2);
    const { code, stdout } = await check("--at=+31h");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^expired: openclaw\/main anthropic:a, 1h(?: \d+m)? ago/);
  });

  test("--judge and --scope, --agent and --provider", async () => {
    expect((await checkDemo("--agent", "_cli")).code).toBe(1);
    expect((await checkDemo("--agent", "_cli", "--judge", "verdict")).code).toBe(0);
    expect((await check("--provider", "gemini")).code).toBe(64);
    expect((await checkDemo("--agent", "courier", "--provider", "anthropic", "--scope", "in-use")).code).toBe(1);
  });
});

describe("a name that may stand in what could not be read", () => {
  const broken = createTemporaryHome();
  afterAll(() => broken.remove());

  test.each<readonly [string, number, RegExp, readonly string[]]>([
    ["a provider is not refused", 3, /bad_json/, ["--provider", "anthropic"]],
    ["nor one of an agent that reads it", 3, /bad_json/, ["--agent", "main", "--provider", "anthropic"]],
    ["an agent is, for there is none", 64, /--agent: expected one of main/, ["--agent", "mian"]],
  ])("%s: %i", async (_name, code, words, args) => {
    mkdirSync(join(broken.path, ".openclaw/agents/main/agent"), { recursive: true });
    writeFileSync(join(broken.path, ".openclaw/openclaw.json"), "{}", { mode: 0o600 });
    writeFileSync(join(broken.path, ".openclaw/agents/main/agent/auth-profiles.json"), "{ not JSON", { mode: 0o600 });
    const answer = await runCli(["check", ...args], { home: broken.path });
    expect(answer.code, answer.stderr).toBe(code);
    expect(answer.stdout + answer.stderr).toMatch(words);
  });
});

describe("formats", () => {
  test("--quiet prints nothing at all", async () => {
    expect(await check("--quiet", "--at", "+40h")).toEqual({ code: 1, stdout: "", stderr: "" });
  });

  test("--json is the same as --format json", async () => {
    const [short, long] = await Promise.all([
      check("--json", "--at", "2026-01-01"),
      check("--format", "json", "--at", "2026-01-01"),
    ]);
    const parse = (text: string) => JSON.parse(text.replaceAll(/"(?:generatedAt|readAt)": "[^"]*"/g, '"readAt": null'));
    expect(parse(short.stdout)).toEqual(parse(long.stdout));
    expect(parse(short.stdout)).toMatchObject({ schemaVersion: 1, exitCode: 0, at: "2026-01-01T00:00:00.000Z" });
  });

  test("--format nagios exits as Nagios reads it, unless told otherwise", async () => {
    const nagios = await check("--format", "nagios", "--warn", "48h");
    expect(nagios.code).toBe(1);
    expect(nagios.stdout).toMatch(/^AGENT AUTH WARNING - expiring: .* \| 'ok'=0;;;0 'expiring'=1;;;0/);
    expect((await check("--format", "nagios", "--warn", "48h", "--exit-style", "contract")).code).toBe(2);
    expect((await check("--exit-style", "nagios", "--at", "+40h")).code).toBe(2);
  });

  test("--format prom gives metrics of what was asked about", async () => {
    const { code, stdout } = await check("--format", "prom");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^agent_auth_profile_status\{.*status="ok"\} 1$/m);
    expect(stdout).toMatch(/^agent_auth_build_info\{/m);
  });
});

describe("--format openclaw speaks of one agent", () => {
  test("and so does its exit code", async () => {
    const home = createTemporaryHome();
    try {
      writeHome(home.path, { "anthropic:a": token(inHours(240)) });
      const other = join(home.path, ".openclaw/agents/other/agent");
      mkdirSync(other, { recursive: true });
      const profiles = { "anthropic:old": token(inHours(-1)) };
      writeFileSync(join(other, "auth-profiles.json"), JSON.stringify({ version: 1, profiles }), { mode: 0o600 });
      expect((await runCli(["check"], { home: home.path })).code).toBe(1);
      expect((await runCli(["check", "--format", "openclaw"], { home: home.path })).code).toBe(0);
      expect((await runCli(["check", "--format", "openclaw", "--agent", "other"], { home: home.path })).code).toBe(1);
    } finally {
      home.remove();
    }
  });

  test.each([
    [["--agent", "main", "--agent", "courier"], "--agent: expected one agent with --format openclaw, got 2; name one"],
    [["--agent", "_cli"], "--agent: expected the id of an agent with --format openclaw, got _cli; name one"],
    [["--agent", "_shared"], "--agent: expected the id of an agent with --format openclaw, got _shared; name one"],
  ])("%j: 64", async (args, message) => {
    const { code, stdout, stderr } = await checkDemo("--format", "openclaw", ...args);
    expect([code, stdout]).toEqual([64, ""]);
    expect(stderr).toContain(message);
  });
});

const jq = requireProgram("jq");

describe.runIf(jq !== null)("--format openclaw, by the filters of the usual scripts", () => {
  test.each([
    [
      ".auth.oauth.profiles",
      '[.auth.oauth.profiles[] | select(.provider == "anthropic" and .type == "token") | .status] | join(",")',
      "ok",
    ],
    [".auth.providers", '.auth.providers[] | select(.provider == "anthropic") | .effective.kind', "profiles"],
    [".auth.unusableProfiles", ".auth.unusableProfiles | length", "0"],
    [".auth.missingProvidersInUse", ".auth.missingProvidersInUse | length", "0"],
    ["remaining hours", "[.auth.oauth.profiles[].remainingMs // empty] | max / 3600000 | floor", "29"],
  ])("%s", async (_name, filter, expected) => {
    const { stdout } = await check("--format", "openclaw");
    expect(execFileSync(jq ?? "", ["-r", filter], { input: stdout, encoding: "utf8" }).trim()).toBe(expected);
  });
});

test("no format shows a secret, and nothing in the home changes", async () => {
  const before = list(join(demo.path, "home"));
  for (const format of ["text", "json", "openclaw", "nagios", "prom"]) {
    const { code, stdout, stderr } = await checkDemo("--format", format, "--storage.path", join(demo.path, "storage"));
    expect(code).toBe(format === "nagios" ? 2 : 1);
    expect(stdout.length).toBeGreaterThan(100);
    expect(stdout + stderr).not.toContain("CANARY");
  }
  expect(list(join(demo.path, "home"))).toEqual(before);
});

function list(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .toSorted()
    .map((name) => {
      const { mtimeNs, size, mode } = statSync(join(root, name), { bigint: true });
      return `${name} ${mtimeNs} ${size} ${mode}`;
    });
}
