import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTemporaryHome } from "./run-cli.ts";

// Sources are run by Node's other loader, so only the bundle can show this.
const BIN = join(dirname(import.meta.dirname), "dist/bin.cjs");
const MODULE = new URL("../src/compiled-code.ts", import.meta.url).href;
const DAY_S = 86_400;

let home: ReturnType<typeof createTemporaryHome>;

beforeEach(() => {
  home = createTemporaryHome();
});

afterEach(() => home.remove());

interface Start {
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
}

function start(args: readonly string[], { env = {}, flags = [] }: Start = {}): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, BIN, ...args], {
    cwd: home.path,
    encoding: "utf8",
    env: { HOME: home.path, ...env },
  });
  expect({ stderr, status }).toEqual({ stderr: "", status: expect.any(Number) });
  return `${status}: ${stdout}`;
}

/** What lies below a directory after a start, as paths relative to it. */
function listAfterStart(directory: string, env: Readonly<Record<string, string>> = {}) {
  const temporary = join(home.path, "tmp");
  mkdirSync(temporary);
  start(["--version"], { env: { TMPDIR: temporary, ...env } });
  expect(readdirSync(temporary)).toEqual([]);
  return readdirSync(join(home.path, directory), { recursive: true });
}

function makeCache(mode: number): string {
  const path = join(home.path, ".cache");
  mkdirSync(path);
  chmodSync(path, mode);
  return path;
}

describe("compiled code, which is code that runs,", () => {
  test("is kept where nobody else can read or write", () => {
    makeCache(0o755);
    const kept = listAfterStart(".cache/agent-auth-exporter");
    expect(kept).toContainEqual(expect.stringMatching(/^other-core-.*-v[\d.]+-\w+\.code$/));
    expect(statSync(join(home.path, ".cache/agent-auth-exporter")).mode & 0o777).toBe(0o700);
    for (const name of kept)
      expect(statSync(join(home.path, ".cache/agent-auth-exporter", String(name))).mode & 0o777).toBe(0o600);
  });

  test("is not kept where no program has made a place for such things", () => {
    expect(listAfterStart(".")).toEqual(["tmp"]);
  });

  test("is not kept where others may write beside it", () => {
    makeCache(0o777);
    expect(listAfterStart(".cache")).toEqual([]);
  });

  test.each([
    ["others may write into", (path: string) => (mkdirSync(path), chmodSync(path, 0o777))],
    ["is a link", (path: string) => (mkdirSync(`${path}-elsewhere`), symlinkSync(`${path}-elsewhere`, path))],
  ])("is neither kept nor taken from a directory that %s", (_, arrange) => {
    arrange(join(makeCache(0o700), "agent-auth-exporter"));
    expect(listAfterStart(".cache").filter((name) => name.includes("/"))).toEqual([]);
  });

  test("is not kept in the directory of an agent", () => {
    mkdirSync(join(home.path, ".openclaw"));
    expect(listAfterStart(".openclaw", { XDG_CACHE_HOME: join(home.path, ".openclaw") })).toEqual([]);
  });

  test.each(["OPENCLAW_STATE_DIR", "CLAWDBOT_STATE_DIR", "MOLTBOT_STATE_DIR"])(
    "is not kept in the directory of an agent that has a name of its own, in %s",
    (variable) => {
      const own = join(home.path, "agent");
      mkdirSync(join(own, "cache"), { recursive: true });
      const env = { [variable]: `${own}/`, XDG_CACHE_HOME: join(own, "cache") };
      expect(listAfterStart("agent", env)).toEqual(["cache"]);
    },
  );

  test("belongs to the user that we act as, who may be another than the one who started us", () => {
    const cache = makeCache(0o700);
    const [isRoot, nobody] = [process.getuid?.() === 0, 65_534];
    if (isRoot) for (const path of [home.path, cache]) chownSync(path, nobody, nobody);
    const script = `
      const { openCacheDirectory } = await import(${JSON.stringify(MODULE)});
      if (${isRoot}) process.seteuid(${nobody});
      console.log(openCacheDirectory());
    `;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      env: { HOME: home.path },
    });
    expect(stdout).toBe(`${join(cache, "agent-auth-exporter")}\n`);
  });

  test("is not kept of a command that does not exist", () => {
    makeCache(0o700);
    const { status } = spawnSync(process.execPath, [BIN, "chekc"], { env: { HOME: home.path } });
    expect(status).toBe(64);
    expect(readdirSync(join(home.path, ".cache/agent-auth-exporter"))).toEqual([]);
  });

  test("is not kept where that is switched off", () => {
    makeCache(0o700);
    expect(listAfterStart(".cache", { NODE_DISABLE_COMPILE_CACHE: "1" })).toEqual([]);
  });
});

