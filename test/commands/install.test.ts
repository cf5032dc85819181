import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { installTo } from "../../src/commands/install.ts";
import { OptionValues } from "../../src/commands/option-values.ts";
import type { InstallTarget } from "../../src/install/target.ts";
import { type CliResult, createTemporaryHome, runCli } from "../run-cli.ts";

let home: ReturnType<typeof createTemporaryHome>;
beforeEach(() => {
  home = createTemporaryHome();
  mkdirSync(join(home.path, "run/systemd"), { recursive: true });
  shim(`echo "$@" >> ${home.path}/ran`);
});
afterEach(() => home.remove());

/** Stands for the systemd of the user. */
function shim(script: string): void {
  writeFileSync(join(home.path, "systemctl"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function install(...args: string[]): Promise<CliResult> {
  const env = { PATH: `${home.path}:${process.env["PATH"] ?? ""}`, XDG_RUNTIME_DIR: join(home.path, "run") };
  return runCli(["install", "systemd", "--user", ...args], { home: home.path, env });
}

function ran(): readonly string[] {
  const path = join(home.path, "ran");
  return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
}

function units(): readonly string[] {
  const path = join(home.path, ".config/systemd/user");
  return existsSync(path) ? readdirSync(path).toSorted() : [];
}

const SERVICE = ".config/systemd/user/agent-auth-exporter.service";

describe("install systemd", () => {
  test("a rehearsal shows all, and does nothing", async () => {
    const { code, stdout } = await install("--dry-run");
    expect(code).toBe(0);
    expect(stdout).toContain(`write      ${home.path}/${SERVICE}\n    [Unit]\n`);
    expect(stdout).toMatch(/^ {4}ExecStart=\S+node \S+\/src\/bin\.ts serve$/m);
    expect(stdout).toContain("run        systemctl --user enable agent-auth-exporter.service\n");
    expect([units(), ran()]).toEqual([[], []]);
  });

  test("writes what the rehearsal showed, enables and starts it", async () => {
    const rehearsal = await install("--dry-run");
    const { code, stdout } = await install();
    expect(code).toBe(0);
    expect(units()).toEqual(["agent-auth-exporter.service", "agent-auth-failure@.service"]);
    expect(ran()).toEqual([
      "--user daemon-reload",
      "--user enable agent-auth-exporter.service",
      "--user restart agent-auth-exporter.service",
    ]);
    const written = readFileSync(join(home.path, SERVICE), "utf8").trimEnd();
    expect(rehearsal.stdout).toContain(written.replaceAll(/^/gm, "    "));
    expect(stdout).toContain("loginctl enable-linger");
  });

  test("twice is as once", async () => {
    await install();
    const { stdout } = await install();
    expect(stdout).toMatch(/^unchanged +\S+exporter\.service$/m);
    expect(ran().at(-1)).toBe("--user start agent-auth-exporter.service");
  });

  test("an edited unit stays and is told of", async () => {
    await install();
    const path = join(home.path, SERVICE);
    const edited = `${readFileSync(path, "utf8")}Nice=5\n`;
    writeFileSync(path, edited);
    const { stdout } = await install();
    expect(stdout).toMatch(/^keep +\S+exporter\.service: edited since it was written; --force replaces it$/m);
    expect(readFileSync(path, "utf8")).toBe(edited);
    await install("--force");
    expect(readFileSync(path, "utf8")).not.toContain("Nice=5");
  });

  test("--uninstall takes everything away, and then finds nothing to do", async () => {
    await install();
    await install("--timer");
    expect(units().length).toBe(4);
    const before = ran().length;
    expect((await install("--uninstall")).code).toBe(0);
    expect(units()).toEqual([]);
    expect(ran().slice(before)).toEqual([
      "--user disable agent-auth-exporter.service",
      "--user disable agent-auth-check.service",
      "--user disable agent-auth-check.timer",
      "--user stop agent-auth-exporter.service agent-auth-check.service agent-auth-check.timer",
      "--user clean --what=runtime agent-auth-exporter.service",
      "--user clean --what=runtime agent-auth-check.service",
      "--user daemon-reload",
      "--user reset-failed agent-auth-*",
    ]);
    const after = ran().length;
    expect((await install("--uninstall")).code).toBe(0);
    expect(ran().length).toBe(after);
  });

  test("a command that fails ends it, with what it said: 69", async () => {
    shim('echo "Failed to connect to bus" >&2; exit 1');
    const { code, stderr } = await install();
    expect([code, stderr]).toEqual([
      69,
      "agent-auth: systemctl --user daemon-reload failed: Failed to connect to bus\n",
    ]);
  });

  test("a config that cannot be used is not installed: 78", async () => {
    const path = join(home.path, "config.yaml");
    writeFileSync(path, "policy:\n  warnWithin: soon\n");
    expect((await install("--config.file", path)).code).toBe(78);
    expect(units()).toEqual([]);
    writeFileSync(path, 'heartbeat: { urlFile: "${CREDENTIALS_DIRECTORY}/url" }\n');
    expect((await install("--config.file", path)).stderr).toBe("");
  });

  test.each([["--home=/srv"], ["--state-dir=/srv"], ["--storage.path=/srv"], ["--log.level=debug"]])(
    "%s belongs into the config: 64",
    async (option) => {
      const { code, stderr } = await install(option);
      expect([code, units()]).toEqual([64, []]);
      expect(stderr).toContain("expected it in the config of what is installed");
    },
  );
});

describe("a target that wants something before it begins", () => {
  const TARGET: InstallTarget = {
    name: "sample",
    prepare: () => ({
      files: [{ path: join(home.path, "written"), text: "x\n", mode: 0o600, kind: "managed" }],
      required: [{ argv: ["id", "-u", "--", "nobody-here"], remedy: "name another" }],
      start: () => [],
      stop: () => [],
      afterRemoval: [],
      env: {},
      notes: [],
      notesAfterRemoval: [],
    }),
  };

  test.each([[true], [false]])("fails without it, also in a rehearsal: %s", async (isRehearsal) => {
    let said = "";
    const context = {
      env: { PATH: process.env["PATH"] },
      now: () => new Date(),
      write: (text: string) => void (said += text),
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      cacheDirectory: null,
    };
    const running = installTo(TARGET)(new OptionValues(new Map([["dry-run", isRehearsal]])), context);
    await expect(running).rejects.toThrow(/^id -u -- nobody-here failed: .*no such user; name another$/);
    expect([said, existsSync(join(home.path, "written"))]).toEqual([
      isRehearsal ? "" : "run        id -u -- nobody-here\n",
      false,
    ]);
  });
});
