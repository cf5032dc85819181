import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeDemoHome } from "../src/demo/home.ts";
import { createTemporaryHome, runCli } from "./run-cli.ts";
import { type Serving, startServe } from "./run-serve.ts";
import { waitFor } from "./wait.ts";

/** Shaped like real ones, so that whatever recognises secrets has to recognise these. */
const KEY = "sk-ant-api03-CANARY0123456789abcdefghij";
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJDQU5BUlkiOiJDQU5BUlkifQ.CANARY0123456789";
const GITHUB = "ghp_CANARY0123456789abcdefghijklmnop";

/** Environment that an agent's host has, and that our own error messages must not repeat. */
const ENV = { ANTHROPIC_API_KEY: KEY, OPENAI_API_KEY: `sk-CANARY${"x1".repeat(20)}`, CLAUDE_CODE_OAUTH_TOKEN: KEY };

let home: ReturnType<typeof createTemporaryHome>;
let serving: Serving;

beforeAll(async () => {
  home = createTemporaryHome();
  writeDemoHome(home.path, new Date());
  plantInOddPlaces(home.path);
  serving = await startServe(["--log.level=trace", "--web.enable-lifecycle"], { home: home.path, env: ENV });
});
afterAll(async () => {
  serving.signal("SIGTERM");
  await serving.ended;
  home.remove();
});

/** Secrets where nobody should put one and somebody will: ids, names, paths, broken files. */
function plantInOddPlaces(path: string): void {
  const state = join(path, ".openclaw-odd");
  const put = (name: string, content: string): void => {
    mkdirSync(join(state, name, ".."), { recursive: true });
    writeFileSync(join(state, name), content, { mode: 0o600 });
  };
  const store = (profiles: unknown): string => JSON.stringify({ version: 1, profiles });
  const token = { type: "token", provider: "anthropic", token: KEY };
  put(
    "openclaw.json",
    `{ "agents": { "defaults": { "model": 5 } }, "env": { "GROQ_API_KEY": "${KEY}" }, /* ${KEY} */ }`,
  );
  put(".env", `MISTRAL_API_KEY=${KEY}\nBROKEN ${KEY}\n`);
  put(
    "agents/main/agent/auth-profiles.json",
    store({ [`anthropic:${KEY}`]: token, [JWT]: token, "x:y": { ...token, email: GITHUB } }),
  );
  put("agents/broken/agent/auth-profiles.json", `{"profiles": {"a": ${KEY}}}`);
  put("agents/cut/agent/auth-profiles.json", `{"profiles": {"a": {"type": "token", "token": "${KEY}`);
  put("agents/sqlite/agent/openclaw-agent.sqlite", `SQLite format 3\0${KEY.repeat(50)}`);
  put("agents/text/agent/openclaw-agent.sqlite", KEY.repeat(50));
  put(`agents/${KEY}/agent/auth-profiles.json`, KEY);
  put(
    "agents/types/agent/auth-profiles.json",
    store({ a: KEY, b: { type: KEY, token: KEY }, c: { ...token, provider: KEY }, d: { ...token, expires: KEY } }),
  );
  put(
    "agents/usage/agent/auth-profiles.json",
    JSON.stringify({
      version: 1,
      profiles: { "a:b": token },
      usageStats: {
        "a:b": { cooldownUntil: Date.now() + 1e6, cooldownReason: KEY },
        [`inline-api-key:${KEY}`]: { disabledUntil: Date.now() + 1e6, disabledReason: KEY },
      },
      order: { anthropic: [KEY] },
      lastGood: { [KEY]: KEY },
    }),
  );
  mkdirSync(join(path, `.openclaw-${KEY.toLowerCase()}`, "agents/main/agent"), { recursive: true });
  writeFileSync(join(path, `.openclaw-${KEY.toLowerCase()}`, "agents/main/agent/auth-profiles.json"), "[]");
  mkdirSync(join(path, ".claude"), { recursive: true });
  writeFileSync(join(path, ".claude/.credentials.json"), `{"claudeAiOauth": ${KEY}`);
}

function expectClean(text: string, where: string): void {
  const at = text.search(/canary|CANARY/i);
  expect(at === -1 ? "" : text.slice(Math.max(0, at - 120), at + 60), where).toBe("");
}

const FORMATS = ["text", "json", "openclaw", "prom", "nagios"];

