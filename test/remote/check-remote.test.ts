import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { writeScenario } from "../golden-home.ts";
import { createTemporaryHome, runCli } from "../run-cli.ts";
import { type Serving, startServe } from "../run-serve.ts";
import { waitFor } from "../wait.ts";

interface Document {
  readonly exitCode: number;
  readonly remotes: readonly { readonly name: string; readonly up: boolean; readonly lastSeenAt: string | null }[];
  readonly installations: readonly {
    readonly id: string;
    readonly agents: readonly {
      readonly canAnswer: boolean | null;
      readonly reason: string;
      readonly message: string;
    }[];
    readonly profiles: readonly { readonly status: string; readonly action: string | null }[];
  }[];
}

const cleanUps: (() => void | Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

const HOUR = 3_600_000;

describe("check --remote", () => {
  test("puts two hosts into one answer, with the exit code of the worst", async () => {
    const [fine, broken] = [await serveHost(48 * HOUR), await serveHost(-HOUR)];
    const result = await checkFrom(emptyHome(), fine.url, broken.url);
    expect([result.code, result.stderr]).toEqual([1, ""]);
    expect(result.document.exitCode).toBe(1);
    expect(result.document.installations.map(({ id, profiles }) => [id, profiles[0]?.status])).toEqual([
      ["127.0.0.1-openclaw", "ok"],
      ["127.0.0.1-2-openclaw", "expired"],
    ]);
    expect(result.document.installations[1]?.profiles[0]?.action).toMatch(
      /^claude setup-token; .* {2}# on 127\.0\.0\.1-2$/,
    );
    expect((await checkFrom(emptyHome(), fine.url)).code).toBe(0);
  });

  test("a host that went away keeps its last answer and is not known any more, until it is back", async () => {
    const home = emptyHome();
    const [here, gone] = [await serveHost(48 * HOUR), await serveHost(-HOUR)];
    expect((await checkFrom(home, here.url, gone.url)).code).toBe(1);
    gone.signal("SIGTERM");
    await gone.ended;
    const { code, document } = await checkFrom(home, here.url, gone.url);
    expect(code).toBe(3);
    expect(document.remotes.map(({ up }) => up)).toEqual([true, false]);
    expect(document.remotes[1]?.lastSeenAt).not.toBeNull();
    expect(document.installations.map(({ agents }) => agents[0]?.canAnswer)).toEqual([true, null]);
    expect(document.installations[1]?.agents[0]).toMatchObject({ reason: "unreachable" });
    expect(document.installations[1]?.agents[0]?.message).toMatch(/^127\.0\.0\.1-2 last seen \S+ ago/);
    const text = await runCli(["check", `--remote=${here.url}`, `--remote=${gone.url}`], { home });
    expect(text.stdout).toMatch(
      /^unreachable: host, 127\.0\.0\.1-2 \(http:\/\/127\.0\.0\.1:\d+\) is not known: no answer \(ECONNREFUSED\), nothing listens there; start agent-auth serve on that host; last seen \S+ ago\n$/,
    );
  });

  test("a host that never answered is not known, and nothing is said of agents that may be there", async () => {
    const { code, stdout } = await runCli(["check", "--remote=http://127.0.0.1:9"], { home: emptyHome() });
    expect([code, stdout]).toEqual([
      3,
      "unreachable: host, 127.0.0.1 (http://127.0.0.1:9) is not known: no answer (ECONNREFUSED), nothing listens there; start agent-auth serve on that host; never seen\n",
    ]);
  });

  test("an unchanged host answers with a tag and no document", async () => {
    const home = emptyHome();
    const host = await serveHost(48 * HOUR);
    const first = await checkFrom(home, host.url);
    const again = await checkFrom(home, host.url);
    expect(again.document.installations[0]?.agents).toEqual(first.document.installations[0]?.agents);
    expect(again.document.remotes[0]?.lastSeenAt).not.toBe(first.document.remotes[0]?.lastSeenAt);
  });

  test("a remote of the config is watched beside this host, with its credentials", async () => {
    const host = await serveHost(-HOUR);
    const home = emptyHome();
    writeStore(home, 48 * HOUR);
    const file = join(home, "config.yaml");
    writeFileSync(file, `remotes:\n  - name: vps\n    url: ${host.url}\n    user: phone\n    password: CANARY-1\n`);
    const both = await runCli(["check", "--json", `--config.file=${file}`], { home });
    expect(both.code).toBe(1);
    expect((JSON.parse(both.stdout) as Document).installations.map(({ id }) => id)).toEqual([
      "openclaw",
      "vps-openclaw",
    ]);
    const one = await runCli(["check", "--json", `--config.file=${file}`, "--remote=vps"], { home });
    expect((JSON.parse(one.stdout) as Document).installations.map(({ id }) => id)).toEqual(["vps-openclaw"]);
    const local = await runCli(["check", `--config.file=${file}`, `--home=${home}`], { home });
    expect(local.code).toBe(0);
    const printed = await runCli(["config", "print", `--config.file=${file}`], { home });
    expect(`${both.stdout}${printed.stdout}`).not.toContain("CANARY");
    expect(readFileSync(file, "utf8")).toContain("CANARY");
  });

  test.each([
    [["--at=+6h"], "--at: expected no remotes beside it, because they judge by their own config"],
    [["--warn=6h"], "--warn: expected no remotes beside it, because they judge by their own config"],
    [["--notify"], "--notify: expected no --remote beside it, because every check that tells has to look at the same"],
  ])("%s is refused beside it", async (args, expected) => {
    const { code, stderr } = await runCli(["check", "--remote=http://127.0.0.1:9", ...args], { home: emptyHome() });
    expect([code, stderr.slice(0, expected.length + 12)]).toEqual([64, `agent-auth: ${expected}`]);
  });

  test.each([
    "ftp://vps",
    "vps",
    "ssh://-oProxyCommand=x",
    "ssh://ada:CANARY@vps",
    "ssh://vps/path",
    "https://vps?x=1",
  ])("%s is no address", async (address) => {
    const { code, stderr } = await runCli(["check", `--remote=${address}`], { home: emptyHome() });
    expect(code).toBe(64);
    expect(stderr).toContain("--remote: expected an address such as https://host:10884 or ssh://host, got");
    expect(stderr).not.toContain("CANARY");
  });
});

test("serve watches remotes too, and says in its metrics which of them answered", async () => {
  const host = await serveHost(48 * HOUR);
  const home = emptyHome();
  const file = join(home, "config.yaml");
  writeFileSync(file, `schedule: "* * * * * *"\nremotes:\n  - name: vps\n    url: ${host.url}\n`);
  const serving = await startServe([`--config.file=${file}`], { home });
  cleanUps.push(() => end(serving));
  const scrape = async () => (await fetch(`${serving.url}/metrics`)).text();
  await waitFor("the host", async () => ((await scrape()).includes('remote_up{remote="vps"} 1\n') ? true : null));
  expect(await scrape()).toContain('agent_auth_agent_can_answer{installation="vps-openclaw",agent="main"} 1\n');
  host.signal("SIGTERM");
  await host.ended;
  const after = await waitFor("the host to be missed", async () => {
    const text = await scrape();
    return text.includes('agent_auth_remote_up{remote="vps"} 0\n') ? text : null;
  });
  expect(after).not.toContain("agent_auth_agent_can_answer{");
  expect(after).toContain('agent_auth_store_up{installation="vps-openclaw",agent="main"} 0\n');
});

async function serveHost(expiresInMs: number): Promise<Serving> {
  const home = emptyHome();
  writeStore(home, expiresInMs);
  const serving = await startServe([], { home });
  cleanUps.push(() => end(serving));
  return serving;
}

async function end(serving: Serving): Promise<void> {
  serving.signal("SIGTERM");
  await serving.ended;
}

function emptyHome(): string {
  const { path, remove } = createTemporaryHome();
  cleanUps.push(remove);
  mkdirSync(join(path, ".local", "state"), { recursive: true });
  return path;
}

function writeStore(home: string, expiresInMs: number): void {
  const token = { type: "token", provider: "anthropic", token: "CANARY-token", expires: Date.now() + expiresInMs };
  writeScenario(home, { store: { profiles: { "anthropic:default": token } } }, "one JSON file");
}

async function checkFrom(home: string, ...addresses: readonly string[]) {
  const result = await runCli(["check", "--json", ...addresses.map((address) => `--remote=${address}`)], { home });
  return { ...result, document: JSON.parse(result.stdout) as Document };
}
