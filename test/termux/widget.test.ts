import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { requireProgram } from "../real-program.ts";
import { createFakeRoot, type FakeRoot, type Finished, hasTermuxParts } from "./fake-root.ts";

const HOUR = 3_600_000;
/** Gives a program a terminal. */
const script = requireProgram("script");

let root: FakeRoot;

async function tap(name: string): Promise<Finished> {
  // As Termux:Widget does: by its path, with what the app sets.
  return root.run([join(root.home, ".shortcuts", name)], { PATH: "/nowhere", SVDIR: "", LOGDIR: "" });
}

const STATUS = "tasks/Agent status";
const TO_DO = "tasks/Agent what to do";
const RE_CHECK = "tasks/Agent re-check";
const REAUTH = "Agent re-authenticate";

type Profile = Readonly<Record<string, unknown>>;

function writeAgent(id: string, profiles: Readonly<Record<string, Profile>>, more: object = {}): void {
  const directory = join(root.home, `.openclaw/agents/${id}/agent`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "auth-profiles.json"), JSON.stringify({ version: 1, profiles, ...more }));
}

function token(inMs: number, provider = "anthropic"): Profile {
  return { type: "token", provider, token: "CANARY-token", expires: Date.now() + inMs };
}

function toasts(): readonly string[] {
  return root
    .calls()
    .filter(({ name }) => name === "termux-toast")
    .map(({ stdin }) => stdin);
}

function writeConfig(text: string): void {
  writeFileSync(join(root.home, ".config/agent-auth-exporter/config.yaml"), text);
}

