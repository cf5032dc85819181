import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { createTemporaryHome } from "../run-cli.ts";

let home: ReturnType<typeof createTemporaryHome>;
beforeEach(() => {
  home = createTemporaryHome();
});
afterEach(() => home.remove());

async function warningOf(text: string, mode = 0o644): Promise<string | null> {
  const file = join(home.path, "config.yaml");
  writeFileSync(file, text);
  chmodSync(file, mode);
  return (await loadConfig({ file, env: { HOME: home.path, TOKEN: "CANARY-token" }, flags: {}, cacheDirectory: null }))
    .warning;
}

const webhook = (keys: string): string => `channels: [{ name: ops, type: webhook, ${keys} }]\n`;

test.each([
  ["a token", webhook('url: "http://[::1]/", token: CANARY'), "`token` of channel ops"],
  ["an address with a path", webhook('url: "http://[::1]/CANARY"'), "`url` of channel ops"],
  ["a header", webhook('url: "http://[::1]/", headers: { X-Key: CANARY }'), "`headers` of channel ops"],
  ["a heartbeat", 'heartbeat: { url: "http://[::1]/ping/CANARY" }\n', "`url` of heartbeat"],
  [
    "a password of a Pushgateway",
    'push: { gateway: { url: "http://[::1]/", user: ada, password: CANARY } }\n',
    "`password` of push.gateway",
  ],
  ["an address of a Pushgateway", 'push: { gateway: { url: "http://ada:CANARY@[::1]/" } }\n', "`url` of push.gateway"],
  ["a token for OTLP", "push: { otlp: { token: CANARY } }\n", "`token` of push.otlp"],
  [
    "a password of a remote",
    'remotes: [{ name: vps, url: "http://[::1]/", user: ada, password: CANARY }]\n',
    "`password` of remote vps",
  ],
  [
    "the token of one remote and the address of another",
    'remotes: [{ url: "http://[::1]:1/", token: CANARY }, { url: "http://ada:CANARY@[::1]/" }]\n',
    "`token` of remote 1, `url` of remote 2",
  ],
])("%s in a file that everybody can read is warned of, and not quoted", async (_name, text, named) => {
  const warning = await warningOf(text);
  expect(warning).toContain(`it holds ${named}; chmod 600 it`);
  expect(warning).not.toContain("CANARY");
  expect(await warningOf(text, 0o640)).toBeNull();
});

test.each([
  ["nothing secret", webhook('url: "http://[::1]/"')],
  ["a variable", webhook('url: "http://[::1]/", token: "${TOKEN}"')],
  ["a file of its own", webhook('url: "http://[::1]/", tokenFile: /run/credentials/token')],
  ["a path that is no secret", 'push: { otlp: { url: "http://[::1]/v1/metrics" } }\n'],
  ["a user of a remote", 'remotes: [{ url: "ssh://ada@example.com" }]\n'],
])("%s is nothing to warn of", async (_name, text) => {
  expect(await warningOf(text)).toBeNull();
});
