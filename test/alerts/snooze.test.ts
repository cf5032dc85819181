import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAlertStore } from "../../src/alerts/store-file.ts";
import { startReceiver, type Receiver } from "../channels/http-receiver.ts";
import { inHours, token, writeHome } from "../commands/json-home.ts";
import { createTemporaryHome, runCli } from "../run-cli.ts";

const BIN = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "src/bin.ts");

let home: ReturnType<typeof createTemporaryHome>;
let receiver: Receiver;

beforeEach(async () => {
  home = createTemporaryHome();
  receiver = await startReceiver();
  const directory = join(home.path, ".config/agent-auth-exporter");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "config.yaml"), `channels: [{ name: hook, type: webhook, url: "${receiver.url}" }]\n`);
  mkdirSync(join(home.path, "bin"));
  const program = `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`;
  writeFileSync(join(home.path, "bin/agent-auth"), program, { mode: 0o755 });
  // What `serve` would have made.
  openAlertStore(join(home.path, ".local/state/agent-auth-exporter"), new Date()).close();
});
afterEach(async () => {
  await receiver.close();
  home.remove();
});

interface Told {
  readonly text: string;
  readonly items: readonly { readonly family: string; readonly profile: string | null; readonly headline: string }[];
}

function parse(body: string): Told {
  return JSON.parse(body) as Told;
}

/** What the next check would say, as if nothing had been told or silenced. */
async function preview(): Promise<Told> {
  const { stdout } = await runCli(["notify", "preview", "--fresh", "--format", "json"], { home: home.path });
  return (JSON.parse(stdout) as readonly Told[])[0] ?? { text: "", items: [] };
}

/** The credentials that the receiver hears of from now on, by their headlines. */
async function hear(): Promise<readonly string[]> {
  const before = receiver.received.length;
  await runCli(["check", "--notify", "--quiet"], { home: home.path });
  const told = receiver.received.slice(before).map(({ body }) => parse(body));
  return told.flatMap(({ items }) => items.filter(({ profile }) => profile !== null).map(({ headline }) => headline));
}

/** As somebody does who copies the command of a message into a shell. */
function paste(command: string): void {
  const env = { HOME: home.path, PATH: `${join(home.path, "bin")}:${process.env["PATH"] ?? ""}` };
  execFileSync("sh", ["-c", command], { env, stdio: "pipe" });
}

const LONG = "anthropic:team of the production agents in the region of western europe number";

describe("two credentials that look alike in a message", () => {
  const pairs = [
    ["addresses of one mask", "anthropic:ada@example.com", "anthropic:alice@example.com"],
    ["long ids with one beginning", `${LONG} one`, `${LONG} two`],
    ["long ids with both ends the same", `${LONG} one ${LONG}`, `${LONG} two ${LONG}`],
    ["an id that is a pattern for the other", "anthropic:a*", "anthropic:ab"],
    ["an id that is one for a character of the other", "anthropic:a?b", "anthropic:axb"],
    ["characters that a shell would take for its own", "anthropic:it's, a=b", "anthropic:it's; a=b"],
    ["characters of two code units", "anthropic:🦊", "anthropic:🐻"],
    ["what looks like a secret", "sk-ant-CANARY-0123456789-one", "sk-ant-CANARY-0123456789-two"],
  ] as const;

  test.each(pairs)("%s: each has a title of its own", async (_name, one, other) => {
    writeHome(home.path, { [one]: token(inHours(-1)), [other]: token(inHours(-1)) });
    const { items } = await preview();
    const headlines = items.filter(({ profile }) => profile !== null).map(({ headline }) => headline);
    expect(headlines).toHaveLength(2);
    expect(new Set(headlines).size).toBe(2);
    expect(headlines.join()).not.toMatch(/CANARY|ada@|alice@/);
  });

  test.each(pairs)("%s: the command in the message about one silences that one alone", async (_name, one, other) => {
    writeHome(home.path, { [one]: token(inHours(-1)), [other]: token(inHours(-1)) });
    const { text, items } = await preview();
    const commands = text.match(/^agent-auth notify silence add .*profile=.*$/gm) ?? [];
    const headlines = items.filter(({ profile }) => profile !== null).map(({ headline }) => headline);
    expect(commands).toHaveLength(2);
    expect(commands.join()).not.toMatch(/CANARY|ada@|alice@/);

    // In the order of the message.
    paste(commands[0] ?? "");
    expect(await hear()).toEqual([headlines[1]]);
  });
});

test("a silence of before that had no digest goes on to cover what it covered", async () => {
  writeHome(home.path, { "anthropic:ada@example.com": token(inHours(-1)), [`${LONG} one`]: token(inHours(-1)) });
  const old = [
    "profile=anthropic:a***@example.com",
    "profile=anthropic:team?of?the?production?agents?in?the?region?of?wes*",
  ];
  for (const matcher of old)
    paste(`agent-auth notify silence add 'installation=openclaw,agent=main,${matcher}' --for 8h`);
  expect(await hear()).toEqual([]);
});

test("an id that nothing has to be hidden of stands in the command as it is", async () => {
  writeHome(home.path, { "anthropic:default": token(inHours(-1)) });
  expect((await preview()).text).toContain(
    "add 'installation=openclaw,agent=main,profile=anthropic:default' --for 8h\n",
  );
});
