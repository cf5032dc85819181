import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toScreen } from "../../src/commands/watch.ts";
import { renderSnapshotJson } from "../../src/format/json.ts";
import { answer, hang, startReceiver } from "../channels/http-receiver.ts";
import { requireProgram } from "../real-program.ts";
import { createTemporaryHome, runCli } from "../run-cli.ts";
import { buildSnapshot } from "../snapshot-builder.ts";
import { inHours, token, writeHome } from "./json-home.ts";

const BIN = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "src/bin.ts");
const home = createTemporaryHome();

beforeAll(() => writeHome(home.path, { "anthropic:a": token(inHours(2.5)), "anthropic:old": token(inHours(-49)) }));

afterAll(() => home.remove());

async function status(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return runCli(["status", ...args], { home: home.path, env });
}

describe("status", () => {
  test("shows what a person needs, without colours in a pipe, and exits 0", async () => {
    const { code, stdout } = await status([]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/✓ main {2}ok, can answer|i main {2}info, can answer/);
    expect(stdout).toMatch(/anthropic:a +token +expiring +in 2h \d+m/);
    expect(stdout).toMatch(/anthropic:old +token +expired +2d 1h ago/);
    expect(stdout).not.toContain("\u001b");
  });

  test("is as wide as COLUMNS says where there is no terminal", async () => {
    expect((await status([], { COLUMNS: "44" })).stdout).toContain("    ! anthropic:a\n      token · expiring in 2h");
  });

  test("paints when it is forced to", async () => {
    expect((await status([], { FORCE_COLOR: "1" })).stdout).toContain("\u001b[33m");
  });

  test("--json is the document of check", async () => {
    const { code, stdout } = await status(["--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, exitCode: 1, summary: { profiles: 2 } });
  });

  test("--at counts down from there", async () => {
    expect((await status(["--at", "+3h"])).stdout).toMatch(/anthropic:a +token +expired +\d+m ago/);
  });

  test("an unknown agent is a mistake", async () => {
    expect((await status(["--agent", "x"])).code).toBe(64);
  });
});

describe("a screen", () => {
  test("is drawn over the one before, line by line", () => {
    expect(toScreen("a\nb\n", 10)).toBe("\u001b[Ha\u001b[K\r\nb\u001b[K\r\nq quits\u001b[K\u001b[J");
  });

  test("says how many lines did not fit", () => {
    const lines = toScreen("1\n2\n3\n4\n5\n", 4).replaceAll("\u001b[K", "").split("\r\n");
    expect(lines).toEqual(["\u001b[H1", "2", "… 3 more: agent-auth status | less -R", "q quits\u001b[J"]);
  });
});

const script = requireProgram("script");

describe.runIf(script !== null)("status --watch on a terminal", () => {
  /** Runs until it is done, and returns what the terminal got; `onText` may press a key. */
  async function watch(options: string, onText: (shown: string, press: (key: string) => void) => void) {
    const command = `'${process.execPath}' '${BIN}' status --watch ${options}; echo "code $?"; stty -a`;
    const child = spawn(script ?? "", ["-qec", command, "/dev/null"], {
      env: { HOME: home.path, PATH: process.env["PATH"] ?? "", TERM: "xterm", NO_COLOR: "1" },
    });
    let shown = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
      onText(shown, (key) => child.stdin.write(key));
    });
    await new Promise((resolve) => child.on("close", resolve));
    return shown;
  }

  test.each([
    ["q", "q"],
    ["Ctrl-C", "\u0003"],
  ])("shows until %s, and leaves the terminal as it was", async (_name, key) => {
    let isPressed = false;
    const shown = await watch("", (text, press) => {
      if (isPressed || !text.includes("q quits")) return;
      isPressed = true;
      press(key);
    });
    expect(shown).toContain("anthropic:a");
    const after = shown.slice(shown.lastIndexOf("\u001b[?25h\u001b[?1049l"));
    expect(after).toContain("code 0");
    expect(after).toMatch(/(?<!-)icanon/);
    expect(after).toMatch(/(?<!-)\becho\b/);
  });

  test("waits for no other host: shows what is known, then each as it answers, again and again", async () => {
    const [silent, fine] = [await startReceiver(), await startReceiver()];
    silent.behave(hang);
    const now = new Date();
    const { promise: isDrawn, resolve: draw } = Promise.withResolvers<void>();
    const send = answer(200, {}, renderSnapshotJson(buildSnapshot({ generatedAt: now, at: now }), 0));
    fine.behave((...given) => void isDrawn.then(() => send(...given)));
    const remotes = `--home '${home.path}' --remote '${silent.url}' --remote '${fine.url}'`;
    let isPressed = false;
    const shown = await watch(remotes, (text, press) => {
      if (text.includes("q quits")) draw();
      if (isPressed || fine.received.length < 2) return;
      isPressed = true;
      press("q");
    });
    await Promise.all([silent.close(), fine.close()]);
    const frames = shown
      .split("\u001b[H")
      .slice(1)
      .map((frame) => frame.replaceAll("\u001b[K", "").replaceAll(/\s+/g, " "));
    expect(frames[0]).toMatch(/anthropic:a/);
    expect(frames[0]).toMatch(/pending: 127\.0\.0\.1 .* has not answered yet/);
    expect(frames[0]).toMatch(/pending: 127\.0\.0\.1-2 .* has not answered yet/);
    expect(frames.at(-1)).toMatch(/pending: 127\.0\.0\.1 .* has not answered yet/);
    expect(frames.at(-1)).toMatch(/127\.0\.0\.1-2-openclaw/);
    expect(frames.at(-1)).not.toMatch(/pending: 127\.0\.0\.1-2 /);
    expect(silent.received).toHaveLength(1);
    expect(shown).toContain("code 0");
  });

  test("refuses a name that is nowhere once every host has answered", async () => {
    const host = await startReceiver();
    const now = new Date();
    host.behave(answer(200, {}, renderSnapshotJson(buildSnapshot({ generatedAt: now, at: now }), 0)));
    let isPressed = false;
    const shown = await watch(`--home '${home.path}' --remote '${host.url}' --agent typo`, (_text, press) => {
      if (isPressed || host.received.length < 3) return;
      isPressed = true;
      press("q");
    });
    await host.close();
    expect(shown).toMatch(/--agent: expected one of .*; got "typo"/);
    expect(shown).toContain("code 64");
  });
});