describe("the code that a check compiled", () => {
  const CHECK = ["check", "--at", "+1h"];
  let directory: string;

  beforeEach(() => {
    directory = join(makeCache(0o700), "agent-auth-exporter");
  });

  function keepOfCheck(): string {
    start(CHECK);
    const [name, ...others] = readdirSync(directory).filter((each) => each.startsWith("check-core-"));
    expect(others).toEqual([]);
    return join(directory, name ?? "");
  }

  function overwrite(path: string, content: Uint8Array): void {
    const file = openSync(path, "r+");
    writeSync(file, content, 0, content.length, 200_000);
    closeSync(file);
  }

  function ageOf(path: string): number {
    return Math.abs(Date.now() / 1000 - statSync(path).mtimeMs / 1000);
  }

  test("is not compiled again, the functions that only a call reaches included", () => {
    const log = join(home.path, "v8.log");
    const flags = ["--log-function-events", "--no-logfile-per-isolate", `--logfile=${log}`];
    const countCompiled = (): number => {
      start(CHECK, { flags });
      return readFileSync(log, "utf8").split("\nfunction,parse-function,").length;
    };
    const first = countCompiled();
    expect(countCompiled()).toBeLessThan(first / 3);
  });

  test.each([
    ["another host over HTTP", "http://127.0.0.1:1"],
    ["another host over SSH", "ssh://127.0.0.1:1"],
  ])("finds the modules of Node that it loads late: %s", (_, url) => {
    // Node warns of an import statement in such a script, and `start` wants no warning.
    expect(start(["check", "--remote", url])).toMatch(/^3: unreachable: /);
  });

  test("stays as it is for a day, and is a command's own", () => {
    const path = keepOfCheck();
    utimesSync(path, new Date(), new Date(Date.now() - (DAY_S - 600) * 1000));
    const { mtimeMs, ino } = statSync(path);
    start(CHECK);
    start(["doctor"]);
    expect(statSync(path)).toMatchObject({ mtimeMs, ino });
    expect(readdirSync(directory)).toContainEqual(expect.stringMatching(/^doctor-core-/));
  });

  test.each([
    ["older than a day", -DAY_S - 600],
    ["of a day that is yet to come", DAY_S + 600],
  ])("is made anew when it is %s", (_, seconds) => {
    const path = keepOfCheck();
    utimesSync(path, new Date(), new Date(Date.now() + seconds * 1000));
    start(CHECK);
    expect(ageOf(path)).toBeLessThan(600);
  });

  test.each<[string, (path: string) => void]>([
    ["cut off", (path) => truncateSync(path, 10_000)],
    ["emptied", (path) => truncateSync(path, 0)],
    ["something else", (path) => writeFileSync(path, "no code of V8 begins like this ".repeat(99))],
    ["a file that nobody can read", (path) => (rmSync(path), symlinkSync(path, path))],
    ["overwritten with zeros, behind a head that is right", (path) => overwrite(path, Buffer.alloc(4096))],
    ["overwritten with one other byte", (path) => overwrite(path, Buffer.alloc(1, 0xff))],
  ])("does no harm when it is %s", (_, damage) => {
    const path = keepOfCheck();
    const said = start(CHECK);
    damage(path);
    expect(start(CHECK)).toBe(said);
  });

  test("is made anew at once when it is damaged", () => {
    const path = keepOfCheck();
    const { size } = statSync(path);
    overwrite(path, Buffer.alloc(4096));
    start(CHECK);
    const content = readFileSync(path);
    expect(content.subarray(200_000, 204_096)).not.toEqual(Buffer.alloc(4096));
    expect(content.length).toBeGreaterThan(size / 2);
  });

  test("holds nothing of what the program read", () => {
    const agent = join(home.path, ".openclaw/agents/main/agent");
    mkdirSync(agent, { recursive: true });
    const profile = { type: "api_key", provider: "anthropic", key: "sk-CANARY-of-a-store-0001" };
    writeFileSync(
      join(agent, "auth-profiles.json"),
      JSON.stringify({ version: 1, profiles: { "anthropic:default": profile } }),
    );
    expect(start(CHECK)).toContain("1 profile of 1 agent checked");
    const kept = Buffer.concat(readdirSync(directory).map((name) => readFileSync(join(directory, name))));
    // A text of the program itself can be found in this way.
    expect(kept.includes("auth-profiles.json")).toBe(true);
    expect(kept.includes("CANARY")).toBe(false);
    expect(kept.includes("CANARY", 0, "utf16le")).toBe(false);
  });

  test("goes when nobody has used it for a month, as does what a crash left of it; what else is there stays", () => {
    const path = keepOfCheck();
    const old = join(directory, "check-core-old-v22.13.0-x64.code");
    const other = join(directory, "config.json");
    for (const each of [old, `${old}.17.tmp`, other]) {
      writeFileSync(each, "{}");
      utimesSync(each, new Date(), new Date(Date.now() - 31 * DAY_S * 1000));
    }
    utimesSync(path, new Date(), new Date(Date.now() - 2 * DAY_S * 1000));
    start(CHECK);
    expect(readdirSync(directory).toSorted()).toEqual([path, other].map((each) => each.slice(directory.length + 1)));
  });
});
