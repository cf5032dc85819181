import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_CONFIG } from "../../src/config/config.ts";
import { listConfigPaths, loadConfig } from "../../src/config/load.ts";
import { ConfigError } from "../../src/errors.ts";

const MODULE = new URL("../../src/config/load.ts", import.meta.url).href;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "config-"));
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

describe("where the config comes from", () => {
  test("no file: the defaults", async () => {
    expect(await load()).toEqual({ config: DEFAULT_CONFIG, path: null, warning: null, variablePlaces: [] });
  });

  test("the file in the home directory", async () => {
    const path = write(".config/agent-auth-exporter/config.yaml", "watch: false");
    expect(await load()).toEqual({
      config: { ...DEFAULT_CONFIG, watch: false },
      path,
      warning: null,
      variablePlaces: [],
    });
  });

  test("paths begin at the root and end without a slash, so that a glob of homes matches what it finds", async () => {
    write(".config/agent-auth-exporter/config.yaml", 'discovery: { homes: ["~/agents/*/", "~", "/home/*/"] }');
    expect((await load()).config.discovery.homes).toEqual([join(home, "agents/*"), home, "/home/*"]);
  });

  test("XDG_CONFIG_HOME goes before the home directory", async () => {
    write(".config/agent-auth-exporter/config.yaml", "schedule: nonsense");
    const path = write("xdg/agent-auth-exporter/config.yaml", "watch: false");
    expect((await load({ XDG_CONFIG_HOME: join(home, "xdg") })).path).toBe(path);
  });

  test("the file that is named goes before all", async () => {
    write(".config/agent-auth-exporter/config.yaml", "schedule: nonsense");
    const path = write("named.yaml", "watch: false");
    expect((await loadConfig({ file: path, env: { HOME: home }, flags: {}, cacheDirectory: null })).path).toBe(path);
  });

  test.each([
    ["XDG", { XDG_CONFIG_HOME: "/xdg", HOME: "/home/ada" }, "/xdg"],
    ["a relative XDG path is ignored", { XDG_CONFIG_HOME: "xdg", HOME: "/home/ada" }, "/home/ada/.config"],
    ["no HOME", {}, join(homedir(), ".config")],
  ])("listConfigPaths: %s", (_name, env, base) => {
    expect(listConfigPaths(env)).toEqual([
      `${base}/agent-auth-exporter/config.yaml`,
      "/etc/agent-auth-exporter/config.yaml",
    ]);
  });

  test("without a file nothing heavy is loaded", () => {
    const script = `
      import { registerHooks } from "node:module";
      const loaded = [];
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
      const { loadConfig } = await import(${JSON.stringify(MODULE)});
      await loadConfig({ file: null, env: { HOME: "/nonexistent" }, flags: {}, cacheDirectory: null });
      console.log(loaded.filter((url) => url.includes("node_modules")).length, loaded.length > 5);`;
    expect(execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" })).toBe(
      "0 true\n",
    );
  });
});

