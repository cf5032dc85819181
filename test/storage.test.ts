import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigError } from "../src/errors.ts";
import { resolveStoragePath, writeAtomically } from "../src/storage.ts";

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

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}
