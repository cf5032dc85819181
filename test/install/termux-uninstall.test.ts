import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasTermuxParts } from "../termux/fake-root.ts";
import { install, read, root, useRoot, writeToken, written } from "./termux-root.ts";

describe.runIf(hasTermuxParts())("install termux --uninstall", () => {
  useRoot();

  test.each([["--service"], ["--job"], ["--cron"]])("after %s and all else, uninstall leaves nothing", async (way) => {
    const before = root.list();
    await install(way, "--boot", "--wake-lock", "--widget");
    expect(written().length).toBeGreaterThan(5);
    await root.run(["agent-auth", "check", "--notify"]);
    const { code, stdout } = await install("--uninstall");
    expect([code, written()]).toEqual([0, []]);
    expect(stdout).toContain("--purge removes that as well");
    expect((await install("--uninstall", "--purge")).code).toBe(0);
    // The crond that stands in is told of a change by a file.
    expect(root.list().filter((line) => !line.includes("cron.update"))).toEqual(before);
    expect(root.jobs()).toEqual({});
  });

  test("what is on the screen goes with what it remembers, and not before: it would not be shown again", async () => {
    await install("--job");
    writeToken(root.home);
    await root.run(["agent-auth", "check", "--notify"]);
    const bad = join(root.home, "bad.yaml");
    writeFileSync(bad, "chanels: []\n");
    await root.run(["agent-auth", "check", "--notify", "--config.file", bad]);
    rmSync(bad);
    const shown = Object.keys(root.notifications());
    expect(shown).toContain("agent-auth-config");
    expect(shown.length).toBeGreaterThan(1);
    await install("--uninstall");
    expect(Object.keys(root.notifications())).toEqual(shown);
    const line = /^remove     the notifications of agent-auth from the screen$/m;
    const rehearsal = await install("--uninstall", "--purge", "--dry-run");
    expect(rehearsal.stdout).toMatch(line);
    expect(Object.keys(root.notifications())).toEqual(shown);
    const { stdout, stderr } = await install("--uninstall", "--purge");
    expect(stderr).toBe("");
    expect(stdout).toMatch(line);
    expect(stdout + rehearsal.stdout).not.toContain("sh -c");
    expect(root.notifications()).toEqual({});
  });

  test.each([["before"], ["after"]])("the sample of notify test, %s the first check, goes as well", async (when) => {
    await install("--job");
    if (when === "after") await root.runJobs();
    await root.run(["agent-auth", "notify", "test"]);
    expect(Object.values(root.notifications())).toMatchObject([
      { title: expect.stringMatching(/^TEST, not an alarm/) },
    ]);
    expect(await install("--uninstall", "--purge")).toMatchObject({ code: 0, stderr: "" });
    expect(root.notifications()).toEqual({});
  });

  test("what is on the screen and cannot be taken off is told of in words", async () => {
    await install("--cron");
    writeToken(root.home);
    await root.run(["agent-auth", "check", "--notify"]);
    root.setApp(false);
    expect(await install("--uninstall", "--purge")).toMatchObject({
      code: 0,
      stderr:
        "agent-auth: termux-notification-remove did not answer within 20 s; swipe away what is still on the screen\n",
    });
    expect(written()).toEqual([]);
  });

  test("uninstall keeps a config that somebody edited, and other people's files", async () => {
    await install("--job", "--boot", "--widget");
    const config = join(root.home, ".config/agent-auth-exporter/config.yaml");
    writeFileSync(config, `${read(config)}policy: { warnWithin: 48h }\n`);
    writeFileSync(join(root.home, ".termux/boot/theirs"), "");
    const { stdout } = await install("--uninstall");
    expect(stdout).toMatch(/^keep +\S+config\.yaml: /m);
    const left = root.list().filter((line) => line.includes(`${root.home}/`));
    expect(left.map((line) => line.replace(root.home, "~").replace(/ [0-9a-f]{16}$/, ""))).toEqual([
      "700 ~/.config/",
      "700 ~/.config/agent-auth-exporter/",
      "600 ~/.config/agent-auth-exporter/config.yaml",
      "700 ~/.termux/",
      "700 ~/.termux/boot/",
      expect.stringMatching(/^6\d\d ~\/\.termux\/boot\/theirs$/),
    ]);
  });
});