describe("a file that cannot be used", () => {
  test.each<[string, (path: string) => void, RegExp]>([
    ["does not exist", () => {}, /config\.yaml does not exist; name an existing file, or leave out --config\.file/],
    [
      "is a directory",
      (path) => mkdirSync(path),
      /config\.yaml is not a regular file but a directory; name another file with --config\.file$/,
    ],
    [
      "is a FIFO",
      (path) => execFileSync("mkfifo", [path]),
      /config\.yaml is not a regular file but a FIFO; name another/,
    ],
    [
      "is larger than 1 MiB",
      (path) => writeFileSync(path, `# ${"x".repeat(1024 * 1024)}`),
      /config\.yaml: expected a config of a few kilobytes, got more than 1 MiB/,
    ],
    [
      "is a link to itself",
      (path) => symlinkSync("config.yaml", path),
      /config\.yaml is a symbolic link that leads back/,
    ],
  ])("%s", async (_name, make, message) => {
    const file = join(home, "config.yaml");
    make(file);
    const loading = loadConfig({ file, env: {}, flags: {}, cacheDirectory: null });
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toBeInstanceOf(ConfigError);
  });

  test("may not be read", () => {
    const file = write("config.yaml", "watch: false");
    chmodSync(home, 0o755);
    chmodSync(file, 0);
    // Root may read everything, and perhaps nobody else the sources.
    const script = `
      const { loadConfig } = await import(${JSON.stringify(MODULE)});
      if (process.getuid?.() === 0) process.setuid(65534);
      await loadConfig({ file: ${JSON.stringify(file)}, env: {}, flags: {}, cacheDirectory: null }).catch((e) => console.log(e.name, e.message));`;
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(output).toMatch(/^ConfigError .*config\.yaml cannot be read \(EACCES\); name another file/);
  });

  test("has a mistake, even where it was found and not named", async () => {
    write(".config/agent-auth-exporter/config.yaml", "watch: maybe");
    await expect(load()).rejects.toThrow(/config\.yaml:1:8: `watch`: expected true or false, got "maybe"/);
  });

  test("is one mistake, not two of the same words", async () => {
    const file = write("c.yaml", "metrics: {maxSeries: 1e99}");
    const error = await loadConfig({ file, env: {}, flags: {}, cacheDirectory: null }).catch((found: unknown) => found);
    expect(String(error).split("\n")).toEqual([
      expect.stringContaining("`metrics.maxSeries`: expected a whole number from 1000 to 10000000, got 1e+99"),
    ]);
  });

  test("says that it is YAML of another version, where `no` is not a word but false", async () => {
    const file = write("c.yaml", "%YAML 1.1\n---\nwatch: no\n");
    await expect(loadConfig({ file, env: {}, flags: {}, cacheDirectory: null })).rejects.toThrow(
      /c\.yaml:1:1: expected YAML 1\.2, got %YAML 1\.1; remove the line$/,
    );
  });

  test("may say that it is YAML 1.2", async () => {
    const file = write("c.yaml", "%YAML 1.2\n---\nwatch: false\n");
    expect((await loadConfig({ file, env: {}, flags: {}, cacheDirectory: null })).config.watch).toBe(false);
  });

  test("a named file may be empty", async () => {
    const file = write("config.yaml", "");
    expect((await loadConfig({ file, env: {}, flags: {}, cacheDirectory: null })).config).toEqual(DEFAULT_CONFIG);
  });
});

test("paths of the file: ~ is the home directory, and what is not normal is made so", async () => {
  const file = write("c.yaml", "discovery: {homes: [~/a, /b/../c/*], stateDirs: ['~']}\nstorage: {path: ~/state}");
  const { config } = await loadConfig({ file, env: { HOME: "/home/ada" }, flags: {}, cacheDirectory: null });
  expect(config.discovery.homes).toEqual(["/home/ada/a", "/c/*"]);
  expect(config.discovery.stateDirs).toEqual(["/home/ada"]);
  expect(config.storage.path).toBe("/home/ada/state");
});

test("places that a variable of the file names are told apart", async () => {
  const text = [
    "discovery: {homes: ['${AT}/a', /b, '${NONE:-/c}'], stateDirs: ['${AT}']}",
    "remotes: [{url: 'ssh://${HOST}'}, {url: 'ssh://two'}]",
  ].join("\n");
  const env = { AT: "/srv", HOST: "one" };
  const { variablePlaces } = await loadConfig({ file: write("c.yaml", text), env, flags: {}, cacheDirectory: null });
  expect(variablePlaces).toEqual(["/srv/a", "/c", "/srv", "ssh://one"]);
});

test("flags go over the file", async () => {
  const file = write("config.yaml", "log: {level: warn, format: json}\nstorage: {path: /srv}");
  const { config } = await loadConfig({ file, env: {}, flags: { logLevel: "debug" }, cacheDirectory: null });
  expect(config).toEqual({ ...DEFAULT_CONFIG, log: { level: "debug", format: "json" }, storage: { path: "/srv" } });
});

async function load(env: Record<string, string> = {}) {
  return loadConfig({ file: null, env: { HOME: home, ...env }, flags: {}, cacheDirectory: null });
}

function write(name: string, text: string): string {
  const path = join(home, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}
