import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inHours, token, writeHome } from "../commands/json-home.ts";
import { waitFor } from "../wait.ts";
import { createFakeRoot, type FakeRoot, hasTermuxParts } from "./fake-root.ts";

/** Looks harmless in none of the places that it gets to. */
const HOSTILE = String.raw`anthropic:it's \t $(touch $HOME/pwned) ${"`"}touch $HOME/pwned${"`"} "$REPLY" -n`;

describe.runIf(hasTermuxParts())("a notification on the phone", () => {
  let root: FakeRoot;
  let config: string;
  beforeEach(() => {
    root = createFakeRoot();
    config = join(root.home, "it's a place/config.yaml");
    mkdirSync(dirname(config), { recursive: true });
    writeFileSync(config, "channels:\n  - { name: phone, type: termux, timeout: 30s }\n");
  });
  afterEach(() => root.remove());

  const check = async () => root.run(["agent-auth", "check", "--quiet", "--notify", "--config.file", config]);
  const shown = () => Object.values(root.notifications());
  const toasts = () =>
    root
      .calls()
      .filter(({ name }) => name === "termux-toast")
      .map(({ args }) => args.at(-1));
  /** The action of the button that is labelled so. */
  const actionOf = (label: string): string => {
    const [one = {}] = shown();
    const [name = "none"] = Object.entries(one).find(([, value]) => value === label) ?? [];
    return String(one[`${name}-action`]);
  };

  test.each([["anthropic:default"], [HOSTILE]])(
    "about %j has three buttons that work in a bare shell",
    async (profile) => {
      writeHome(root.home, { [profile]: token(inHours(-1)) });
      expect((await check()).stderr).toBe("");
      // That the agent cannot answer is a condition of its own.
      expect(shown().length).toBeGreaterThan(0);
      expect(shown()[0]).toMatchObject({ button1: "What to do", button2: "Snooze 8 h", button3: "Re-check" });

      expect(await root.press(actionOf("What to do"))).toMatchObject({ code: 0, stderr: "" });
      expect(root.clipboard()).toMatch(/openclaw models auth |agent-auth status/);
      expect(root.clipboard()).not.toContain("\t");
      expect(toasts()).toEqual([`Copied: ${root.clipboard()}`]);

      expect(await root.press(actionOf("Snooze 8 h"))).toMatchObject({ code: 0, stderr: "" });
      expect(toasts().at(-1)).toBe("Snoozed for 8 hours");
      const list = ["agent-auth", "notify", "silence", "list", "--json", "--config.file", config];
      expect(JSON.parse((await root.run(list)).stdout)).toHaveLength(1);

      expect(await root.press(actionOf("Re-check"))).toMatchObject({ code: 0, stderr: "" });
      expect(toasts().at(-1)).toBe("Something still needs you");
      // Termux:API would ask for a text to put there.
      expect(
        shown()
          .map((one) => [one["button1-action"], one["button2-action"]].join())
          .join(),
      ).not.toContain("$REPLY");
      expect(existsSync(join(root.home, "pwned"))).toBe(false);
    },
  );

  test("says times as the clock of the phone shows them", async () => {
    writeHome(root.home, { "anthropic:default": token(inHours(5)) });
    await root.run(["agent-auth", "check", "--quiet", "--notify", "--config.file", config], { TZ: "Asia/Kolkata" });
    const [{ title = "", content } = {}] = shown();
    const [, instant = ""] = / expires (.*)$/.exec(title) ?? [];
    expect(content).toContain(`${instant} UTC+05:30`);
    expect(Date.parse(`${instant}+05:30`) - Date.now()).toBeGreaterThan(4 * 3_600_000);
  });

  test("names nobody, not even in what its button says", async () => {
    writeFileSync(config, "alerts: { emails: plain }\nchannels:\n  - { name: phone, type: termux, timeout: 30s }\n");
    writeHome(root.home, { "anthropic:ada@example.com": token(inHours(-1)) });
    await check();
    for (const one of shown()) await root.press(String(one["button1-action"]));
    expect(root.clipboard()).toContain("ada@example.com");
    expect(toasts().at(-1)).toMatch(/^Copied: .*a\*\*\*@example\.com/);
    const seen = shown().map((each) => [each["title"], each["content"]].join());
    expect([...seen, ...toasts()].join()).not.toContain("ada@");
  });

  test("of a test can be snoozed before anything is remembered, which silences nothing", async () => {
    expect((await root.run(["agent-auth", "notify", "test", "--config.file", config])).stdout).toContain("delivered");
    const state = join(root.home, ".local/state/agent-auth-exporter/alerts.sqlite");
    expect([shown().length, existsSync(state)]).toEqual([1, false]);
    expect(await root.press(actionOf("Snooze 8 h"))).toMatchObject({ code: 0, stderr: "" });
    expect(toasts()).toEqual(["That was a test: nothing is snoozed"]);
    expect([shown(), existsSync(state)]).toEqual([[], false]);
    // Nor is it a silence where there is somewhere to keep one.
    await check();
    await root.run(["agent-auth", "notify", "test", "--severity", "info", "--config.file", config]);
    await root.press(actionOf("Snooze 8 h"));
    const list = ["agent-auth", "notify", "silence", "list", "--json", "--config.file", config];
    expect([shown(), JSON.parse((await root.run(list)).stdout)]).toEqual([[], []]);
  });

  test("about a host that is asked over SSH copies the command that logs in there, and shows it", async () => {
    writeHome(root.home, { "anthropic:default": token(inHours(-1)) });
    const document = join(root.home, "answer.json");
    writeFileSync(document, (await root.run(["agent-auth", "check", "--json"])).stdout);
    rmSync(join(root.home, ".openclaw"), { recursive: true });
    const remotes = "remotes: [{ name: vps, url: 'ssh://ada@vps.example.com' }]\ndiscovery: { local: false }\n";
    writeFileSync(config, `${remotes}channels:\n  - { name: phone, type: termux, timeout: 30s }\n`);
    writeFileSync(join(root.prefix, "bin/ssh"), `#!${root.prefix}/bin/sh\ncat '${document}'\n`, { mode: 0o755 });
    expect((await check()).stderr).toBe("");
    await root.press(actionOf("What to do"));
    expect(root.clipboard()).toMatch(/^ssh -t ada@vps\.example\.com 'claude setup-token; openclaw models auth /);
    expect(toasts()).toEqual([`Copied: ${root.clipboard()}`]);
  });

  test("goes when the button finds that all is well again", async () => {
    writeHome(root.home, { "anthropic:default": token(inHours(-1)) });
    await check();
    const press = actionOf("Re-check");
    writeHome(root.home, { "anthropic:default": token(inHours(1_000)) });
    await root.press(press);
    expect(toasts().at(-1)).toBe("All is well");
    expect(shown()).toEqual([]);
  });

  test("has a button that tells a check that found little from one that did not take place", async () => {
    writeHome(root.home, { "anthropic:default": token(inHours(-1)) });
    await check();
    const press = actionOf("Re-check");
    rmSync(join(root.home, ".openclaw"), { recursive: true });
    await root.press(press);
    expect(toasts().at(-1)).toBe("Not everything could be checked");
    writeFileSync(config, "chanels: []\n");
    await root.press(press);
    expect(toasts().at(-1)).toBe("Nothing was checked; see agent-auth doctor");
  });

  describe("that is snoozed", () => {
    const SILENCE = ["agent-auth", "notify", "silence"];
    const silences = async (): Promise<readonly { readonly id: string }[]> =>
      JSON.parse((await root.run([...SILENCE, "list", "--json", "--config.file", config])).stdout) as [];
    const wake = async (): Promise<void> => {
      for (const { id } of await silences()) await root.run([...SILENCE, "expire", id, "--config.file", config]);
    };
    beforeEach(async () => {
      writeHome(root.home, { "anthropic:default": token(inHours(5)) });
      await check();
    });

    test("goes at once, and comes back afterwards with what is true by then", async () => {
      const [before] = shown();
      expect(await root.press(actionOf("Snooze 8 h"))).toMatchObject({ code: 0, stderr: "" });
      expect(shown()).toEqual([]);
      await check();
      expect(shown()).toEqual([]);

      writeHome(root.home, { "anthropic:default": token(inHours(3)) });
      await wake();
      await check();
      expect(shown()).toMatchObject([{ id: before?.["id"], title: expect.stringMatching(/ expires \d{4}-/) }]);
      expect(shown()[0]?.title).not.toBe(before?.title);
    });

    test("is gone after the next check when the button could not take it away", async () => {
      const remove = `${root.prefix}/bin/termux-notification-remove`;
      expect(actionOf("Snooze 8 h")).toContain(remove);
      await root.press(actionOf("Snooze 8 h").replace(remove, "kill -9 $$;"));
      expect(shown()).toHaveLength(1);
      expect(await silences()).toHaveLength(1);
      await check();
      expect(shown()).toEqual([]);
      const { length } = root.calls();
      await check();
      expect(root.calls()).toHaveLength(length);
    });

    test("leaves nothing behind when it is mended meanwhile", async () => {
      await root.press(actionOf("Snooze 8 h"));
      writeHome(root.home, { "anthropic:default": token(inHours(1_000)) });
      await check();
      await wake();
      await check();
      expect(shown()).toEqual([]);
    });
  });

  test("is shown again, once, after the phone was switched off", async () => {
    writeHome(root.home, { "anthropic:default": token(inHours(5)) });
    await check();
    const before = shown();
    await root.reboot();
    expect(shown()).toEqual([]);
    await check();
    expect(shown()).toEqual([]);
    // All that a switched-off machine leaves us is another boot than the one written down.
    const db = new DatabaseSync(join(root.home, ".local/state/agent-auth-exporter/alerts.sqlite"));
    db.exec("UPDATE boot SET id = 'another'");
    db.close();
    await check();
    expect(shown()).toMatchObject([{ id: before[0]?.["id"], title: before[0]?.title, "alert-once": true }]);
    const { length } = root.calls();
    await check();
    expect(root.calls()).toHaveLength(length);
  });

  test("that cannot be shown is printed and waits until it can", async () => {
    writeHome(root.home, { "anthropic:default": token(inHours(-1)) });
    const program = join(root.prefix, "bin/termux-notification");
    rmSync(program);
    const { code, stderr } = await check();
    expect(code).toBe(1);
    expect(stderr).toContain("run pkg install termux-api; not shown: CRITICAL");
    const outbox = ["agent-auth", "notify", "outbox", "--json", "--config.file", config];
    expect((await root.run(outbox)).stdout).toContain("run pkg install termux-api");
  });
});

const CHANNEL = "channels: [{ name: phone, type: termux, timeout: 30s }]\n";

describe.runIf(hasTermuxParts())("a config that cannot be used", () => {
  let root: FakeRoot;
  let config: string;
  beforeEach(() => {
    root = createFakeRoot();
    config = join(root.home, "config.yaml");
    writeFileSync(config, "chanels: []\npassword: CANARY\n");
  });
  afterEach(() => root.remove());

  test.each([
    ["check --notify", ["check", "--notify", "--quiet"]],
    ["serve", ["serve"]],
  ])("is on the screen when %s finds it, for nobody reads what that prints", async (_name, args) => {
    const { code, stderr } = await root.run(["agent-auth", ...args, "--config.file", config]);
    expect([code, stderr]).toEqual([78, expect.stringContaining("unknown key")]);
    const shown = root.notifications()["agent-auth-config"];
    expect(shown?.title).toBe("agent-auth does not watch: run agent-auth config check");
    expect(shown?.content).toContain("`chanels`: unknown key; did you mean `channels`?");
    expect(shown?.["alert-once"]).toBe(true);
    expect(JSON.stringify(root.calls().map((call) => call.args))).not.toContain("CANARY");
  });

  test.each([
    ["check --notify", async () => root.run(["agent-auth", "check", "--notify", "--quiet", "--config.file", config])],
    ["the widget", async () => root.run(["agent-auth", "widget", "recheck", "--config.file", config])],
    ["serve", async () => void root.start(["agent-auth", "serve", "--config.file", config])],
  ])("is taken off the screen when %s finds it mended, and only then", async (_name, look) => {
    await root.run(["agent-auth", "check", "--notify", "--quiet", "--config.file", config]);
    writeFileSync(config, `${CHANNEL}web: { listenAddress: ['127.0.0.1:0'] }\n`);
    await root.run(["agent-auth", "check", "--config.file", config]);
    expect(root.notifications()).toHaveProperty("agent-auth-config");
    await look();
    await waitFor("the screen to be empty", () => (Object.keys(root.notifications()).length === 0 ? true : null));
    const mark = join(root.home, ".local/state/agent-auth-exporter/config-mistake-shown");
    await waitFor("that to be remembered", () => (existsSync(mark) ? null : true));
    await root.kill();
    await root.run(["agent-auth", "check", "--notify", "--quiet", "--config.file", config]);
    expect(root.calls().filter(({ name }) => name === "termux-notification-remove")).toHaveLength(1);
  });

  test("stays known for as long as the screen cannot be reached", async () => {
    const check = ["agent-auth", "check", "--notify", "--quiet", "--config.file", config];
    await root.run(check);
    writeFileSync(config, CHANNEL);
    const program = join(root.prefix, "bin/termux-notification-remove");
    renameSync(program, `${program}.away`);
    await root.run(check);
    renameSync(`${program}.away`, program);
    await root.run(check);
    expect(root.notifications()).toEqual({});
  });

  test.each([
    ["check --notify", ["check", "--notify", "--quiet"]],
    ["serve --expect-channel", ["serve", "--expect-channel"]],
  ])(
    "stays on the screen when %s finds it cut to nothing, and goes when somebody is told again",
    async (_name, args) => {
      const rest = args[0] === "serve" ? "web: { listenAddress: ['127.0.0.1:0'] }\n" : "";
      const check = ["agent-auth", "check", "--notify", "--quiet", "--config.file", config];
      const look = () => void root.start(["agent-auth", ...args, "--config.file", config]);
      const title = () => root.notifications()["agent-auth-config"]?.title;
      await root.run(check);
      writeFileSync(config, rest);
      look();
      await waitFor("the screen to say so", () => (title()?.includes("tells nobody") === true ? true : null));
      expect(root.notifications()["agent-auth-config"]).toMatchObject({
        title: "agent-auth tells nobody: run agent-auth config check",
        content: "~/config.yaml: no channel is configured, so nobody is told; add one to `channels`",
        "alert-once": true,
      });
      await root.kill();
      expect((await root.run(["agent-auth", "config", "check", "--config.file", config])).stderr).toBe(
        "agent-auth: no channel is configured, so nobody is told; add one to `channels`\n",
      );
      writeFileSync(config, `${CHANNEL}${rest}`);
      look();
      await waitFor("the screen to be empty", () => (title() === undefined ? true : null));
      expect((await root.run(["agent-auth", "config", "check", "--config.file", config])).stderr).toBe("");
    },
  );

  test("that is gone is told of where it was looked for, unless a heartbeat tells somebody", async () => {
    const check = ["agent-auth", "check", "--notify", "--quiet"];
    await root.run(check);
    expect(root.notifications()["agent-auth-config"]?.content).toMatch(/^no config file: no channel is configured, /);
    const usual = join(root.home, ".config/agent-auth-exporter");
    mkdirSync(usual, { recursive: true });
    writeFileSync(join(usual, "config.yaml"), "heartbeat: { url: 'http://127.0.0.1:9/' }\n");
    await root.run(check);
    expect(root.notifications()).toEqual({});
  });

  test("that watches nothing is on the screen as well", async () => {
    writeFileSync(config, `${CHANNEL}discovery: { local: false }\n`);
    await root.run(["agent-auth", "check", "--notify", "--quiet", "--config.file", config]);
    expect(root.notifications()["agent-auth-config"]).toMatchObject({
      title: "agent-auth does not watch: run agent-auth config check",
      content: expect.stringMatching(
        /^~\/config\.yaml: nothing is watched, because .* is false and .* names no host; /,
      ),
    });
  });

  test("follows a service that reads it again, which may be there for its metrics alone", async () => {
    const port = "web: { listenAddress: ['127.0.0.1:0'] }\n";
    writeFileSync(config, `${CHANNEL}${port}`);
    const start = (...options: readonly string[]) => {
      const child = root.start(["agent-auth", "serve", ...options, "--config.file", config]);
      let log = "";
      child.stdout?.setEncoding("utf8").on("data", (text: string) => (log += text));
      return { child, until: async (text: string) => waitFor(text, () => (log.includes(text) ? true : null)) };
    };
    const told = start("--expect-channel");
    await told.until('"msg":"serving"');
    expect(root.notifications()).toEqual({});
    writeFileSync(config, port);
    told.child.kill("SIGHUP");
    await told.until("no channel is configured, so nobody is told");
    await waitFor("the screen", () => root.notifications()["agent-auth-config"]?.title);
    writeFileSync(config, `${CHANNEL}${port}`);
    told.child.kill("SIGHUP");
    const mark = join(root.home, ".local/state/agent-auth-exporter/config-mistake-shown");
    await waitFor("the screen to be empty", () => (existsSync(mark) ? null : true));
    expect(root.notifications()).toEqual({});
    await root.kill();
    writeFileSync(config, port);
    const { length } = root.calls();
    await start().until('"msg":"serving"');
    expect(root.calls()).toHaveLength(length);
  });

  test("names its file from the home on, which leaves room for what is wrong with it", async () => {
    await root.run(["agent-auth", "check", "--notify", "--quiet", "--config.file", config]);
    expect(root.notifications()["agent-auth-config"]?.content).toMatch(/^~\/config\.yaml:1:1: `chanels`/);
  });

  test("a check by hand says it where it was asked", async () => {
    expect((await root.run(["agent-auth", "check", "--config.file", config])).code).toBe(78);
    expect(root.notifications()).toEqual({});
  });

  test("a phone without Termux:API is not waited for long, and the mistake is printed all the same", async () => {
    root.setApp(false);
    const { code, stderr } = await root.run(["agent-auth", "check", "--notify", "--config.file", config]);
    expect([code, stderr]).toEqual([78, expect.stringContaining("unknown key")]);
  });
});
