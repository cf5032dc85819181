import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTemporaryHome } from "./run-cli.ts";
import { waitFor } from "./wait.ts";

const BIN = join(dirname(import.meta.dirname), "dist/bin.cjs");

/** Each takes Node 1 to 5 ms to load, and a check that has nothing to say needs none of them. */
const HEAVY = ["child_process", "crypto", "http", "net", "perf_hooks", "stream", "zlib"];

let home: ReturnType<typeof createTemporaryHome>;

beforeEach(() => {
  home = createTemporaryHome();
  const agent = join(home.path, ".openclaw/agents/main/agent");
  mkdirSync(agent, { recursive: true });
  mkdirSync(join(home.path, ".cache"), { mode: 0o700 });
  const expires = Date.now() + 30 * 86_400_000;
  const login = { type: "oauth", provider: "anthropic", access: "CANARY-access", refresh: "CANARY-refresh", expires };
  writeFileSync(
    join(agent, "auth-profiles.json"),
    JSON.stringify({ version: 1, profiles: { "anthropic:default": login } }),
  );
  writeFileSync(
    join(home.path, ".openclaw/openclaw.json"),
    JSON.stringify({ agents: { defaults: { model: { primary: "anthropic/claude-opus-4-5" } } } }),
  );
  writeFileSync(join(home.path, "config.yaml"), "channels:\n  - name: phone\n    type: termux\n", { mode: 0o600 });
  writeFileSync(
    join(home.path, "list.cjs"),
    'process.on("exit", () => require("node:fs").writeFileSync("loaded.json", JSON.stringify(process.moduleLoadList)));',
  );
});

afterEach(() => home.remove());

function listLoaded(args: readonly string[]): readonly string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-r", "./list.cjs", BIN, ...args], {
    cwd: home.path,
    encoding: "utf8",
    env: { HOME: home.path },
  });
  expect({ stderr, status }, stdout).toEqual({ stderr: "", status: 0 });
  const loaded = JSON.parse(readFileSync(join(home.path, "loaded.json"), "utf8")) as readonly string[];
  return HEAVY.filter((name) => loaded.includes(`NativeModule ${name}`));
}

describe("what is loaded of Node by a check that has nothing to say", () => {
  test.each([
    ["check", ["check"]],
    ["check --notify", ["check", "--notify", "--config.file", "config.yaml"]],
  ])("%s: none of what takes long", async (_, args) => {
    const kept = join(home.path, ".cache/agent-auth-exporter/config.json");
    // The first one makes the state and the key of digests; what a config means is kept once the file has settled.
    await waitFor("what the config means", () => {
      listLoaded(args);
      return args.includes("--notify") && !existsSync(kept) ? null : kept;
    });
    expect(listLoaded(args)).toEqual([]);
  });
});
