import { createHash } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LOGIN_FORMATS } from "../../src/stores/registry.ts";
import type { HostReading } from "../../src/discovery/installation.ts";
import { createSurroundingsReader } from "../../src/discovery/surroundings.ts";
import { createStoreReader } from "../../src/stores/read.ts";
import { mayBeLoggedIn } from "../../src/discovery/logins.ts";
import { makeRoot, NOW, openHost, type Tree, writeTree } from "./tree.ts";

const CLAUDE = {
  claudeAiOauth: { accessToken: "CANARY-access", refreshToken: "CANARY-refresh", expiresAt: NOW.getTime() + 3_600_000 },
};
const CODEX = { auth_mode: "chatgpt", tokens: { access_token: "CANARY-access", refresh_token: "CANARY-refresh" } };
const OAUTH_CREDS = { access_token: "CANARY-a", refresh_token: "CANARY-r", expiry_date: NOW.getTime() + 3_600_000 };

const LOGINS: Tree = {
  ".claude/.credentials.json": CLAUDE,
  ".codex/auth.json": CODEX,
  ".gemini/oauth_creds.json": OAUTH_CREDS,
  ".qwen/oauth_creds.json": OAUTH_CREDS,
  ".minimax/oauth_creds.json": OAUTH_CREDS,
};

function read(
  home: string,
  over: { env?: Record<string, string>; keychain?: boolean; logins?: boolean } = {},
): HostReading {
  const { env = {}, keychain = false, logins = true } = over;
  return openHost({ homes: [home], logins, keychain, env: { HOME: home, ...env } }).read(NOW);
}

describe("login files", () => {
  test("are installations of their own, without agents", () => {
    const home = makeRoot();
    writeTree(home, LOGINS);
    const { installations } = read(home);
    expect(installations.map(({ id }) => id)).toEqual(Object.keys(LOGIN_FORMATS));
    expect(installations[0]).toMatchObject({
      id: "claude-code",
      kind: "login",
      stateDir: join(home, ".claude"),
      configPath: null,
      agents: [],
      stores: [{ owner: "_cli", format: "claude-code", isUp: true }],
    });
  });

  test("carry the home's name where several are searched", () => {
    const root = makeRoot();
    writeTree(join(root, "ann"), LOGINS);
    writeTree(join(root, "bob"), { ".codex/auth.json": CODEX });
    const { installations } = openHost({ homes: [join(root, "*")], logins: true }).read(NOW);
    expect(installations.map(({ id }) => id).slice(-2)).toEqual(["ann-minimax", "bob-codex"]);
  });

  test("are left alone unless asked for", () => {
    const home = makeRoot();
    writeTree(home, LOGINS);
    expect(read(home, { logins: false }).installations).toEqual([]);
  });

  test.each([
    ["CLAUDE_CONFIG_DIR", ".credentials.json", CLAUDE, "claude-code"],
    ["CODEX_HOME", "auth.json", CODEX, "codex"],
  ])("%s moves one of ours", (name, file, content, id) => {
    const home = makeRoot();
    writeTree(home, { ...LOGINS, [`moved/${file}`]: content });
    const found = read(home, { env: { [name]: "~/moved" } }).installations.find((login) => login.id === id);
    expect(found?.stateDir).toBe(join(home, "moved"));
  });

  test("and none in somebody else's home", () => {
    const root = makeRoot();
    writeTree(join(root, "bob"), LOGINS);
    const env = { HOME: join(root, "ann"), CLAUDE_CONFIG_DIR: join(root, "ann/.claude") };
    const { installations } = openHost({ homes: [join(root, "bob")], logins: true, env }).read(NOW);
    expect(installations[0]?.stateDir).toBe(join(root, "bob/.claude"));
  });

  test("keep an id of their own beside a state directory of the same name", () => {
    const root = makeRoot();
    writeTree(root, { ...LOGINS, "data/codex/agents/main/agent": null });
    const { installations } = openHost({ homes: [root], stateDirs: [join(root, "data/codex")], logins: true }).read(
      NOW,
    );
    expect(installations.map(({ id }) => id)).toEqual(["codex", "claude-code", "codex-2", "gemini", "qwen", "minimax"]);
  });

  test("that cannot be parsed are problems of their store", () => {
    const home = makeRoot();
    writeTree(home, { ".codex/auth.json": "{ CANARY" });
    const [login] = read(home).installations;
    expect(login?.stores).toMatchObject([{ isUp: false, problems: [{ reason: "bad_json" }] }]);
  });
});