describe.runIf(hasTermuxParts())("widgets", () => {
  beforeEach(async () => {
    root = createFakeRoot();
    await root.run(["agent-auth", "install", "termux", "--job", "--widget"]);
  });
  afterEach(async () => root.remove());

  test("status: one line for each agent, the worst first, nothing that names a person or quotes a secret", async () => {
    // What they share with main has the same name.
    writeAgent("well", { "anthropic:ada@example.com": token(400 * HOUR) });
    writeAgent("ops", { "anthropic:ada@example.com": token(20 * HOUR) });
    writeAgent("main", { "anthropic:ada@example.com": token(-2 * HOUR) });
    expect((await tap(STATUS)).code).toBe(0);
    const [text = ""] = toasts();
    expect(text.split("\n").map((line) => line.replace(/\d+h \d+m|\d+h|\d+m/g, "T"))).toEqual([
      "✗ main: cannot answer: no usable anthropic credential (expired)",
      "! ops: anthropic expiring in T",
      "✓ well: ok",
    ]);
    expect(text).not.toMatch(/ada@|CANARY/);
  });

  test("status: a store that cannot be read is called by its name, not by half of its path", async () => {
    writeAgent("main", { "anthropic:manual": token(400 * HOUR) });
    writeAgent("broken", {});
    writeFileSync(join(root.home, ".openclaw/agents/broken/agent/auth-profiles.json"), "{CANARY");
    await tap(STATUS);
    expect(toasts()[0]?.split("\n")).toEqual([
      "! broken: auth-profiles.json is not JSON, or was cut off",
      "✓ main: ok",
    ]);
  });

  test("status: many agents are cut to what a toast can show, and long names to a line", async () => {
    for (let index = 0; index < 14; index++)
      writeAgent(`agent-${"x".repeat(50)}-${index}`, { "openai:a": token(-HOUR) });
    await tap(STATUS);
    const lines = toasts()[0]?.split("\n") ?? [];
    expect([lines.length, lines.at(-1)]).toEqual([10, "… and 6 more"]);
    expect(lines.every((line) => line.length <= 76)).toBe(true);
  });

  test("status: a host out of reach is not called well, and one that was never seen is named", async () => {
    const document = join(root.home, "answer.json");
    const ssh = join(root.prefix, "bin/ssh");
    writeAgent("main", { "anthropic:manual": token(400 * HOUR) });
    writeFileSync(document, (await root.run(["agent-auth", "check", "--json"])).stdout);
    rmSync(join(root.home, ".openclaw"), { recursive: true });
    writeConfig(
      "remotes: [{ name: vps, url: 'ssh://ada@vps.example.com' }, { name: nas, url: 'ssh://nas.example.com' }]\ndiscovery: { local: false }\n",
    );
    const script = `#!${root.prefix}/bin/sh\ncase "$*" in *vps*) cat '${document}' ;; *) exit 255 ;; esac\n`;
    writeFileSync(ssh, script, { mode: 0o755 });
    await tap(STATUS);
    expect(toasts()[0]?.split("\n")).toEqual(["? nas: never seen", "✓ main: ok"]);
    writeFileSync(ssh, `#!${root.prefix}/bin/sh\nexit 255\n`, { mode: 0o755 });
    await tap(STATUS);
    expect(toasts()[1]?.split("\n").toSorted()).toEqual([
      expect.stringMatching(/^\? main: vps last seen \d+s ago$/),
      "? nas: never seen",
    ]);
  });

  test("what to do: the chosen command goes to the clipboard to the letter", async () => {
    const id = String.raw`anthropic:a\tb,c`;
    writeAgent("main", { [id]: token(-HOUR) });
    root.choose(0);
    expect((await tap(TO_DO)).stdout).toBe("");
    const dialog = root.calls().find(({ name }) => name === "termux-dialog");
    expect(dialog?.args.slice(0, 4)).toEqual(["sheet", "-t", "What to do", "-v"]);
    const copied = root.calls().find(({ name }) => name === "termux-clipboard-set");
    expect(copied?.args).toEqual([]);
    expect(root.clipboard()).toMatch(
      /^claude setup-token; openclaw models auth paste-token .*--profile-id 'anthropic:a\\tb,c'/,
    );
    expect(toasts()).toEqual(["Choose what to do", "Copied: paste it in Termux"]);
  });

  test("what to do: commas do not part a value, and nothing is copied when nothing is chosen", async () => {
    writeAgent("main", { "anthropic:a,b": token(20 * HOUR) });
    writeAgent("ops", { "openai:c": token(20 * HOUR, "openai") });
    root.choose(1);
    await tap(TO_DO);
    const values =
      root
        .calls()
        .find(({ name }) => name === "termux-dialog")
        ?.args.at(-1) ?? "";
    expect(values.split(/(?<!\\),/)).toEqual([
      expect.stringContaining("anthropic:a\\,b"),
      expect.stringContaining("openai:c"),
    ]);
    expect(root.clipboard()).toContain("openai:c");
    await tap(TO_DO);
    expect(toasts().filter((text) => text.startsWith("Copied")).length).toBe(1);
  });

  test("what to do: where nothing can be run but a host is out of reach, that is said", async () => {
    writeConfig("remotes: [{ name: nas, url: 'http://127.0.0.1:9' }]\ndiscovery: { local: false }\n");
    await tap(TO_DO);
    expect(toasts()).toEqual(["No command to run, but not all is well:\n? nas: never seen"]);
    expect((await tap(REAUTH)).stdout).toBe("No command to run, but not all is well:\n? nas: never seen\n");
  });

  test.each([STATUS, TO_DO, RE_CHECK])("%s: that the config cannot be used is said where it is seen", async (name) => {
    writeConfig("remote: []\n");
    expect((await tap(name)).code).toBe(78);
    expect(toasts()).toEqual([
      expect.stringMatching(
        /^~\/\.config\/agent-auth-exporter\/config\.yaml:1:1: `remote`: unknown key; did you mean `remotes`\?$/,
      ),
    ]);
  });

  test("re-check: tells the channels, and the toast says what came of it", async () => {
    writeAgent("main", { "anthropic:manual": token(-HOUR) });
    await tap(RE_CHECK);
    expect(Object.values(root.notifications()).length).toBeGreaterThan(0);
    expect(toasts()).toEqual([
      "1 of 1 agent needs you\n✗ main: cannot answer: no usable anthropic credential (expired)",
    ]);
    writeAgent("main", { "anthropic:manual": token(400 * HOUR) });
    await tap(RE_CHECK);
    expect([toasts()[1], root.notifications()]).toEqual(["All is well: 1 agent", {}]);
  });

  test("without the Termux:API app everything is said in plain text, and nothing waits for it", async () => {
    writeAgent("main", { "anthropic:manual": token(-HOUR) });
    root.setApp(false);
    const answers = await Promise.all([tap(STATUS), tap(TO_DO)]);
    expect(answers.map(({ code, stdout }) => [code, stdout])).toEqual([
      [0, "✗ main: cannot answer: no usable anthropic credential (expired)\n"],
      [0, expect.stringContaining("claude setup-token; openclaw models auth paste-token")],
    ]);
    expect(root.calls().map(({ name }) => name)).not.toContain("termux-dialog");
  });

  test("no key of an agent gets to the commands of Termux:API", async () => {
    writeAgent("main", { "anthropic:manual": token(-HOUR) });
    root.choose(0);
    for (const verb of ["status", "todo", "recheck"]) {
      await root.run(["agent-auth", "widget", verb], { OPENAI_API_KEY: "CANARY-key", ANDROID_ROOT: "/system" });
    }
    const calls = root.calls().filter(({ name }) => name !== "termux-job-scheduler");
    expect(calls.length).toBeGreaterThan(5);
    expect(JSON.stringify(calls)).not.toContain("CANARY");
    expect(calls.every(({ env }) => env["ANDROID_ROOT"] === "/system")).toBe(true);
  });

  test("a list that cannot be shown is printed", async () => {
    writeAgent("main", { "anthropic:manual": token(-HOUR) });
    const dialog = join(root.prefix, "bin/termux-dialog");
    writeFileSync(dialog, `#!${root.prefix}/bin/sh\necho '{"error": "no widget"}'\n`, { mode: 0o755 });
    expect((await tap(TO_DO)).stdout).toContain("claude setup-token");
  });

  test("without termux-api installed too", async () => {
    for (const name of ["termux-toast", "termux-dialog", "termux-clipboard-set"])
      rmSync(join(root.prefix, "bin", name));
    expect(await tap(STATUS)).toMatchObject({ code: 0, stdout: "No agents found\n" });
    expect(await tap(TO_DO)).toMatchObject({ code: 0, stdout: "Nothing needs you\n" });
  });

  test("re-authenticate without a terminal shows what there is to do", async () => {
    expect(await tap(REAUTH)).toMatchObject({ code: 0, stdout: "Nothing needs you\n" });
    writeAgent("main", { "anthropic:manual": token(HOUR / 2) });
    expect((await tap(REAUTH)).stdout).toContain(
      "claude setup-token; openclaw models auth paste-token --provider anthropic",
    );
  });

  describe.runIf(script !== null)("re-authenticate in a terminal", () => {
    beforeEach(() => {
      for (const name of ["claude", "openclaw", "clawdbot"]) {
        const text = `#!${root.prefix}/bin/sh\necho "${name} $*" >>"$HOME/ran"\n`;
        writeFileSync(join(root.prefix, "bin", name), text, { mode: 0o755 });
      }
    });

    /** Types each answer when its question is there. */
    async function reauth(...answers: readonly string[]): Promise<Finished> {
      const command = `exec '${join(root.home, ".shortcuts", REAUTH)}'`;
      const child = spawn(script ?? "", ["-qec", command, "/dev/null"], {
        cwd: root.home,
        env: { ...root.env, SHELL: join(root.prefix, "bin/sh") },
        stdio: ["pipe", "pipe", "inherit"],
      });
      const waiting = [...answers];
      let [stdout, asked] = ["", 0];
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
        const questions = stdout.split(/\? |leaves it\. /).length - 1;
        while (asked < questions) {
          asked++;
          child.stdin.write(waiting.shift() ?? "\u0003");
        }
      });
      return new Promise((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr: "" })));
    }

    function ran(): readonly string[] {
      const path = join(root.home, "ran");
      return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
    }

    function opened(): readonly string[] {
      return root
        .calls()
        .filter(({ name }) => name === "termux-open-url")
        .flatMap(({ args }) => args);
    }

    test.each([
      ["expiring", HOUR / 2],
      ["expired", -HOUR],
    ])("a setup-token that is %s is renewed by its command, and no page of API keys is opened", async (_name, inMs) => {
      writeAgent("main", { "anthropic:manual": token(inMs) });
      const { code, stdout } = await reauth("\r");
      expect([code, ran(), opened()]).toEqual([
        0,
        [
          "claude setup-token",
          "clawdbot models auth paste-token --provider anthropic --profile-id anthropic:manual",
        ].map((line) => expect.stringContaining(line.replace("clawdbot ", ""))),
        [],
      ]);
      expect(stdout).not.toContain("CANARY");
      expect(stdout.replaceAll(/\s+/g, " ")).toMatch(
        /Done\. The notification goes with the next check; "Agent re-check" makes one now\. $/,
      );
    });

    test("what came to nothing is not called done", async () => {
      writeAgent("main", { "anthropic:manual": token(-HOUR) });
      rmSync(join(root.prefix, "bin/openclaw"));
      const { code, stdout } = await reauth("\r");
      expect([code, stdout.replaceAll(/\s+/g, " ")]).toEqual([
        127,
        expect.stringMatching(/It ended with exit code 127, so it may not have mended anything\. $/),
      ]);
    });

    test("one of several is chosen by its number; Ctrl-C leaves it", async () => {
      writeAgent("main", { "anthropic:manual": token(-HOUR) });
      writeAgent("ops", { "openai:c": token(-HOUR, "openai") });
      await reauth("2\r", "\u0003");
      expect(ran()).toEqual([]);
      await reauth("2\r", "\r");
      expect(ran()).toEqual([expect.stringContaining("--profile-id openai:c")]);
      expect((await reauth("7\r")).stdout).toContain("None of them");
    });

    test("a bill opens the page of the account, and runs nothing", async () => {
      const until = Date.now() + 5 * HOUR;
      writeAgent(
        "main",
        {
          "anthropic:default": { type: "api_key", provider: "anthropic", key: `sk-ant-api03-CANARY${"k".repeat(80)}` },
        },
        { usageStats: { "anthropic:default": { disabledUntil: until, disabledReason: "billing" } } },
      );
      await reauth();
      expect([opened(), ran()]).toEqual([["https://console.anthropic.com/settings/billing"], []]);
    });

    test("on another host it goes by SSH, and what a host only says is never run here", async () => {
      writeAgent("main", { "anthropic:manual": token(-HOUR) });
      const document = join(root.home, "answer.json");
      writeFileSync(document, (await root.run(["agent-auth", "check", "--json"])).stdout);
      rmSync(join(root.home, ".openclaw"), { recursive: true });
      writeConfig("remotes: [{ name: vps, url: 'ssh://ada@vps.example.com' }]\ndiscovery: { local: false }\n");
      const ssh = `#!${root.prefix}/bin/sh\nif [ "$1" = -t ]; then echo "ssh $*" >>"$HOME/ran"; else cat '${document}'; fi\n`;
      writeFileSync(join(root.prefix, "bin/ssh"), ssh, { mode: 0o755 });
      await reauth("\r");
      expect(ran()).toEqual([expect.stringMatching(/^ssh -t ada@vps\.example\.com claude setup-token; openclaw /)]);
      // What a narrow terminal shows is the same when it is pasted.
      const { stdout } = await root.run(["agent-auth", "widget", "reauth"], { COLUMNS: "40" });
      expect(stdout.split("\n").filter((line) => line.length > 40)).toEqual([]);
      await root.run(["sh", "-c", stdout.slice(stdout.indexOf("  ssh "))]);
      expect(ran().at(1)).toBe(ran()[0]);
    });
  });
});
