import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inHours, token, writeHome } from "../commands/json-home.ts";
import { createTemporaryHome, runCli } from "../run-cli.ts";
import { type Serving, startServe } from "../run-serve.ts";
import { waitFor } from "../wait.ts";

let [here, there] = [createTemporaryHome(), createTemporaryHome()];
let serving: Serving | null = null;

beforeEach(() => {
  [here, there] = [createTemporaryHome(), createTemporaryHome()];
  mkdirSync(join(here.path, "bin"));
});
afterEach(async () => {
  serving?.signal("SIGTERM");
  await serving?.ended;
  serving = null;
  here.remove();
  there.remove();
});

const down = () => join(here.path, "down");

/** Serves with a host beside this one that is asked over SSH, has an expired credential, and does not answer while `down` is there. */
async function serve(): Promise<Serving> {
  writeHome(there.path, { "anthropic:default": token(inHours(-1)) });
  const saved = join(here.path, "answer.json");
  writeFileSync(saved, (await runCli(["check", "--json", "--local"], { home: there.path })).stdout);
  const ssh = `#!/bin/sh\nif [ -e '${down()}' ]; then exit 255; fi\ncat '${saved}'\n`;
  writeFileSync(join(here.path, "bin/ssh"), ssh, { mode: 0o755 });
  const file = join(here.path, "its config.yaml");
  writeFileSync(file, 'schedule: "* * * * * *"\nremotes: [{ name: vps, url: "ssh://ada@vps.example.com" }]\n');
  const env = { PATH: `${join(here.path, "bin")}:${process.env["PATH"] ?? ""}` };
  serving = await startServe([`--config.file=${file}`], { home: here.path, env });
  return serving;
}

async function waitForLine({ log }: Serving, said: RegExp): Promise<Readonly<Record<string, unknown>>> {
  return waitFor(`a line that says ${said.source}`, () => log.find(({ msg }) => said.test(String(msg))) ?? null);
}

test("a command of the log can be run: one that masking would change gives way to the one that shows it", async () => {
  writeHome(here.path, { "anthropic:grace@example.com": token(inHours(-1)) });
  const server = await serve();
  const own = await waitForLine(server, /^profile anthropic:g\*\*\*@example\.com of main: expired/);
  expect(own["action"]).toBe(
    `agent-auth status --agent main --config.file '${join(here.path, "its config.yaml")}'  # shows the exact command; it holds what is masked here`,
  );
  const remote = await waitForLine(server, /^profile anthropic:default of main: expired/);
  expect(remote["action"]).toBe(
    "ssh -t ada@vps.example.com 'claude setup-token; openclaw models auth paste-token --provider anthropic --profile-id anthropic:default'",
  );
  expect(JSON.stringify(server.log)).not.toMatch(/grace@|CANARY/);
});

test("a host that comes back is named, and nothing is advised any more", async () => {
  writeHome(here.path, { "anthropic:default": token() });
  writeFileSync(down(), "");
  const server = await serve();
  const lost = await waitForLine(server, /^host vps: unreachable$/);
  expect(lost).toMatchObject({ level: "warn", remedy: expect.stringContaining("is not known: ") });
  rmSync(down());
  const back = await waitForLine(server, /^host vps: unreachable -> /);
  expect(back).toEqual({
    level: "info",
    time: expect.any(String),
    host: "vps",
    remedy: null,
    msg: "host vps: unreachable -> answers",
  });
  writeFileSync(down(), "");
  expect(await waitForLine(server, /^host vps: answers -> unreachable$/)).toMatchObject({ level: "warn", host: "vps" });
});
