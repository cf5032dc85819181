import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasTermuxParts } from "../termux/fake-root.ts";
import { crontab, install, root, useRoot, writeCrontab } from "./termux-root.ts";

describe.runIf(hasTermuxParts())("install termux, by cron", () => {
  useRoot();

  test("cron gets one line, and keeps all others", async () => {
    const theirs = "MAILTO=\"\"\n# mine\n0 3 * * * backup 'a  b'\n";
    writeCrontab(theirs);
    await install("--cron");
    const line = `*/15 * * * * ${root.prefix}/libexec/agent-auth/cron # agent-auth-exporter\n`;
    expect(crontab()).toBe(theirs + line);
    await install("--cron");
    expect(crontab()).toBe(theirs + line);
    const edited = theirs + line.replace("*/15", "*/30");
    writeCrontab(edited);
    await install();
    expect(crontab()).toBe(edited);
    await install("--force");
    expect(crontab()).toBe(theirs + line);
    await install("--uninstall");
    expect(crontab()).toBe(theirs);
  });

  test.each([
    [
      "is commented out",
      (line: string) => `#${line}`,
      /^it does not run: its line of cron is commented out; --force /m,
    ],
    [
      "is commented out farther in",
      (line: string) => `  # ${line}`,
      /^it does not run: its line of cron is commented out; /m,
    ],
    [
      "says another time",
      (line: string) => line.replace("*/15", "*/30"),
      /^it runs when and as its line of cron says, which was edited: \*\/30 \* \* \* \* \S+\/cron # agent-auth-exporter$/m,
    ],
    [
      "is there twice",
      (line: string) => `#${line}\n${line.replace("*/15", "7")}`,
      /^it runs when and as its line of cron says, which was edited: 7 \* /m,
    ],
  ])("a line of cron that %s stays and is told of as it is; --force replaces it", async (_name, edit, said) => {
    await install("--cron");
    const line = crontab();
    const edited = `${edit(line.trimEnd())}\n`;
    writeCrontab(edited);
    const kept = /^keep       the line of cron: edited since it was written; --force replaces it$/m;
    for (const options of [["--cron"], [], ["--dry-run"]]) {
      const { code, stdout } = await install(...options);
      expect([code, crontab()]).toEqual([0, edited]);
      expect(stdout).toMatch(kept);
      expect(stdout).not.toContain("every 15 minutes");
    }
    expect((await install()).stdout).toMatch(said);
    const { stdout } = await install("--force");
    expect(crontab()).toBe(line);
    expect(stdout).toMatch(/^it runs as a line of cron, every 15 minutes /m);
    expect(stdout).not.toMatch(kept);
    writeCrontab(edited);
    await install("--uninstall");
    expect(crontab()).toBe("");
  });

  test("after a reboot crond is started by itself, or with all services where it is one", async () => {
    const rehearse = async (): Promise<string> => (await install("--cron", "--boot", "--dry-run")).stdout;
    expect(await rehearse()).toMatch(/^ {4}crond$/m);
    mkdirSync(join(root.prefix, "var/service/crond"));
    const boot = await rehearse();
    expect([/^ {4}crond$/m.test(boot), /^ {4}service-daemon start$/m.test(boot)]).toEqual([false, true]);
  });

  test("a crontab that cannot be read is not replaced", async () => {
    writeFileSync(join(root.prefix, "bin/crontab"), `#!${root.prefix}/bin/sh\necho 'cannot open' >&2\nexit 1\n`);
    expect(await install("--cron")).toMatchObject({ code: 69, stderr: expect.stringContaining("crontab -l failed") });
  });
});
