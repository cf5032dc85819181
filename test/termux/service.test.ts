import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { waitFor } from "../wait.ts";
import { createFakeRoot, type FakeRoot, type Finished, hasTermuxParts } from "./fake-root.ts";

let root: FakeRoot;
let service: string;

describe.runIf(hasTermuxParts())("the service under a real runsvdir", () => {
  beforeEach(async () => {
    root = createFakeRoot();
    service = join(root.prefix, "var/service/agent-auth");
    const config = join(root.home, ".config/agent-auth-exporter");
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, "config.yaml"), "web: { listenAddress: 127.0.0.1:0 }\n");
    await root.run(["service-daemon", "start"]);
  });
  afterEach(async () => root.remove());

  async function runningPid(not = 0): Promise<number> {
    return waitFor("the service to serve", () => {
      const pid = pidIn(join(service, "supervise/pid"));
      // Between one and the next it names what `finish` runs.
      if (pid === 0 || pid === not || !readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("\0serve\0")) return null;
      return logged().includes('"msg":"serving"') ? pid : null;
    });
  }

  function logged(): string {
    const path = join(root.prefix, "var/log/sv/agent-auth/current");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  function install(...options: readonly string[]): Promise<Finished> {
    return root.run(["agent-auth", "install", "termux", ...options]);
  }

  test("runs as one process with a log, is changed by a restart, and goes without a trace", async () => {
    const before = root.list();
    await install();
    const pid = await runningPid();
    const [, script, ...rest] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    expect([script, rest]).toEqual([expect.stringMatching(/dist\/bin\.cjs$/), ["serve", ""]]);
    expect(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")).toBe("");

    const config = join(root.home, ".config/agent-auth-exporter/config.yaml");
    await install("--config.file", config);
    const other = await runningPid(pid);
    expect(readFileSync(`/proc/${other}/cmdline`, "utf8")).toContain(`--config.file\0${config}\0`);

    const { code, stderr } = await install("--uninstall", "--purge");
    expect([code, stderr, existsSync(`/proc/${other}`)]).toEqual([0, "", false]);
    await waitFor("runsv to give up", () => (root.processes().length === 1 ? true : null));
    expect(readdirSync(join(root.prefix, "var/service"))).toEqual([]);
    expect(root.list()).toEqual(before);
  });

  test("is there again after a reboot, by the script of Termux:Boot", async () => {
    await install("--boot", "--wake-lock");
    const pid = await runningPid();
    await root.reboot();
    expect(await runningPid(pid)).not.toBe(pid);
    expect(root.calls().map(({ name }) => name)).toContain("termux-wake-lock");
  });

  test("one that sv-disable turned off is turned on by installing again", async () => {
    await install();
    const pid = await runningPid();
    await root.run(["sv-disable", "agent-auth"]);
    await waitFor("it to end", () => (existsSync(`/proc/${pid}`) ? null : true));
    await install();
    expect(await runningPid(pid)).not.toBe(pid);
    expect(existsSync(join(service, "down"))).toBe(false);
  });
});

function pidIn(path: string): number {
  return existsSync(path) ? Number(readFileSync(path, "utf8")) : 0;
}
