import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { hasTermuxParts } from "../termux/fake-root.ts";
import { install, read, root, useRoot } from "./termux-root.ts";

describe.runIf(hasTermuxParts())("install termux once more", () => {
  useRoot();

  describe("installed again", () => {
    const WIDGET = "home/.shortcuts/tasks/Agent status";
    const REAUTH = "home/.shortcuts/Agent re-authenticate";
    const SCRIPT_OF = {
      "--service": "usr/var/service/agent-auth/run",
      "--job": "usr/libexec/agent-auth/job",
      "--cron": "usr/libexec/agent-auth/cron",
    } as const;
    const inRoot = (path: string): string => join(root.prefix, "..", path);
    let config: string;
    beforeEach(() => {
      config = join(root.home, "it's mine.yaml");
      writeFileSync(config, "channels: [{ name: phone, type: termux }]\n");
    });

    test.each(["--service", "--job", "--cron"] as const)("with %s it keeps the config that is in use", async (way) => {
      await install(way, "--widget", "--config.file", config);
      const before = root.list();
      const { stdout } = await install(way);
      expect(stdout).not.toMatch(/^(?:write|update)/m);
      expect(stdout).toContain(`\nconfig: ${config}, as before; --config.file names another\n`);
      expect(root.list()).toEqual(before);
      const [other = "--job"] = (["--job", "--cron"] as const).filter((one) => one !== way);
      await install(other);
      expect(read(inRoot(SCRIPT_OF[other]))).toContain("mine.yaml'\n");
      expect(existsSync(join(root.home, ".config"))).toBe(false);
    });

    test("it takes another config that is named, for the widgets that are there as well", async () => {
      await install("--job", "--widget", "--config.file", config);
      rmSync(inRoot(REAUTH));
      const other = join(root.home, "other.yaml");
      writeFileSync(other, "channels: [{ name: phone, type: termux }]\n");
      const { stdout } = await install("--job", "--config.file", other);
      expect(stdout).toContain(`\nconfig: ${other}\n`);
      for (const path of [SCRIPT_OF["--job"], WIDGET])
        expect(read(inRoot(path))).toMatch(/ --config\.file \/\S+\/other\.yaml$/m);
      expect(existsSync(inRoot(REAUTH))).toBe(false);
    });

    test("widgets alone are followed, and a script that somebody edited", async () => {
      await install("--job", "--widget", "--config.file", config);
      rmSync(inRoot(SCRIPT_OF["--job"]));
      expect((await install("--job")).stdout).toContain(`\nconfig: ${config}, as before`);
      const job = inRoot(SCRIPT_OF["--job"]);
      writeFileSync(job, read(job).replace("umask 077", "umask 027"));
      expect((await install("--force")).stdout).toContain(`\nconfig: ${config}, as before`);
      writeFileSync(job, read(job).replace(/--config\.file .*/, '--config.file "$HOME/x.yaml"'));
      expect(await install()).toMatchObject({
        code: 69,
        stderr: `agent-auth: ${job}: expected a path behind --config.file, found "$HOME/x.yaml"; name the config with --config.file\n`,
      });
    });

    test("what lies where a widget would, and is not of ours, is no widget", async () => {
      mkdirSync(join(root.home, ".shortcuts/tasks"), { recursive: true });
      writeFileSync(inRoot(WIDGET), "mine\n");
      mkdirSync(inRoot(REAUTH));
      const { code, stdout, stderr } = await install("--job", "--force");
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).not.toMatch(/Agent status|Agent re-authenticate/);
      expect(read(inRoot(WIDGET))).toBe("mine\n");
    });

    test("a config in use that is gone is no reason to start with another one: 78", async () => {
      await install("--job", "--config.file", config);
      rmSync(config);
      expect(await install("--job")).toMatchObject({
        code: 78,
        stderr: `agent-auth: ${config}: expected the config that what is installed reads, found none; name another with --config.file\n`,
      });
      expect(existsSync(join(root.home, ".config"))).toBe(false);
      expect((await install("--uninstall")).code).toBe(0);
    });

    test("the wake lock stays, unless it is dropped", async () => {
      const boot = join(root.home, ".termux/boot/agent-auth");
      const lock = /^timeout 30 termux-wake-lock$/m;
      await install("--job", "--boot", "--wake-lock");
      const { stdout } = await install("--boot");
      expect(read(boot)).toMatch(lock);
      expect(stdout).toContain("\nthe phone is kept awake after a reboot, as before; --drop-wake-lock ends that\n");
      expect((await install("--drop-wake-lock")).stdout).not.toContain("kept awake");
      expect(read(boot)).not.toContain("wake-lock");
      expect((await install("--boot")).stdout).not.toContain("kept awake");
      expect(read(boot)).not.toContain("wake-lock");
      writeFileSync(boot, `${read(boot)}# timeout 30 termux-wake-lock\n`);
      await install("--boot", "--force");
      expect(read(boot)).not.toContain("wake-lock");
    });
  });
});
