import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { waitFor } from "../wait.ts";
import { createFakeRoot, createJail, type FakeRoot, hasTermuxParts } from "./fake-root.ts";

const isRoot = process.getuid?.() === 0;

describe.runIf(hasTermuxParts() && isRoot)("a jail", () => {
  test("is all there is, for a user of its own", async () => {
    const jail = createJail();
    try {
      expect((await jail.run(["ls", "/"])).stdout.split("\n")).toEqual(["data", "dev", "lib", "lib64", "proc", ""]);
      const script = "console.log(process.getuid(), process.execPath)";
      expect((await jail.run(["node", "-e", script])).stdout).toBe(`10123 ${jail.prefix}/bin/node\n`);
      expect(jail.prefix).toBe("/data/data/com.termux/files/usr");
      const sleeper = jail.start(["sleep", "600"]);
      await waitFor("the sleeper", () => (jail.processes().length === 1 ? true : null));
      expect(jail.processes()).toEqual([sleeper.pid]);
      await jail.kill();
      expect(jail.processes()).toEqual([]);
    } finally {
      await jail.remove();
    }
  });
});

describe.runIf(hasTermuxParts())("the fake root", () => {
  let root: FakeRoot;
  beforeEach(() => {
    root = createFakeRoot();
  });
  afterEach(async () => root.remove());

  test("runs our program by its own Node.js and nothing of the system", async () => {
    const { code, stdout } = await root.run(["agent-auth", "--version"], {});
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+/)]);
    expect((await root.run(["sh", "-c", "command -v git systemctl bash"])).stdout).toBe("");
  });

  test("keeps what the phone would show", async () => {
    await root.run(["termux-notification", "--id", "a", "-t", "Title", "--content", "text", "--priority", "high"]);
    expect(root.notifications()).toEqual({ a: { id: "a", title: "Title", content: "text", priority: "high" } });
    await root.run(["termux-notification-remove", "a"]);
    expect(root.notifications()).toEqual({});
    expect(root.calls().map(({ name }) => name)).toEqual(["termux-notification", "termux-notification-remove"]);
  });

  test.each([
    [["termux-notification", "--nonsense", "x", "--content", "y"]],
    [["termux-notification", "--content", "x", "--ongoing"]],
    [["termux-notification", "--content", "x", "--priority", "urgent"]],
    [["termux-notification", "--content", "x", "stray"]],
    [["termux-notification-remove"]],
    [["termux-toast", "--text", "x"]],
    [["termux-dialog", "sheet"]],
    [["termux-job-scheduler", "--script", "/nowhere", "--period-ms", "900000"]],
    [["termux-job-scheduler", "--script", "/", "--period-ms", "60000"]],
  ])("refuses %j as the real one does", async (argv) => {
    expect((await root.run(argv)).code).toBe(1);
  });

  test("the clipboard gets what the echo of dash makes of its arguments", async () => {
    await root.run(["termux-clipboard-set", String.raw`one\ntwo \\ it's \d`]);
    expect(root.clipboard()).toBe("one\ntwo \\ it's \\d");
  });

  test("a reboot ends what ran, forgets what Android forgets and starts what Termux:Boot starts", async () => {
    const boot = join(root.home, ".termux/boot");
    mkdirSync(join(boot, "b-directory"), { recursive: true });
    for (const name of ["a", "c"]) {
      const text = `#!${root.prefix}/bin/sh\necho "$PATH $SVDIR" >"$HOME/${name}"\n`;
      writeFileSync(join(boot, name), text, { mode: 0o755 });
    }
    const job = ["termux-job-scheduler", "--script", join(boot, "c"), "--period-ms", "900000", "--job-id"];
    await root.run([...job, "1", "--persisted", "true"]);
    await root.run([...job, "2"]);
    await root.run(["termux-notification", "--id", "a", "--content", "text"]);
    root.start(["sleep", "600"]);
    expect(root.processes()).toHaveLength(1);

    await root.reboot();
    expect(root.processes()).toEqual([]);
    expect([Object.keys(root.jobs()), root.notifications()]).toEqual([["1"], {}]);
    expect(readFileSync(join(root.home, "a"), "utf8")).toBe(`${root.prefix}/bin \n`);
    expect(existsSync(join(root.home, "c"))).toBe(false);

    expect((await root.runJobs()).map(({ code }) => code)).toEqual([0]);
    expect(existsSync(join(root.home, "c"))).toBe(true);
  });

  test("a list of it tells every change", async () => {
    const before = root.list();
    await root.run(["sh", "-c", "mkdir d && echo one >d/f && ln -s f d/l"]);
    expect(root.list().filter((line) => !before.includes(line))).toEqual([
      expect.stringMatching(`^7\\d\\d ${root.home}/d/$`),
      expect.stringMatching(`^6\\d\\d ${root.home}/d/f [0-9a-f]{16}$`),
      `${root.home}/d/l -> f`,
    ]);
  });

  test("cron has a crontab, which crond looks at", async () => {
    root.addCron("nobody");
    expect(await root.run(["crontab", "-l"])).toMatchObject({ code: 1, stderr: "no crontab for nobody\n" });
    await root.run(["sh", "-c", "echo '* * * * * true' | crontab -"]);
    expect((await root.run(["crontab", "-l"])).stdout).toBe("* * * * * true\n");
    await root.run(["crontab", "-r"]);
    expect((await root.run(["crontab", "-l"])).code).toBe(1);
  });

  test("a dialog gives what was chosen, with commas in it", async () => {
    root.choose(1);
    const { stdout } = await root.run(["termux-dialog", "sheet", "-t", "Title", "-v", "one,two\\, too"]);
    expect(JSON.parse(stdout)).toEqual({ code: 0, text: "two, too", index: 1 });
  });
});
