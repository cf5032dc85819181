import { spawn } from "node:child_process";
import { on } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigError } from "../src/errors.ts";
import { createDigest, findDigestKeyFault, resolveStoragePath, writeAtomically } from "../src/storage.ts";

const SECRET = "sk-CANARY-storage-0001";
const MODULE = new URL("../src/storage.ts", import.meta.url).href;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "storage-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe("resolveStoragePath", () => {
  const home = { HOME: "/home/ada" };
  test.each([
    ["what was asked for wins", "/srv/state", { STATE_DIRECTORY: "/var/lib/x", ...home }, "/srv/state"],
    ["a relative path counts from here", "state", home, join(process.cwd(), "state")],
    ["systemd's directory", null, { STATE_DIRECTORY: "/var/lib/x", XDG_STATE_HOME: "/xdg" }, "/var/lib/x"],
    ["the first of several", null, { STATE_DIRECTORY: "/var/lib/x:/var/lib/y" }, "/var/lib/x"],
    ["an empty variable counts for nothing", null, { STATE_DIRECTORY: "", XDG_STATE_HOME: "", ...home }, null],
    ["XDG", null, { XDG_STATE_HOME: "/xdg", ...home }, "/xdg/agent-auth-exporter"],
    ["a relative XDG path is ignored", null, { XDG_STATE_HOME: "xdg", ...home }, null],
    ["the home directory", null, home, null],
    ["no HOME", null, {}, join(homedir(), ".local/state/agent-auth-exporter")],
  ])("%s", (_name, path, env, expected) => {
    expect(resolveStoragePath({ path, stateDirs: [], env })).toBe(
      expected ?? "/home/ada/.local/state/agent-auth-exporter",
    );
  });
});

describe("a place in an agent's state directory", () => {
  test.each<[string, Parameters<typeof resolveStoragePath>[0]]>([
    ["asked for", { path: "/home/ada/.openclaw/mine", stateDirs: [], env: {} }],
    ["systemd's", { path: null, stateDirs: [], env: { STATE_DIRECTORY: "/home/ada/.clawdbot" } }],
    ["XDG's", { path: null, stateDirs: [], env: { XDG_STATE_HOME: "/home/ada/.openclaw-dev" } }],
    ["the home's", { path: null, stateDirs: [], env: { HOME: "/home/ada/.moltbot" } }],
  ])("%s is refused", (_, location) => {
    expect(() => resolveStoragePath(location)).toThrow(/^storage\.path: expected a directory of our own, .*; name/);
  });

  test("is refused under the name of the config, and of the environment", () => {
    mkdirSync(join(directory, "agents"));
    const path = join(directory, "mine");
    expect(() => resolveStoragePath({ path, stateDirs: [directory], env: {} })).toThrow(`got ${path} in ${directory};`);
    const env = { OPENCLAW_STATE_DIR: directory };
    expect(() => resolveStoragePath({ path, stateDirs: [], env })).toThrow(ConfigError);
    expect(resolveStoragePath({ path, stateDirs: [], env: {} })).toBe(path);
  });
});

describe("writeAtomically", () => {
  test("creates a private directory and file, replaces content, leaves nothing else behind", () => {
    const path = join(directory, "new", "file");
    writeAtomically(path, "first");
    writeAtomically(path, "second");
    expect(readFileSync(path, "utf8")).toBe("second");
    expect(modeOf(path)).toBe(0o600);
    expect(modeOf(join(directory, "new"))).toBe(0o700);
    expect(readdirSync(join(directory, "new"))).toEqual(["file"]);
  });

  test("leaves no temporary file when the target cannot be replaced", () => {
    mkdirSync(join(directory, "target", "full"), { recursive: true });
    expect(() => writeAtomically(join(directory, "target"), "x")).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(directory)).toEqual(["target"]);
  });
});

describe("createDigest", () => {
  test("touches nothing before the first secret", () => {
    createDigest(join(directory, "state"));
    expect(readdirSync(directory)).toEqual([]);
  });

  test("is the same for the same secret, also in the next process, and tells nothing of it", () => {
    const storage = join(directory, "state");
    const first = createDigest(storage)(SECRET);
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(createDigest(storage)(SECRET)).toBe(first);
    expect(createDigest(storage)(`${SECRET}x`)).not.toBe(first);
    expect(createDigest(join(directory, "another"))(SECRET)).not.toBe(first);
    expect(readdirSync(storage)).toEqual(["digest.key"]);
    expect(modeOf(storage)).toBe(0o700);
    expect(modeOf(join(storage, "digest.key"))).toBe(0o600);
    expect(statSync(join(storage, "digest.key")).size).toBe(32);
  });

  test("processes that start at once agree on one key, every time", async () => {
    const storages = Array.from({ length: 50 }, (_, index) => join(directory, `state-${index}`));
    const script = `
      const { createDigest } = await import(${JSON.stringify(MODULE)});
      process.stdin.once("data", () => {
        console.log(${JSON.stringify(storages)}.map((storage) => createDigest(storage)("CANARY")).join());
        process.exit();
      });
      console.log("ready");`;
    const children = Array.from({ length: 4 }, () => spawn(process.execPath, ["--input-type=module", "-e", script]));
    const lines = children.map((child) => on(child.stdout.setEncoding("utf8"), "data", { close: ["end"] }));
    await Promise.all(lines.map(async (chunks) => chunks.next()));
    for (const child of children) child.stdin.write("go");
    const answers = await Promise.all(lines.map(textOf));
    const agreed = storages.map((storage) => createDigest(storage)("CANARY")).join();
    expect(answers).toEqual([agreed, agreed, agreed, agreed]);
  });

  test("a key cut short by a crash is replaced", () => {
    writeFileSync(join(directory, "digest.key"), "cut");
    const first = createDigest(directory)(SECRET);
    expect(createDigest(directory)(SECRET)).toBe(first);
    expect(statSync(join(directory, "digest.key")).size).toBe(32);
    expect(readdirSync(directory)).toEqual(["digest.key"]);
  });

  test.each<[string, (path: string) => void, string]>([
    ["none yet", () => undefined, "no fault"],
    ["a good one", () => createDigest(directory)(SECRET), "no fault"],
    ["one that is cut short", (path) => writeFileSync(path, "short"), "is not the 32 bytes that we write"],
    ["a directory in its place", (path) => mkdirSync(path), "is not the 32 bytes that we write"],
    ["a loop in its place", (path) => symlinkSync(path, path), "is a symbolic link that leads back to itself"],
  ])("what doctor says of the key: %s", (_, arrange, fault) => {
    arrange(join(directory, "digest.key"));
    expect(findDigestKeyFault(directory) ?? "no fault").toContain(fault);
  });

  test("where nothing can be written, a key serves this process alone", () => {
    writeFileSync(join(directory, "file"), "");
    const digest = createDigest(join(directory, "file", "state"));
    expect(digest(SECRET)).toMatch(/^[0-9a-f]{16}$/);
    expect(digest(SECRET)).toBe(digest(SECRET));
    expect(createDigest(join(directory, "file", "state"))(SECRET)).not.toBe(digest(SECRET));
  });
});

async function textOf(chunks: AsyncIterable<unknown[]>): Promise<string> {
  let text = "";
  for await (const [chunk] of chunks) text += String(chunk);
  return text.trim();
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}
