import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTemporaryHome, runCli } from "../run-cli.ts";
import { waitFor } from "../wait.ts";

const BIN = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "src/bin.ts");

let home: ReturnType<typeof createTemporaryHome>;

beforeEach(() => {
  home = createTemporaryHome();
});

afterEach(() => home.remove());

describe("demo", () => {
  test("serves the sample home, marked as such, and removes it at the end", async () => {
    const directory = join(home.path, "demo");
    const args = [BIN, "demo", "--dir", directory, "--web.listen-address", "127.0.0.1:0", "--log.format", "json"];
    const child = spawn(process.execPath, args, {
      env: { HOME: home.path, ANTHROPIC_API_KEY: "sk-CANARY-of-the-host" },
    });
    let log = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
    const ended = new Promise((resolve) => child.on("close", resolve));
    try {
      const address = await waitFor("the address", () => /127\.0\.0\.1:[1-9]\d*/.exec(log)?.[0]);
      const metrics = await waitFor("the first check", async () => {
        const text = await (await fetch(`http://${address}/metrics`)).text();
        return text.includes("agent_auth_profile_status") ? text : null;
      });
      expect(metrics).toMatch(/^agent_auth_demo 1$/m);
      expect(metrics).not.toContain("CANARY");
      expect(readdirSync(directory)).toContain(".clawdbot");
    } finally {
      child.kill("SIGTERM");
    }
    expect(await ended).toBe(0);
    expect(existsSync(directory)).toBe(false);
    expect(log).not.toContain("CANARY");
    // Nothing of the demo is remembered for the real host.
    expect(readdirSync(home.path)).toEqual([]);
  });

  test.each([
    ["a directory that was there stays, empty", "mine", true],
    ["a directory made for it goes, with those made above it", "a/b/demo", false],
  ])("%s", async (_name, path, isThere) => {
    const directory = join(home.path, path);
    if (isThere) mkdirSync(directory);
    const args = [BIN, "demo", "--dir", path, "--web.listen-address", "127.0.0.1:0", "--log.format", "json"];
    const child = spawn(process.execPath, args, { cwd: home.path, env: { HOME: home.path } });
    let log = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
    const ended = new Promise((resolve) => child.on("close", resolve));
    try {
      await waitFor("the address", () => /127\.0\.0\.1:[1-9]\d*/.exec(log)?.[0]);
      expect(readdirSync(directory)).toContain(".clawdbot");
    } finally {
      child.kill("SIGTERM");
    }
    expect(await ended).toBe(0);
    expect(readdirSync(home.path)).toEqual(isThere ? ["mine"] : []);
    expect(isThere ? readdirSync(directory) : []).toEqual([]);
  });

  describe.each([["demo"], ["serve --demo-if-empty"]])("of %s", (line) => {
    test.each([
      ["it is told to stop again and again", /"msg":"serving"/, ["SIGINT"]],
      [
        "it is told to stop, twice over, before it serves",
        /"msg":"showing the embedded demo|is removed at the end/,
        ["SIGINT", "SIGTERM"],
      ],
      ["it has to stop at once", /"msg":"serving"/, ["SIGQUIT"]],
    ] as const)("goes although %s", async (_name, moment, signals) => {
      const temporary = join(home.path, "tmp");
      mkdirSync(temporary);
      const args = [BIN, ...line.split(" "), "--web.listen-address=127.0.0.1:0", "--log.format=json"];
      const child = spawn(process.execPath, args, { env: { HOME: home.path, TMPDIR: temporary } });
      let log = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          log += text;
        });
      }
      await waitFor("the moment", () => (moment.test(log) ? true : null));
      expect(readdirSync(temporary)).toEqual([expect.stringMatching(/^agent-auth-demo-/)]);
      // A terminal sends Ctrl-C to npm and to us, and npm hands it on.
      await waitFor("its end", () => {
        for (const signal of signals) child.kill(signal);
        return child.exitCode !== null || child.signalCode !== null ? true : null;
      });
      expect(readdirSync(temporary)).toEqual([]);
    });
  });

  test("is a command, not an option of serve", async () => {
    const { code, stderr } = await runCli(["serve", "--demo"], { home: home.path });
    expect(code).toBe(64);
    expect(stderr).toContain("unknown option '--demo'");
  });

  test("never writes into a state directory", async () => {
    const { code, stderr } = await runCli(["demo", "--dir", join(home.path, ".openclaw/demo")], { home: home.path });
    expect([code, stderr]).toEqual([64, expect.stringContaining("which belongs to an agent; name another")]);
    expect(readdirSync(home.path)).toEqual([]);
  });

  test("where nothing can be written: 69", async () => {
    const path = join(home.path, "file");
    writeFileSync(path, "");
    const temporary = await runCli(["demo"], { home: home.path, env: { TMPDIR: path } });
    expect(temporary.code).toBe(69);
    expect(temporary.stderr).toBe(`agent-auth: ${path}: cannot be written (ENOTDIR); name another place with --dir\n`);
  });

  test("never takes a directory that holds something", async () => {
    const directory = join(home.path, "mine");
    mkdirSync(directory);
    writeFileSync(join(directory, "precious"), "");
    const { code, stderr } = await runCli(["demo", "--dir", directory], { home: home.path });
    expect(code).toBe(64);
    expect(stderr).toContain(`--dir: expected an empty or missing directory, found 1 entry in ${directory}`);
    expect(readdirSync(directory)).toEqual(["precious"]);
  });
});
