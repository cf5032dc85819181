import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inHours, token, writeHome } from "../commands/json-home.ts";
import { createTemporaryHome, runCli } from "../run-cli.ts";
import { waitFor } from "../wait.ts";

let home: ReturnType<typeof createTemporaryHome>;
let config: string;
let kept: string;
beforeEach(() => {
  home = createTemporaryHome();
  mkdirSync(join(home.path, ".cache"), { mode: 0o700 });
  kept = join(home.path, ".cache/agent-auth-exporter/config.json");
  config = join(home.path, "config.yaml");
  writeHome(home.path, { "anthropic:default": token(inHours(30)) });
});
afterEach(() => home.remove());

async function write(text: string): Promise<void> {
  writeFileSync(config, text, { mode: 0o600 });
  // Only what nobody has touched for a while is kept.
  await waitFor("the file to settle", () => (Date.now() - statSync(config).ctimeMs > 2_100 ? true : null));
}

const check = async (env: Readonly<Record<string, string>> = {}) =>
  runCli(["check", "--config.file", config], { home: home.path, env });

test("what a config means is kept for the next check, until the file changes in any way", async () => {
  await write("policy: { warnWithin: 1h }\n");
  expect((await check()).code).toBe(0);
  expect(statSync(kept).mode & 0o777).toBe(0o600);

  // Believed, and not read again: nobody else may write there.
  writeFileSync(kept, readFileSync(kept, "utf8").replace('"warnWithinMs":3600000', '"warnWithinMs":360000000'));
  expect((await check()).code).toBe(2);

  // The same length, and the same time of the last change to whoever may set that.
  const { atime, mtime } = statSync(config);
  writeFileSync(config, "policy: { warnWithin: 2h }\n");
  utimesSync(config, atime, mtime);
  expect((await check()).code).toBe(0);
});

test.each([
  ["a secret", "channels: [{ name: a, type: ntfy, url: 'http://127.0.0.1:9', topic: CANARY-topic }]\n"],
  ["a secret in an address", "channels: [{ name: a, type: webhook, url: 'http://127.0.0.1:9/CANARY' }]\n"],
  [
    "what looks like one in the wrong place",
    "channels: [{ name: a, type: command, argv: [sk-ant-oat01-CANARY-token] }]\n",
  ],
  ["a variable", "policy: { warnWithin: '${WITHIN}' }\n"],
])("a config with %s is not kept", async (_, text) => {
  await write(text);
  expect((await check({ WITHIN: "1h" })).code).toBe(0);
  expect(existsSync(kept)).toBe(false);
});

test("what was kept only in part, or by another version, is no config", async () => {
  await write("policy: { warnWithin: 48h }\n");
  await check();
  const whole = readFileSync(kept, "utf8");
  for (const text of [whole.slice(0, 100), "null", whole.replace(/"build":"/, '"build":"0'), "{}"]) {
    writeFileSync(kept, text);
    expect((await check()).code).toBe(2);
  }
});
