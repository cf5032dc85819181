import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { requireProgram } from "../real-program.ts";
import { waitFor } from "../wait.ts";
import { createFakeRoot, type FakeRoot, hasTermuxParts } from "./fake-root.ts";

const TEMPLATES = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "termux");
const NAMES = ["boot", "check", "service/finish", "service/log/run", "service/run", "widget"];

const shellcheck = requireProgram("shellcheck");

function check(paths: readonly string[]): void {
  execFileSync(shellcheck ?? "", [...paths], { encoding: "utf8" });
}

test("the templates are all there are", () => {
  const found = globSync("**/*", { cwd: TEMPLATES, withFileTypes: true }).filter((entry) => entry.isFile());
  const scripts = found
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => read(path).startsWith("#!"));
  expect(scripts.toSorted()).toEqual(NAMES.map((name) => join(TEMPLATES, name)));
});

test.runIf(shellcheck !== null)("the templates pass shellcheck", () => {
  expect(() => check(NAMES.map((name) => join(TEMPLATES, name)))).not.toThrow();
});

describe.runIf(hasTermuxParts())("installed", () => {
  let root: FakeRoot;
  beforeEach(() => {
    root = createFakeRoot();
  });
  afterEach(async () => root.remove());

  async function installAll(way: string): Promise<readonly string[]> {
    root.addCron("u0_a123");
    const options = [way, "--boot", "--wake-lock", "--widget"];
    const env = { XDG_STATE_HOME: "/data/my state" };
    expect((await root.run(["agent-auth", "install", "termux", ...options], env)).code).toBe(0);
    return scripts();
  }

  function scripts(): readonly string[] {
    const patterns = ["usr/var/service/agent-auth/**/{run,finish}", "usr/libexec/agent-auth/*", "home/.termux/boot/*"];
    return globSync([...patterns, "home/.shortcuts/*re-*", "home/.shortcuts/tasks/*"], {
      cwd: join(root.prefix, ".."),
    }).map((path) => join(root.prefix, "..", path));
  }

  const ways = [
    ["--service", 8],
    ["--cron", 6],
    ["--job", 6],
  ] as const;

  test.runIf(shellcheck !== null).each(ways)("they pass shellcheck: %s", async (way, count) => {
    const all = await installAll(way);
    expect(all.length).toBe(count);
    expect(() => check(all)).not.toThrow();
  });

  test.each(ways)("they name no host and nobody's home, and what they start exists: %s", async (way) => {
    for (const path of await installAll(way)) {
      // The root itself lies in the temporary directory here.
      const text = read(path).replaceAll(root.prefix, "$PREFIX").replaceAll(root.home, "$HOME");
      expect(text.split("\n", 1)[0]).toBe("#!$PREFIX/bin/sh");
      const [, program = "", script = ""] = /^exec (\/\S+) (\S+)/m.exec(text) ?? [];
      expect(text.replace(program, "")).not.toMatch(/com\.termux|\bssh\b|\/usr\/|[ =]\/tmp|\/home\/|systemctl/);
      if (program === "") continue;
      for (const one of [program, script.replace("$PREFIX", root.prefix)]) expect(existsSync(one)).toBe(true);
    }
  });

  describe.each([["dash"], ["busybox sh"]])("run by %s", (shell) => {
    /** With next to no environment, as Android starts it. */
    const bare = { PATH: "/nowhere", HOME: "/", PREFIX: "", TMPDIR: "", SVDIR: "", LOGDIR: "" };
    const [name = "", ...args] = shell.split(" ");
    const program = [requireProgram(name) ?? "", ...args];

    test("one check exits as it does, and the scheduler gets its job again after a reboot", async () => {
      await root.run(["agent-auth", "install", "termux", "--job", "--boot", "--wake-lock"]);
      const [boot, job] = [join(root.home, ".termux/boot/agent-auth"), join(root.prefix, "libexec/agent-auth/job")];
      expect(await root.run([...program, job], bare)).toMatchObject({ code: 3, stdout: "" });
      const before = root.jobs();
      await root.run(["termux-job-scheduler", "--cancel", "--job-id", "10884"]);
      const { code, stderr } = await root.run([...program, boot], bare);
      expect([code, stderr, root.jobs()]).toEqual([0, "", before]);
      expect(root.calls().filter(({ name }) => name === "termux-wake-lock").length).toBe(1);
    });

    test("the boot script takes no lock that nobody asked for", async () => {
      await root.run(["agent-auth", "install", "termux", "--job", "--boot"]);
      await root.run([...program, join(root.home, ".termux/boot/agent-auth")], bare);
      expect(root.calls().map(({ name }) => name)).not.toContain("termux-wake-lock");
    });

    test("the log service keeps what it is given", async () => {
      await root.run(["agent-auth", "install", "termux", "--service"]);
      const log = join(root.prefix, "var/service/agent-auth/log/run");
      const line = join(root.prefix, "bin/sh");
      await root.run([line, "-c", `echo said | ${program.join(" ")} ${log}`]);
      expect(read(join(root.prefix, "var/log/sv/agent-auth/current"))).toMatch(/ said\n$/);
    });

    test("a service that was killed is started at once, one that cannot run a while later", async () => {
      await root.run(["agent-auth", "install", "termux", "--service"]);
      const finish = join(root.prefix, "var/service/agent-auth/finish");
      expect(await root.run([...program, finish, "-1", "9"], bare)).toMatchObject({ code: 0, stderr: "" });
      const child = root.start([...program, finish, "69", "0"], bare);
      const ended = new Promise((resolve) => child.once("close", resolve));
      await waitFor("it to wait", () => (read(`/proc/${child.pid}/cmdline`).includes("sleep") ? true : null));
      child.kill();
      await ended;
    });

    test("the service becomes the one process, and ends when it is told to", async () => {
      const config = join(root.home, "config.yaml");
      writeFileSync(config, "web: { listenAddress: 127.0.0.1:0 }\n");
      await root.run(["agent-auth", "install", "termux", "--service", "--config.file", config]);
      const child = root.start([...program, join(root.prefix, "var/service/agent-auth/run")], bare);
      let said = "";
      child.stdout?.setEncoding("utf8").on("data", (text: string) => (said += text));
      const ended = new Promise((resolve) => child.once("close", resolve));
      await waitFor("it to say something", () => (said === "" ? null : true));
      expect(read(`/proc/${child.pid}/cmdline`)).toMatch(/^\/\S*node\0\S+dist\/bin\.cjs\0serve\0--config/);
      child.kill();
      await ended;
    });
  });
});

function read(path: string): string {
  return readFileSync(path, "utf8");
}
