import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { hang, type Receiver, startReceiver } from "../channels/http-receiver.ts";
import { writeScenario } from "../golden-home.ts";
import { createTemporaryHome } from "../run-cli.ts";
import { type Serving, startServe } from "../run-serve.ts";
import { waitFor } from "../wait.ts";

const HOUR = 3_600_000;

const cleanUps: (() => void | Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

describe("serve beside a host that takes its time", () => {
  test("tells of this one at once, notices what changes, and calls the other neither up nor down", async () => {
    const [home, silent] = [emptyHome(), await openSilent()];
    writeStore(home, 48 * HOUR);
    const serving = await serveWith(home, `remotes:\n  - name: vps\n    url: ${silent.url}\n    timeout: 2m\n`);
    await waitFor("the question", () => (silent.received.length > 0 ? true : null));
    const metrics = await read(serving, "/metrics");
    expect(metrics).toContain('agent_auth_agent_can_answer{installation="openclaw",agent="main"} 1\n');
    expect(metrics).not.toContain('remote="vps"');
    const { exitCode, remotes, problems } = JSON.parse(await read(serving, "/api/v1/status")) as StatusDocument;
    expect([exitCode, remotes]).toEqual([3, [expect.objectContaining({ name: "vps", up: null, verdict: "ok" })]]);
    const message = `vps (${silent.url}) has not answered yet; never seen`;
    expect(problems).toEqual([{ reason: "pending", path: silent.url, message, count: 1 }]);

    writeStore(home, -HOUR);
    await waitFor("the change", async () =>
      (await read(serving, "/metrics")).includes('can_answer{installation="openclaw",agent="main"} 0\n') ? true : null,
    );
    expect(silent.received).toHaveLength(1);
    serving.signal("SIGTERM");
    expect(await serving.ended).toBe(0);
    expect(serving.log.filter(({ msg }) => /pending|nothing found/.test(String(msg)))).toEqual([]);
  });

  test("shows the others as they answer, each by itself", async () => {
    const [fine, silent] = [await serveWith(storeHome(48 * HOUR), ""), await openSilent()];
    const remotes = `remotes:\n  - name: vps\n    url: ${fine.url}\n  - name: nas\n    url: ${silent.url}\n    timeout: 2m\n`;
    const serving = await serveWith(emptyHome(), `${remotes}discovery: { local: false }\n`);
    const metrics = await waitFor("the host that answers", async () => {
      const text = await read(serving, "/metrics");
      return text.includes('agent_auth_remote_up{remote="vps"} 1\n') ? text : null;
    });
    expect(metrics).toContain('agent_auth_agent_can_answer{installation="vps-openclaw",agent="main"} 1\n');
    expect(metrics).not.toContain('remote="nas"');
    expect(serving.log.filter(({ msg }) => /nothing found|vps/.test(String(msg)))).toEqual([]);
  });
});

interface StatusDocument {
  readonly exitCode: number;
  readonly remotes: readonly object[];
  readonly problems: readonly object[];
}

async function openSilent(): Promise<Receiver> {
  const receiver = await startReceiver();
  cleanUps.push(() => receiver.close());
  receiver.behave(hang);
  return receiver;
}

async function serveWith(home: string, config: string): Promise<Serving> {
  const file = join(home, "config.yaml");
  writeFileSync(file, config);
  const serving = await startServe([`--config.file=${file}`], { home });
  cleanUps.push(() => end(serving));
  return serving;
}

async function end(serving: Serving): Promise<void> {
  serving.signal("SIGTERM");
  await serving.ended;
}

async function read({ url }: Serving, path: string): Promise<string> {
  return (await fetch(`${url}${path}`)).text();
}

function emptyHome(): string {
  const { path, remove } = createTemporaryHome();
  cleanUps.push(remove);
  mkdirSync(join(path, ".local", "state"), { recursive: true });
  return path;
}

function storeHome(expiresInMs: number): string {
  const home = emptyHome();
  writeStore(home, expiresInMs);
  return home;
}

function writeStore(home: string, expiresInMs: number): void {
  const token = { type: "token", provider: "anthropic", token: "CANARY-token", expires: Date.now() + expiresInMs };
  writeScenario(home, { store: { profiles: { "anthropic:default": token } } }, "one JSON file");
}