describe("a provider of another CLI", () => {
  const config = (model: string): Tree => ({ ".openclaw/openclaw.json": { agents: { defaults: { model } } } });
  const credentialsOf = (reading: HostReading): unknown => reading.installations[0]?.agents[0]?.otherCredentials;

  test.each([true, false])("is served by the login of its home, read (%s) or only seen", (logins) => {
    const home = makeRoot();
    writeTree(home, { ...LOGINS, ...config("claude-cli/opus") });
    const detail = join(home, ".claude/.credentials.json");
    expect(credentialsOf(read(home, { logins }))).toEqual([{ provider: "claude-cli", kind: "login", detail }]);
  });

  test("is not served by a login that was logged out", () => {
    const home = makeRoot();
    const empty = { claudeAiOauth: { accessToken: "", refreshToken: "", expiresAt: 0 } };
    writeTree(home, { ...config("claude-cli/opus"), ".claude/.credentials.json": empty });
    expect(credentialsOf(read(home))).toEqual([]);
  });

  test("may be by one that cannot be read: unknown is not missing", () => {
    const home = makeRoot();
    writeTree(home, { ...config("codex-cli/gpt-5.5"), ".codex/auth.json": "" });
    const detail = join(home, ".codex/auth.json");
    expect(credentialsOf(read(home))).toEqual([{ provider: "codex-cli", kind: "login", detail }]);
  });

  test("nor by the login of another home", () => {
    const root = makeRoot();
    writeTree(join(root, "ann"), LOGINS);
    writeTree(join(root, "bob"), config("claude-cli/opus"));
    const { installations } = openHost({ homes: [join(root, "*")], logins: true }).read(NOW);
    expect(installations.find(({ id }) => id === "bob-openclaw")?.agents[0]?.otherCredentials).toEqual([]);
  });

  test("of a state directory named outright is looked for beside it", () => {
    const root = makeRoot();
    writeTree(root, { ...LOGINS, ...config("claude-cli/opus") });
    const reading = openHost({ stateDirs: [join(root, ".openclaw")] }).read(NOW);
    const detail = join(root, ".claude/.credentials.json");
    expect(credentialsOf(reading)).toEqual([{ provider: "claude-cli", kind: "login", detail }]);
  });
});

test("on macOS a login whose directory exists may be in the Keychain", () => {
  const root = makeRoot();
  writeTree(root, { ".claude": null, ".gemini": null });
  const home = { path: root, isDefault: true, sharesEnvironment: true };
  const may = (format: string, path: string, platform: NodeJS.Platform): boolean =>
    mayBeLoggedIn({ format, path: join(root, path), home }, platform);
  expect([
    may("claude-code", ".claude/.credentials.json", "darwin"),
    may("claude-code", ".claude/.credentials.json", "linux"),
    may("codex", ".codex/auth.json", "darwin"),
    may("gemini", ".gemini/oauth_creds.json", "darwin"),
  ]).toEqual([true, false, false, false]);
});

test("on macOS a provider is not served by a Keychain that has nothing, only by one that nobody may ask", () => {
  const root = makeRoot();
  writeTree(root, { ".claude": null });
  const home = { path: root, isDefault: true, sharesEnvironment: true };
  const loginsFound = (keychain: boolean): readonly string[] => {
    const options = { logins: true, keychain, env: { HOME: root, PATH: "/nonexistent" }, platform: "darwin" } as const;
    const reader = createSurroundingsReader(options, createStoreReader({ digest: String }));
    return [...reader.read(home, NOW).surroundings.logins.keys()];
  };
  expect([loginsFound(true), loginsFound(false)]).toEqual([[], ["claude-code"]]);
});

