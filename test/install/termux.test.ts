import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasTermuxParts } from "../termux/fake-root.ts";
import { crontab, install, read, root, shim, useRoot, writeToken, written } from "./termux-root.ts";

describe.runIf(hasTermuxParts())("install termux", () => {
  useRoot();

  test("a rehearsal shows all, and does nothing", async () => {
    const before = root.list();
    const { code, stdout } = await install("--dry-run", "--cron", "--boot", "--widget");
    expect([code, root.list(), crontab()]).toEqual([0, before, ""]);
    expect(stdout).toContain(`write      ${root.prefix}/libexec/agent-auth/cron\n    #!${root.prefix}/bin/sh\n`);
    expect(stdout).toMatch(/^ {4}\*\/15 \* \* \* \* \S+\/libexec\/agent-auth\/cron # agent-auth-exporter$/m);
  });

  test("a job by its number, every 15 minutes, kept over a reboot, with and without a network", async () => {
    expect((await install("--job")).code).toBe(0);
    const job = {
      script: `${root.prefix}/libexec/agent-auth/job`,
      "job-id": "10884",
      "period-ms": "900000",
      persisted: "true",
      network: "none",
      "battery-not-low": "false",
    };
    expect(root.jobs()).toEqual({ 10884: job });
    const config = join(root.home, ".config/agent-auth-exporter/config.yaml");
    writeFileSync(config, "remotes:\n  - { name: vps, url: 'ssh://ada@vps.example.com' }\n");
    const { stdout } = await install("--job");
    expect(root.jobs()).toEqual({ 10884: { ...job, network: "any" } });
    expect(stdout).toContain("no channel is configured");
    writeFileSync(config, "channels: [{ name: log, type: command, argv: [cat] }]\n");
    expect((await install("--job")).stdout).toContain("no channel of type termux is in the config");
  });

  test("a job that runs tells the phone of a token that expires, by the config it wrote", async () => {
    await install("--job");
    writeToken(root.home);
    const { script } = root.jobs()["10884"]!;
    expect((await root.run([script!], { PATH: "", HOME: "/", PREFIX: "", TMPDIR: "" })).code).toBe(2);
    const [shown] = Object.values(root.notifications());
    expect(shown?.title).toContain("anthropic");
  });

  test("a job is there to tell, and a service as well, unless its config says otherwise", async () => {
    const config = join(root.home, ".config/agent-auth-exporter/config.yaml");
    const run = join(root.prefix, "var/service/agent-auth/run");
    await install("--service");
    expect(read(run)).toMatch(/ serve --expect-channel$/m);
    writeFileSync(config, "web: { listenAddress: ['127.0.0.1:0'] }\n");
    const untold = "no channel is configured, so nobody is told; add one to `channels`";
    expect((await install()).stdout).toContain(`\n${untold} and run this again, unless it is there for its metrics`);
    expect(read(run)).toMatch(/ serve$/m);
    expect((await install("--job")).stdout).toContain(`\n${untold}; until then the screen says so\n`);
    await root.runJobs();
    expect(root.notifications()["agent-auth-config"]?.title).toMatch(/^agent-auth tells nobody: /);
    writeFileSync(config, "channels: [{ name: phone, type: termux }]\ndiscovery: { local: false }\n");
    expect((await install()).stdout).toContain("\nnothing is watched, because `discovery.local` is false ");
  });

  test("that nothing is there to be watched is said, and for as long as it is so", async () => {
    const nothing = "\nnothing is watched yet, because no agent was found here and `remotes` names no host: ";
    expect((await install("--job")).stdout).toContain(nothing);
    const config = join(root.home, ".config/agent-auth-exporter/config.yaml");
    const own = read(config);
    writeFileSync(config, `${own}remotes: [{ name: vps, url: "ssh://ada@vps.example.com" }]\n`);
    expect((await install()).stdout).not.toContain("watched");
    writeFileSync(config, own);
    writeToken(root.home);
    const before = root.list();
    expect((await install()).stdout).not.toContain("watched");
    expect(root.list()).toEqual(before);
  });

  test("the best that is there, else the next; then it stays with that", async () => {
    expect((await install("--dry-run")).stdout).toContain("var/service/agent-auth/run");
    rmSync(join(root.prefix, "bin/sv-enable"));
    expect((await install()).stdout).toContain("it runs as a job");
    rmSync(join(root.prefix, "bin/termux-job-scheduler"));
    expect((await install("--job")).stderr).toMatch(/^agent-auth: --job: .* run pkg install termux-api/);
    await install("--uninstall");
    expect((await install()).stdout).toContain("it runs as a line of cron");
    await install("--uninstall");
    rmSync(join(root.prefix, "bin/crontab"));
    expect(await install()).toMatchObject({ code: 69, stderr: expect.stringContaining("pkg install termux-api") });
  });

  test.each([
    ["--service", "--job", "usr/libexec/agent-auth/job"],
    ["--job", "--cron", "usr/libexec/agent-auth/cron"],
    ["--cron", "--service", "usr/var/service/agent-auth/run"],
  ])("asking for another way switches to it: %s, then %s", async (before, after, script) => {
    const none = root.list();
    await install(before, "--boot", "--wake-lock");
    const rehearsal = await install(after, "--dry-run");
    expect(written().some((path) => path === script)).toBe(false);
    const { code, stdout, stderr } = await install(after);
    expect([code, stderr]).toEqual([0, ""]);
    const old = before.slice(2);
    expect(stdout).toContain(`it takes the place of the ${old === "cron" ? "line of cron" : old}, which was stopped\n`);
    // What a service leaves is known when it has been stopped.
    const isForeseen = (line: string): boolean =>
      /^(?:run|remove) .*(?:agent-auth|\/(?:run|finish|job|cron))$/.test(line);
    const lines = stdout.split("\n").filter((line) => isForeseen(line) && !line.includes("/log/sv/"));
    expect(rehearsal.stdout.split("\n")).toEqual(expect.arrayContaining(lines));
    const ways = written().filter((path) => /usr\/.*\/(?:run|job|cron)$/.test(path) && !path.includes("/log/"));
    expect(ways).toEqual([script]);
    expect(Object.keys(root.jobs())).toEqual(after === "--job" ? ["10884"] : []);
    expect(crontab().includes("agent-auth")).toBe(after === "--cron");
    const boot = read(join(root.home, ".termux/boot/agent-auth"));
    expect([boot.includes("service-daemon"), boot.includes("termux-job-scheduler"), /^crond$/m.test(boot)]).toEqual(
      ["--service", "--job", "--cron"].map((way) => way === after),
    );
    expect(boot).toContain("termux-wake-lock");
    expect((await install()).stdout).not.toMatch(/^(?:write|update|remove|it takes)/m);
    await install("--uninstall", "--purge");
    expect(root.list().filter((line) => !line.includes("cron.update"))).toEqual(none);
  });

  test("what cannot take its place leaves what is there", async () => {
    await install("--cron", "--boot");
    const before = [crontab(), root.list()];
    root.setApp(false);
    expect((await install("--job")).code).toBe(69);
    expect([crontab(), root.list()]).toEqual(before);
  });

  test("a script that somebody edited stays, stopped, and does not come back by itself; --force removes it", async () => {
    await install("--service");
    const run = join(root.prefix, "var/service/agent-auth/run");
    writeFileSync(run, `${read(run)}# mine\n`);
    expect((await install("--job")).stdout).toMatch(/^keep +\S+\/run: edited since .*--force removes it$/m);
    expect([existsSync(run), existsSync(join(root.prefix, "var/service/agent-auth/down"))]).toEqual([true, true]);
    expect((await install()).stdout).toContain("it runs as a job");
    await install("--force");
    expect(existsSync(run)).toBe(false);
    const job = join(root.prefix, "libexec/agent-auth/job");
    writeFileSync(job, `${read(job)}# mine\n`);
    await install("--cron");
    expect([existsSync(job), root.jobs()]).toEqual([true, {}]);
    expect((await install()).stdout).toContain("it runs as a line of cron");
  });

  test("widgets later do not add another way to run", async () => {
    await install("--cron");
    await install("--widget");
    expect(written().filter((path) => path.includes("usr/"))).toEqual(["usr/libexec/agent-auth/cron"]);
  });

  test("without the Termux:API app it says so instead of waiting", async () => {
    root.setApp(false);
    const { code, stderr } = await install("--job");
    expect([code, stderr]).toEqual([69, expect.stringContaining("install the Termux:API app")]);
  });

  test.each([
    ["never answers", () => root.setApp(false), "did not answer within 15 s; install the Termux:API app"],
    [
      "says that there is no app",
      () => shim("termux-job-scheduler", "echo 'no app' >&2\nexit 1"),
      "failed: no app; install the Termux:API app",
    ],
  ])("half of Termux:API, which %s, is told of, and the rest is installed", async (_name, lose, hint) => {
    lose();
    const { code, stderr } = await install("--cron", "--widget");
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^agent-auth: termux-job-scheduler --pending /)]);
    expect(stderr).toContain(hint);
    expect([crontab() === "", written().length]).toEqual([false, 5]);
  });

  test("without Termux:API it is said what shows nothing", async () => {
    rmSync(join(root.prefix, "bin/termux-job-scheduler"));
    expect(await install("--service")).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringContaining("nothing shows on the screen without Termux:API: pkg install termux-api, and "),
    });
  });

  test("what cron would say on the screen alone is not promised without Termux:API", async () => {
    rmSync(join(root.prefix, "bin/termux-job-scheduler"));
    const config = join(root.home, "config.yaml");
    writeFileSync(config, "channels: []\n");
    const { stdout } = await install("--cron", "--config.file", config);
    expect(stdout).toContain("; until then the screen says so\n");
    expect(stdout).toContain("nothing shows on the screen without Termux:API: pkg install termux-api, and ");
  });

  test("where nothing can run it, it is said what to install", async () => {
    await install("--job");
    rmSync(join(root.prefix, "bin/termux-job-scheduler"));
    expect(await install("--widget")).toMatchObject({
      code: 69,
      stderr:
        "agent-auth: termux: expected termux-job-scheduler for the job that is installed, found none; " +
        "run pkg install termux-api, and install the Termux:API app, or switch with --service or --cron\n",
    });
    await install("--uninstall");
    for (const name of ["sv-enable", "crontab"]) rmSync(join(root.prefix, "bin", name));
    expect(await install("--widget")).toMatchObject({
      code: 69,
      stderr:
        "agent-auth: termux: expected something that can run it, found none; run pkg install termux-api, and install " +
        "the Termux:API app, or pkg install termux-services, then close and open Termux, or pkg install cronie\n",
    });
  });

  test("a job that could not be cancelled is told of, and the rest goes", async () => {
    await install("--job");
    root.setApp(false);
    const { code, stderr } = await install("--uninstall");
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^agent-auth: termux-job-scheduler --cancel .* did not answer within 15 s; /),
    ]);
    expect(written()).toEqual([]);
  });

  test("twice is as once; an edited script stays, unless forced", async () => {
    const options = ["--job", "--boot", "--widget"];
    await install(...options);
    expect((await install(...options)).stdout).not.toMatch(/^(?:write|update)/m);
    const boot = join(root.home, ".termux/boot/agent-auth");
    writeFileSync(boot, read(boot).replace("timeout 30", "timeout 60"));
    expect((await install(...options)).stdout).toMatch(/^keep +\S+boot\/agent-auth: edited since it was written/m);
    expect(read(boot)).toContain("timeout 60");
    await install(...options, "--force");
    expect(read(boot)).not.toContain("timeout 60");
  });

  test("one that broke off is taken up where it was", async () => {
    const before = root.list();
    const options = ["--service", "--boot", "--widget"];
    await install(...options);
    const all = root.list();
    for (const path of ["run", "finish", "log/run"]) rmSync(join(root.prefix, "var/service/agent-auth", path));
    rmSync(join(root.home, ".shortcuts"), { recursive: true });
    writeFileSync(join(root.home, ".termux/boot/agent-auth.99999999-1x2y.tmp"), "#!/bin/sh\n");
    await install(...options);
    expect(root.list()).toEqual(all);
    writeFileSync(join(root.home, ".termux/boot/agent-auth.99999999-1x2y.tmp"), "#!/bin/sh\n");
    await install("--uninstall");
    expect(root.list()).toEqual(before);
  });

  test("only who may run it can read it; the directory of widgets is closed as Termux:Widget wants it", async () => {
    await install("--job", "--widget");
    for (const path of ["libexec/agent-auth", "libexec/agent-auth/job"]) {
      expect(statSync(join(root.prefix, path)).mode & 0o777).toBe(0o700);
    }
    expect(statSync(join(root.home, ".shortcuts")).mode & 0o777).toBe(0o700);
    expect(statSync(join(root.home, ".config/agent-auth-exporter/config.yaml")).mode & 0o777).toBe(0o600);
  });

  test.each([
    ["in front", (text: string) => text.replace("umask 077", "umask 027")],
    ["behind", (text: string) => `${text}echo CANARY\n`],
  ])("uninstall stops a job whose script was edited %s and stays; with --force that goes too", async (_name, edit) => {
    await install("--job");
    const script = join(root.prefix, "libexec/agent-auth/job");
    writeFileSync(script, edit(read(script)));
    expect((await install("--uninstall")).stdout).toMatch(/^keep +\S+\/job: edited since .*--force removes it$/m);
    expect([root.jobs(), existsSync(script)]).toEqual([{}, true]);
    await install("--uninstall", "--force");
    expect(existsSync(script)).toBe(false);
  });

  test("a config that cannot be used is not installed: 78", async () => {
    mkdirSync(join(root.home, ".config/agent-auth-exporter"), { recursive: true });
    writeFileSync(join(root.home, ".config/agent-auth-exporter/config.yaml"), "policy:\n  warnWithin: soon\n");
    expect((await install("--job")).code).toBe(78);
    expect(written()).toEqual([]);
    expect((await install("--uninstall")).code).toBe(0);
  });

  test("a config elsewhere is named in every script", async () => {
    const config = join(root.home, "my config.yaml");
    writeFileSync(config, "channels: [{ name: phone, type: termux }]\n");
    await install("--service", "--widget", "--config.file", config);
    expect(read(join(root.prefix, "var/service/agent-auth/run"))).toMatch(
      / serve --expect-channel --config\.file '\/.*my config\.yaml'$/m,
    );
    expect(existsSync(join(root.home, ".config"))).toBe(false);
  });

  test("the state, the config and the cache of the shell that installs are those of every script", async () => {
    const [state, config, cache] = ["my state", "conf", "cache"].map((name) => join(root.home, name));
    const env = { XDG_STATE_HOME: state!, XDG_CONFIG_HOME: config!, XDG_CACHE_HOME: cache! };
    const ours = ["agent-auth", "install", "termux"];
    const before = root.list();
    await root.run([...ours, "--job", "--boot", "--widget"], env);
    expect(existsSync(join(config!, "agent-auth-exporter/config.yaml"))).toBe(true);
    for (const name of ["usr/libexec/agent-auth/job", "home/.shortcuts/tasks/Agent re-check"]) {
      expect(read(join(root.prefix, "..", name))).toContain(`export XDG_STATE_HOME='${state}'\n`);
    }
    writeToken(root.home);
    const bare = { PATH: "", HOME: "/", PREFIX: "", TMPDIR: "" };
    expect((await root.run([root.jobs()["10884"]!["script"]!], bare)).code).toBe(2);
    expect([existsSync(join(state!, "agent-auth-exporter")), existsSync(join(root.home, ".local"))]).toEqual([
      true,
      false,
    ]);
    expect((await root.run(["agent-auth", "notify", "history"], env)).stdout).toContain("anthropic");
    rmSync(join(root.home, ".openclaw"), { recursive: true });
    await root.run([...ours, "--uninstall", "--purge"], env);
    for (const path of [state!, config!, cache!]) rmSync(path, { recursive: true, force: true });
    expect(root.list()).toEqual(before);
  });

  test("a relative path of XDG is none", async () => {
    await root.run(["agent-auth", "install", "termux", "--job"], { XDG_STATE_HOME: "state" });
    expect(read(join(root.prefix, "libexec/agent-auth/job"))).not.toContain("XDG_");
  });

  test.each([
    ["two ways", ["--service", "--job"], 64, "--service: expected no --job beside it"],
    ["half a removal", ["--uninstall", "--widget"], 64, "--widget: expected nothing of the kind beside --uninstall"],
    ["a lock that nothing takes", ["--wake-lock"], 64, "--wake-lock: expected --boot beside it"],
    [
      "a lock to take and to drop",
      ["--boot", "--wake-lock", "--drop-wake-lock"],
      64,
      "--wake-lock: expected no --drop",
    ],
    ["half a removal of a lock", ["--uninstall", "--drop-wake-lock"], 64, "--drop-wake-lock: expected nothing of the"],
    ["purging what stays", ["--purge"], 64, "--purge: expected --uninstall beside it"],
  ])("refuses %s", async (_name, options, code, message) => {
    expect(await install(...options)).toMatchObject({ code, stderr: expect.stringContaining(message) });
  });

  test.each([
    ["", "no $PREFIX"],
    ["/usr", "PREFIX=/usr"],
    ["/nonexistent/files/usr", "PREFIX=/nonexistent"],
  ])("refuses to run outside of Termux: %j", async (prefix, found) => {
    const { code, stderr } = await root.run(["agent-auth", "install", "termux"], { PREFIX: prefix });
    expect([code, stderr]).toEqual([
      69,
      expect.stringContaining(`expected to run in Termux on Android, found ${found}`),
    ]);
  });
});
