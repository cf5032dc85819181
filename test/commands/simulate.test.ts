import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAlertStore } from "../../src/alerts/store-file.ts";
import { createTemporaryHome, runCli } from "../run-cli.ts";
import { inHours, token, writeHome } from "./json-home.ts";

const home = createTemporaryHome();

beforeAll(() => {
  writeHome(home.path, { "anthropic:a": token(inHours(30)) });
  writeFileSync(
    join(home.path, "config.yaml"),
    "channels:\n  - { name: pager, type: command, minSeverity: critical, argv: [/bin/true] }\n",
  );
});

afterAll(() => home.remove());

async function simulate(...args: string[]) {
  return runCli(["simulate", ...args], { home: home.path, env: { COLUMNS: "200" } });
}

/** The reasons and the titles, line by line; the times depend on when the test runs. */
function tableOf(stdout: string): readonly string[] {
  return stdout
    .split("\n")
    .filter((line) => /^\d{4}-/.test(line) || line.startsWith("..."))
    .map((line) => line.replace(/^\S+ \S+ UTC +/, "").replaceAll(/ {2,}/g, " | "));
}

test("tells a token's last day as it would be told, and says that no channel is configured", async () => {
  const { code, stdout, stderr } = await simulate("--for", "3d");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(
    /^no channels are configured; this is what one named default would be told\n\nWHEN +CHANNEL +WHY +TITLE\n/,
  );
  expect(tableOf(stdout)).toEqual([
    "default | first | WARNING main@openclaw: anthropic:a expires in 1d",
    "default | reminder | WARNING main@openclaw: anthropic:a expires in 6h",
    "default | escalated | CRITICAL main@openclaw: anthropic:a expires in 1h",
    "default | first, reminder | CRITICAL main@openclaw: cannot answer, its only anthropic credential expired (0s ago) +1 more",
    "default | repeat | CRITICAL main@openclaw: cannot answer, its only anthropic credential expired (4h ago) +1 more",
    expect.stringMatching(/^\.\.\. \| 9 more of these until /),
  ]);
});

test("asks the channels of the config", async () => {
  const { stdout } = await simulate(
    "--config.file",
    join(home.path, "config.yaml"),
    "--for",
    "29h30m",
    "--channel",
    "pager",
  );
  expect(tableOf(stdout)).toEqual([expect.stringMatching(/^pager \| first \| CRITICAL /)]);
});

test("gathers what only repeats for each channel, while others are told in between", async () => {
  const config = join(home.path, "two.yaml");
  writeFileSync(
    config,
    `channels:
  - { name: pager, type: command, minSeverity: critical, argv: [/bin/true] }
  - { name: chat, type: command, minSeverity: critical, argv: [/bin/true] }
`,
  );
  const { stdout } = await simulate("--config.file", config, "--from", "+31h", "--for", "3d", "--fresh");
  expect(tableOf(stdout).map((line) => line.replace(/ (CRITICAL|until) .*/, ""))).toEqual([
    "pager | first |",
    "chat | first |",
    "pager | repeat |",
    "... | 17 more of these",
    "chat | repeat |",
    "... | 17 more of these",
  ]);
});

test("begins with what was told and silenced, unless asked not to", async () => {
  const config = join(home.path, "config.yaml");
  const state = join(home.path, "state");
  const given = ["--config.file", config, "--storage.path", state];
  openAlertStore(state, new Date()).close();
  const silence = ["notify", "silence", "add", "provider=anthropic", "--for", "30h30m"];
  expect(await runCli([...silence, ...given], { home: home.path })).toMatchObject({ code: 0 });
  const { stdout } = await simulate(...given, "--for", "31h");
  expect(stdout).toMatch(/^begins with what is known: 1 silenced \(--fresh begins with nothing\)\n/);
  expect(tableOf(stdout)).toEqual([expect.stringMatching(/^pager \| first(?:, reminder)? \| .* \(30m ago\)/)]);
  const fresh = await simulate(...given, "--for", "31h", "--fresh");
  expect(tableOf(fresh.stdout)[0]).toMatch(/^pager \| first \| CRITICAL .* expires in 1h/);
});

test("fits into a phone", async () => {
  const { stdout } = await runCli(["simulate", "--for", "3d"], { home: home.path, env: { COLUMNS: "40" } });
  expect(stdout.split("\n").filter(({ length }) => length > 40)).toEqual([]);
  expect(stdout).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d UTC {2}default {2}first\n {2}WARNING main@openclaw: anthropic:a\n {2}expires in 1d\n/m,
  );
});

test("says so when nobody would be told anything", async () => {
  const { code, stdout } = await simulate("--for", "5h");
  expect(code).toBe(0);
  expect(stdout).toMatch(/\nnobody would be told anything from \S+ \S+ UTC to \S+ \S+ UTC\n$/);
});

test.each([
  ["an unknown channel", ["--channel", "pagr"], 'expected the name of a channel, got "pagr"'],
  ["a time that is none", ["--from", "noon"], "--from: expected a time such as"],
  ["a duration without a unit", ["--for", "30"], "--for: expected a duration such as"],
])("%s is the operator's mistake", async (_name, args, message) => {
  const { code, stderr } = await simulate(...args);
  expect(code).toBe(64);
  expect(stderr).toContain(message);
});
