import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeScenario } from "../golden-home.ts";
import { requireProgram } from "../real-program.ts";
import { runCli } from "../run-cli.ts";
import { startSshd } from "./sshd.ts";

process.env["PATH"] += `${delimiter}/usr/sbin`;
const SSHD = requireProgram("sshd");
const SSH = requireProgram("ssh");
const BIN = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "src/bin.ts");
const USER = userInfo().username;

describe.runIf(SSHD !== null && SSH !== null)("a remote over SSH", () => {
  const directory = mkdtempSync(join(tmpdir(), "agent-auth-ssh-"));
  const [here, there, bin] = ["here", "there", "bin"].map((name) => join(directory, name)) as [string, string, string];
  const program = join(bin, "agent-auth-there");
  let port = 0;
  let stop: () => Promise<void> = async () => undefined;

  beforeAll(async () => {
    for (const path of [here, there, bin]) mkdirSync(path);
    const server = await startSshd(SSHD ?? "", directory);
    ({ port, stop } = server);
    script(program, `HOME='${there}' exec '${process.execPath}' '${BIN}' "$@"`);
    script(join(bin, "endless"), "exec yes");
    script(join(bin, "ssh"), `exec '${SSH ?? ""}' -F '${server.clientConfig}' "$@"`);
  });
  afterAll(async () => {
    await stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const check = async (remote: { readonly program?: string; readonly port?: number }, ...args: readonly string[]) => {
    const file = join(here, "config.yaml");
    const url = `ssh://${USER}@127.0.0.1:${remote.port ?? port}`;
    const lines = [`name: vps`, `url: ${url}`, `program: ${remote.program ?? program}`, `timeout: 15s`];
    writeFileSync(file, `discovery: { local: false }\nremotes:\n  - ${lines.join("\n    ")}\n`);
    const env = { PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` };
    return runCli(["check", `--config.file=${file}`, ...args], { home: here, env });
  };

  test("is checked there, and says here what to type", async () => {
    writeStore(there, -3_600_000);
    const { code, stdout, stderr } = await check({});
    expect([code, stderr]).toEqual([1, ""]);
    expect(stdout).toMatch(
      /^expired: vps-openclaw\/main anthropic:default, 1h ago → ssh -t -p \d+ \S+@127\.0\.0\.1 'claude setup-token; /,
    );
    writeStore(there, 48 * 3_600_000);
    expect((await check({})).code).toBe(0);
  });

  test("tells of itself alone: two that watch each other would start ever more checks", async () => {
    writeStore(there, 48 * 3_600_000);
    const config = join(there, ".config/agent-auth-exporter/config.yaml");
    mkdirSync(dirname(config), { recursive: true });
    writeFileSync(config, "discovery: { local: false }\nremotes: [{ url: 'http://127.0.0.1:9' }]\n");
    const { code, stdout } = await check({});
    rmSync(config);
    expect([code, stdout]).toEqual([0, "ok: 1 profile of 1 agent checked, nothing to do\n"]);
  });

  test.each<[string, Parameters<typeof check>[0], string]>([
    [
      "lacks the program",
      { program: "/nowhere/agent-auth" },
      "`/nowhere/agent-auth` cannot be started there; name its full path in `program`",
    ],
    [
      "has no such port",
      { port: 9 },
      "ssh cannot log in: ssh: connect to host 127.0.0.1 port 9: Connection refused; try it by hand",
    ],
    ["never ends its answer", { program: join(bin, "endless") }, "the answer is larger than 16777216 bytes"],
    ["answers with something else", { program: "/bin/echo" }, "it answers with something other than JSON"],
  ])("a host that %s is not known", async (_name, remote, expected) => {
    const { code, stdout } = await check(remote);
    expect(code).toBe(3);
    expect(stdout).toContain(expected);
  });
});

function script(path: string, line: string): void {
  writeFileSync(path, `#!/bin/sh\n${line}\n`);
  chmodSync(path, 0o755);
}

function writeStore(home: string, expiresInMs: number): void {
  const token = { type: "token", provider: "anthropic", token: "CANARY-token", expires: Date.now() + expiresInMs };
  writeScenario(home, { store: { profiles: { "anthropic:default": token } } }, "one JSON file");
}