describe("no command prints a secret", () => {
  test.each([
    ...FORMATS.map((format) => ["check", `--format=${format}`]),
    ["check", "--judge=verdict", "--scope=in-use"],
    ["check", "--at=+8h"],
    ["status"],
    ["status", "--json"],
    ["widget", "status"],
    ["widget", "todo"],
    ["widget", "reauth"],
    ["doctor"],
    ["config", "check"],
    ["config", "print"],
    ["config", "schema"],
    ["check", `--at=${KEY}`],
    ["check", `--warn=${KEY}`],
    ["check", `--agent=${KEY}`],
    ["check", `--provider=${JWT}`],
    ["check", `--format=${KEY}`],
    ["check", `--${KEY}`],
    [KEY],
    ["check", `--state-dir=/nowhere/${KEY}`],
    ["check", `--home=/nowhere/${GITHUB}`],
    ["check", `--config.file=/nowhere/${KEY}.yaml`],
    ["check", `--storage.path=/dev/null/${KEY}`],
    ["serve", `--web.listen-address=${KEY}`],
    ["serve", `--web.listen-address=${KEY}:70000`],
  ])("%s %s", async (...args) => {
    const { stdout, stderr } = await runCli(args, { home: home.path, env: ENV });
    expect(`${stdout}${stderr}`).not.toBe("");
    expectClean(stdout, "stdout");
    expectClean(stderr, "stderr");
  });

  test.each([
    ["an unknown key", `policy: { "${KEY}": 1 }`],
    ["a value of the wrong type", `policy: { warnWithin: ${KEY} }`],
    ["a bad address", `web: { listenAddress: ["${KEY}"] }`],
    ["broken YAML", `policy: { warnWithin: "${KEY}`],
    ["the default of a variable", `timezone: "\${NOT_SET:-${KEY}}"`],
    ["the value of a variable", 'timezone: "${ANTHROPIC_API_KEY}"'],
  ])("a config with %s", async (_name, text) => {
    writeFileSync(join(home.path, "config.yaml"), text);
    const { code, stdout, stderr } = await runCli(["config", "check", "--config.file=config.yaml"], {
      home: home.path,
      env: ENV,
    });
    expect(code).toBe(78);
    expectClean(stdout + stderr, text);
  });
});

describe("no route answers with a secret", () => {
  test.each([
    "/metrics",
    "/api/v1/status",
    "/",
    "/readyz",
    "/healthz",
    `/${KEY}`,
    `/metrics/${JWT}?token=${KEY}`,
    `/%2e%2e/${KEY}`,
    `//${KEY}`,
  ])("%s", async (path) => {
    for (const accept of ["*/*", "application/openmetrics-text; version=1.0.0"]) {
      const response = await fetch(`${serving.url}${path}`, {
        headers: { accept, authorization: `Bearer ${KEY}`, cookie: KEY },
      });
      expectClean(await response.text(), path);
      expectClean(JSON.stringify([...response.headers]), `headers of ${path}`);
    }
  });

  test("other methods, with a body", async () => {
    for (const method of ["POST", "PUT", "DELETE"]) {
      const response = await fetch(`${serving.url}/metrics`, { method, body: KEY });
      expectClean(await response.text(), method);
    }
  });
});

test("the log holds none at its most talkative, whatever happens", async () => {
  await fetch(`${serving.url}/-/reload`, { method: "POST" });
  const seen = serving.log.length;
  writeFileSync(join(home.path, ".openclaw-odd/agents/broken/agent/auth-profiles.json"), `[${KEY}`);
  writeFileSync(join(home.path, ".openclaw-odd/agents/main/agent/auth-profiles.json"), KEY);
  await waitFor("the change to be logged", () => (serving.log.length > seen ? true : null));
  expectClean(JSON.stringify(serving.log), "log");
  expectClean(serving.stderr(), "stderr");
});

test("what we keep ourselves holds none", () => {
  const storage = join(home.path, ".local/state/agent-auth-exporter");
  for (const name of readdirSync(storage)) expectClean(readFileSync(join(storage, name), "latin1"), name);
});

test("e-mail addresses are masked in metrics, page and log", async () => {
  for (const path of ["/metrics", "/"]) {
    expect(await (await fetch(`${serving.url}${path}`)).text(), path).not.toMatch(/[a-z]{2,}@[a-z]+\.[a-z]+/);
  }
  expect(JSON.stringify(serving.log)).not.toMatch(/[a-z]{2,}@[a-z]+\.[a-z]+/);
});
