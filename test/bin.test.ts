import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTemporaryHome, runCli } from "./run-cli.ts";

let home: ReturnType<typeof createTemporaryHome>;

beforeEach(() => {
  home = createTemporaryHome();
});

afterEach(() => home.remove());

/** What lies below a directory after a start, as paths relative to it. */
async function listAfterStart(directory: string, env: Readonly<Record<string, string>> = {}) {
  const temporary = join(home.path, "tmp");
  mkdirSync(temporary);
  const { code } = await runCli(["--version"], { home: home.path, env: { TMPDIR: temporary, ...env } });
  expect(code).toBe(0);
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
  test("is kept where nobody else can read or write", async () => {
    makeCache(0o755);
    expect((await listAfterStart(".cache/agent-auth-exporter")).length).toBeGreaterThan(1);
    expect(statSync(join(home.path, ".cache/agent-auth-exporter")).mode & 0o777).toBe(0o700);
  });

  test("is not kept where no program has made a place for such things", async () => {
    expect(await listAfterStart(".")).toEqual(["tmp"]);
  });

  test("is not kept where others may write beside it", async () => {
    makeCache(0o777);
    expect(await listAfterStart(".cache")).toEqual([]);
  });

  test.each([
    ["others may write into", (path: string) => (mkdirSync(path), chmodSync(path, 0o777))],
    ["is a link", (path: string) => (mkdirSync(`${path}-elsewhere`), symlinkSync(`${path}-elsewhere`, path))],
  ])("is neither kept nor taken from a directory that %s", async (_, arrange) => {
    arrange(join(makeCache(0o700), "agent-auth-exporter"));
    expect((await listAfterStart(".cache")).filter((name) => name.includes("/"))).toEqual([]);
  });

  test("is not kept in the directory of an agent", async () => {
    mkdirSync(join(home.path, ".openclaw"));
    expect(await listAfterStart(".openclaw", { XDG_CACHE_HOME: join(home.path, ".openclaw") })).toEqual([]);
  });

  test("is not kept where that is switched off", async () => {
    makeCache(0o700);
    expect(await listAfterStart(".cache", { NODE_DISABLE_COMPILE_CACHE: "1" })).toEqual([]);
  });
});
