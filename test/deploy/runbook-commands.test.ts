import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freeAddress } from "../../scripts/stack/programs.ts";
import { requireProgram } from "../real-program.ts";
import { waitFor } from "../wait.ts";
import { PROMETHEUS, ROOT } from "./rules.ts";

const alertmanager = requireProgram("prometheus-alertmanager");
const directory = mkdtempSync(join(tmpdir(), "agent-auth-runbooks-"));
const home = join(directory, "home");
const bin = join(directory, "bin");

/** What somebody would type, line by line. */
const COMMANDS = globSync("docs/runbooks/*.md", { cwd: ROOT })
  .sort()
  .flatMap((path) =>
    [...readFileSync(join(ROOT, path), "utf8").matchAll(/^```sh\n(.*?)^```$/gms)]
      .flatMap(([, block = ""]) => block.trim().split("\n"))
      .map((command) => [basename(path, ".md"), command] as const),
  );

function startingWith(program: string): readonly (readonly [page: string, command: string])[] {
  return COMMANDS.filter(([, command]) => command.startsWith(`${program} `));
}

beforeAll(() => {
  const config = join(home, ".config/agent-auth-exporter");
  for (const path of [config, bin]) mkdirSync(path, { recursive: true });
  // What the pages speak of: a host called vps and a heartbeat, where nobody listens, somebody to tell, and a textfile.
  const lines = [
    "channels: [{ name: mail, type: command, argv: ['true'] }]",
    'remotes: [{ name: vps, url: "http://127.0.0.1:9" }]',
    'heartbeat: { url: "http://127.0.0.1:9" }',
    `textfile: ${home}/agent-auth.prom`,
  ];
  writeFileSync(join(config, "config.yaml"), `${lines.join("\n")}\n`);
  const script = `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, "src/bin.ts")}' "$@"\n`;
  writeFileSync(join(bin, "agent-auth"), script);
  chmodSync(join(bin, "agent-auth"), 0o755);
  type("agent-auth check --notify");
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function type(command: string): { readonly code: number | null; readonly printed: string } {
  const env = { HOME: home, PATH: `${bin}:${process.env["PATH"]}` };
  const { status, stdout, stderr } = spawnSync("bash", ["-o", "pipefail", "-c", command], { env, encoding: "utf8" });
  return { code: status, printed: stdout + stderr };
}

test("every page has commands, of these programs", () => {
  const programs = COMMANDS.map(([, command]) => command.split(" ")[0]);
  expect(new Set(programs)).toEqual(new Set(["agent-auth", "amtool", "curl"]));
});

// 0 to 3 is what a check may find; anything else would be a mistake of the page or of ours.
test.each([...new Set(startingWith("agent-auth").map(([, command]) => command))])("%s", (command) => {
  const { code, printed } = type(command);
  expect([0, 1, 2, 3], printed).toContain(code);
});

describe.runIf(alertmanager !== null)("with a real Alertmanager", () => {
  let child: ChildProcess;
  let address: string;

  beforeAll(async () => {
    address = await freeAddress();
    const config = join(PROMETHEUS, "alertmanager.yml");
    const flags = [`--config.file=${config}`, `--storage.path=${directory}/data`, "--cluster.listen-address="];
    child = spawn(alertmanager!, [...flags, `--web.listen-address=${address}`], { stdio: "ignore" });
    await waitFor("Alertmanager", async () => ((await fetch(`http://${address}/-/ready`)).ok ? true : null));
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill();
    await ended;
  });

  test.each(startingWith("amtool"))("%s: %s", async (page, command) => {
    const { code, printed } = type(command.replace("127.0.0.1:9093", address));
    expect(code, printed).toBe(0);
    const silences = (await (await fetch(`http://${address}/api/v2/silences`)).json()) as { matchers: unknown }[];
    const isQuery = command.startsWith("amtool alert query");
    expect(isQuery || JSON.stringify(silences).includes(`"value":"${page}"`)).toBe(true);
  });
});