describe("the Keychain", () => {
  /** A `security` that writes down what it was asked, and answers with what lies in `answer`. */
  function writeShim(root: string, exitCode = 0): Record<string, string> {
    const bin = join(root, "bin");
    writeTree(bin, {
      security: `#!/bin/sh\nprintf '%s\\n' "$*" >> "${root}/asked"\ncat "${root}/answer" 2>/dev/null\nexit ${exitCode}\n`,
    });
    chmodSync(join(bin, "security"), 0o700);
    return { PATH: `${bin}:/usr/bin:/bin` };
  }

  test("is not asked unless the operator says so", () => {
    const root = makeRoot();
    const env = writeShim(root);
    writeTree(root, { answer: CLAUDE });
    expect(read(root, { env }).installations).toEqual([]);
  });

  test("gives the logins that no file holds", () => {
    const root = makeRoot();
    const env = writeShim(root);
    writeTree(root, { answer: CLAUDE });
    const { installations } = read(root, { env, keychain: true });
    expect(installations.map(({ id, stores }) => [id, stores[0]?.credentials.length])).toContainEqual([
      "claude-code",
      1,
    ]);
    const account = `cli|${createHash("sha256").update(join(root, ".codex")).digest("hex").slice(0, 16)}`;
    expect(readFileSync(join(root, "asked"), "utf8").trim().split("\n")).toEqual([
      "find-generic-password -s Claude Code-credentials -w",
      `find-generic-password -s Codex Auth -a ${account} -w`,
    ]);
  });

  test("is asked once in five minutes, and the login stays the same while its text does", () => {
    const root = makeRoot();
    const env = { HOME: root, ...writeShim(root) };
    writeTree(root, { answer: CLAUDE, ".codex/auth.json": CODEX });
    const host = openHost({ homes: [root], logins: true, keychain: true, env });
    const at = (minutes: number): HostReading => host.read(new Date(NOW.getTime() + minutes * 60_000));
    const readings = [at(0), at(1), at(4.9), at(5)];
    expect(new Set(readings.map(({ revision }) => revision)).size).toBe(1);
    expect(readFileSync(join(root, "asked"), "utf8").trim().split("\n")).toHaveLength(2);
    writeFileSync(join(root, "answer"), JSON.stringify({ claudeAiOauth: { accessToken: "CANARY-new" } }));
    expect(at(10).revision).toBe(2);
  });

  test.each([
    ["no such item", 44, 0],
    ["refused", 51, 1],
  ])("that answers %s later", (_name, exitCode, count) => {
    const root = makeRoot();
    const env = { HOME: root, ...writeShim(root) };
    writeTree(root, { answer: CLAUDE });
    const host = openHost({ homes: [root], logins: true, keychain: true, env });
    expect(host.read(NOW).installations.filter(({ id }) => id === "claude-code")).toHaveLength(1);
    writeShim(root, exitCode);
    const later = host.read(new Date(NOW.getTime() + 600_000));
    expect(later.installations.filter(({ id }) => id === "claude-code")).toHaveLength(count);
  });

  test("that refuses at first leaves the login unknown, until it answers", () => {
    const root = makeRoot();
    const env = { HOME: root, ...writeShim(root, 51) };
    writeTree(root, { answer: CLAUDE });
    const host = openHost({ homes: [root], logins: true, keychain: true, env });
    const at = (minutes: number): unknown =>
      host
        .read(new Date(NOW.getTime() + minutes * 60_000))
        .installations.find(({ id }) => id === "claude-code")
        ?.stores.map(({ isUp, problems }) => [isUp, ...problems.map(({ reason }) => reason)]);
    expect([at(0), at(6)]).toEqual([[[false, "permission_denied"]], [[false, "permission_denied"]]]);
    writeShim(root);
    expect(at(12)).toEqual([[true]]);
    writeShim(root, 44);
    expect(at(18)).toBeUndefined();
  });

  test("is never there on a system without `security`", () => {
    const home = makeRoot();
    expect(read(home, { keychain: true, env: { PATH: "/nonexistent" } }).installations).toEqual([]);
  });
});
