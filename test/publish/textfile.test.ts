import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { writeDemoHome } from "../../src/demo/home.ts";
import { createTextfile, findTextfileMistake } from "../../src/publish/textfile.ts";
import { inHours, token, writeHome } from "../commands/json-home.ts";
import { parseExposition } from "../metrics/parse-exposition.ts";
import { requireProgram } from "../real-program.ts";
import { createTemporaryHome, runCli } from "../run-cli.ts";
import { startServe } from "../run-serve.ts";
import { waitFor } from "../wait.ts";

const READER = fileURLToPath(new URL("processes/textfile-reader.ts", import.meta.url));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-auth-textfile-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe("a path for the textfile collector", () => {
  test.each<readonly [string, string, RegExp]>([
    ["is fine with its suffix", "agents.prom", /^null$/],
    ["needs it", "agents.txt", /expected a name that ends in \.prom/],
    ["cannot have it as a directory's", "agents.prom/x", /expected a name that ends in \.prom/],
    ["is not in a state directory", ".openclaw/agents.prom", /outside of every agent's state directory/],
    ["is not in one with a name of its own", "srv/agents.prom", /outside of every agent's state directory/],
    ["quotes no secret", "sk-ant-api03-CANARY0123456789abcdefghij", /\[redacted\]/],
  ])("%s", (_name, path, mistake) => {
    mkdirSync(join(directory, "srv/agents"), { recursive: true });
    const found = findTextfileMistake(join(directory, path), { stateDirs: [join(directory, "srv")], env: {} });
    expect(String(found)).toMatch(mistake);
  });
});

describe("the textfile", () => {
  test("is readable for everybody whatever the umask, and leaves nothing beside it", async () => {
    const path = join(directory, "agents.prom");
    const umask = process.umask(0o077);
    try {
      expect(await createTextfile(path).publish("a 1\n")).toBeNull();
    } finally {
      process.umask(umask);
    }
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(readdirSync(directory)).toEqual(["agents.prom"]);
  });

  test("is not made in a directory of our own making", async () => {
    const missing = join(directory, "missing");
    expect(await createTextfile(join(missing, "agents.prom")).publish("a 1\n")).toBe(
      `${missing} does not exist; make it, and let node_exporter read it`,
    );
    expect(existsSync(missing)).toBe(false);
  });

  test("says what is in its way, and takes its temporary file away", async () => {
    mkdirSync(join(directory, "agents.prom"));
    const fault = await createTextfile(join(directory, "agents.prom")).publish("a 1\n");
    expect(fault).toMatch(/agents\.prom cannot be written \(EISDIR\); name a file instead of a directory$/);
    expect(readdirSync(directory)).toEqual(["agents.prom"]);
  });

  test("is never seen torn by a thousand concurrent readers", async () => {
    const path = join(directory, "agents.prom");
    const textfile = createTextfile(path);
    // Far more than one read or write takes at once.
    const say = (round: number): string => `round ${round} ${"x".repeat(200)}\n`.repeat(2_000);
    await textfile.publish(say(0));
    const readers = Array.from({ length: 4 }, () => startReader(path, 250));
    await Promise.all(readers.map(({ isReading }) => isReading));
    for (let round = 1; round <= 200; round += 1) expect(await textfile.publish(say(round))).toBeNull();
    const counts = await Promise.all(readers.map(({ stop }) => stop()));
    expect(counts.map(({ torn }) => torn)).toEqual([0, 0, 0, 0]);
    expect(counts.every(({ read }) => read >= 250)).toBe(true);
  }, 60_000);
});

describe("check --textfile", () => {
  const home = createTemporaryHome();
  beforeAll(() => writeHome(home.path, { "anthropic:a": token(inHours(30)) }));
  afterAll(() => home.remove());

  test("writes what --format prom prints, prints as ever, and keeps the exit code", async () => {
    const path = join(directory, "agents.prom");
    const { code, stdout, stderr } = await runCli(["check", "--warn=48h", "--textfile", path], { home: home.path });
    expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
    expect(stdout).toMatch(/^expiring: openclaw\/main/);
    const printed = await runCli(["check", "--warn=48h", "--format=prom"], { home: home.path });
    const names = (text: string) => parseExposition(text).map(({ name, labels }) => JSON.stringify([name, labels]));
    const text = readFileSync(path, "utf8");
    expect(names(text)).toEqual(names(printed.stdout));
    expect(text).toContain("\nagent_auth_last_check_code 2\n");
    expect(text).toMatch(/\nagent_auth_last_check_timestamp_seconds \d+/);
    expect(text).not.toMatch(/^(?:process|nodejs)_|^agent_auth_checks_total/m);
    // A timestamp behind a value makes node_exporter refuse the file.
    expect(text.split("\n").filter((line) => !/^(?:#.*|[^ "]*(?:"[^"]*"[^ "]*)*(?: \S+)?|)$/.test(line))).toEqual([]);
  });

  test.each<readonly [string, readonly string[], number, RegExp]>([
    ["a name without .prom", ["--textfile=agents.txt"], 64, /--textfile: expected a name that ends in \.prom/],
    ["a state directory", ["--textfile=.openclaw/a.prom"], 64, /--textfile: expected a place outside of every agent/],
    ["an empty path", ["--textfile="], 64, /--textfile: expected a path/],
    ["another time", ["--textfile=a.prom", "--at=+6h"], 64, /--textfile: expected no --at/],
    ["a missing directory", ["--textfile=none/a.prom"], 69, /textfile: .*none does not exist; make it/],
    ["the same, and something soon", ["--textfile=none/a.prom", "--warn=48h"], 69, /textfile: .*does not exist/],
    ["the same, and something wrong", ["--textfile=none/a.prom", "--state-dir=none"], 3, /textfile: .*does not exist/],
    ["the same as a plugin", ["--textfile=none/a.prom", "--exit-style=nagios"], 3, /textfile: .*does not exist/],
  ])("%s: %s", async (_name, args, code, words) => {
    const answer = await runCli(["check", ...args], { home: home.path });
    expect(answer.stderr).toMatch(words);
    expect(answer.code).toBe(code);
  });

  test("touches nothing when the check is refused", async () => {
    const path = join(directory, "agents.prom");
    expect((await runCli(["check", "--textfile", path, "--agent=nobody"], { home: home.path })).code).toBe(64);
    expect(existsSync(path)).toBe(false);
  });
});

describe("serve --textfile", () => {
  const home = createTemporaryHome();
  beforeAll(() => writeHome(home.path, { "anthropic:a": token(inHours(30)) }));
  afterAll(() => home.remove());

  test("writes it with each check, without the metrics that node_exporter has for itself", async () => {
    const path = join(directory, "agents.prom");
    const serving = await startServe(["--textfile", path], { home: home.path });
    const text = await waitFor("the file", () => (existsSync(path) ? readFileSync(path, "utf8") : null));
    expect(text).toContain('\nagent_auth_checks_total{outcome="ok"} 1\n');
    expect(text).toContain("\nagent_auth_check_duration_seconds_count 1\n");
    expect(text).not.toMatch(/^(?:process|nodejs)_/m);
    writeHome(home.path, { "anthropic:later": token(inHours(30)) });
    await waitFor("the next one", () => (readFileSync(path, "utf8").includes("anthropic:later") ? true : null));
    serving.signal("SIGTERM");
    expect(await serving.ended).toBe(0);
  });

  test("refuses a place in a state directory, also from the config", async () => {
    const config = join(home.path, "config.yaml");
    writeFileSync(config, `textfile: ${home.path}/.openclaw/agents.prom\n`);
    const { code, stderr } = await runCli(["serve", `--config.file=${config}`], { home: home.path });
    expect(stderr).toContain("agent-auth: textfile: expected a place outside of every agent's state directory");
    expect(code).toBe(78);
  });
});

const nodeExporter = requireProgram("prometheus-node-exporter");
const promtool = requireProgram("promtool");

describe.runIf(nodeExporter !== null && promtool !== null)("Debian's node_exporter", () => {
  const home = createTemporaryHome();
  let shown: string;
  let path: string;
  let exporter: ChildProcess;

  beforeAll(async () => {
    writeDemoHome(home.path, new Date());
    const collected = join(home.path, "collected");
    mkdirSync(collected);
    path = join(collected, "agent-auth.prom");
    await runCli(["check", "--quiet", "--textfile", path], { home: home.path });
    exporter = spawn(
      nodeExporter!,
      [
        "--web.listen-address=127.0.0.1:0",
        "--collector.disable-defaults",
        "--collector.textfile",
        `--collector.textfile.directory=${collected}`,
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let log = "";
    exporter.stderr!.setEncoding("utf8").on("data", (text: string) => (log += text));
    const address = await waitFor("node_exporter to listen", () => /address=(127\.0\.0\.1:\d+)/.exec(log)?.[1]);
    shown = await (await fetch(`http://${address}/metrics`)).text();
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => exporter.once("exit", resolve));
    exporter.kill();
    await ended;
    home.remove();
  });

  test("shows every series, beside its own metrics", () => {
    const keys = (text: string) =>
      parseExposition(text)
        .filter(({ name }) => name.startsWith("agent_auth_"))
        .map(
          ({ name, labels }) =>
            `${name} ${Object.entries(labels)
              .map(String)
              .toSorted((a, b) => a.localeCompare(b))
              .join()}`,
        )
        .toSorted((a, b) => a.localeCompare(b));
    const written = keys(readFileSync(path, "utf8"));
    expect(written.length).toBeGreaterThan(200);
    expect(keys(shown)).toEqual(written);
    expect(shown).toContain("\nnode_textfile_scrape_error 0\n");
    expect(shown).toContain(`node_textfile_mtime_seconds{file="${path}"}`);
  });

  test("writes what promtool has nothing to say about", () => {
    const { status, stdout, stderr } = spawnSync(promtool!, ["check", "metrics"], {
      input: readFileSync(path),
      encoding: "utf8",
    });
    expect(`${status} ${stdout}${stderr}`).toBe("0 ");
  });
});

interface Reader {
  readonly isReading: Promise<unknown>;
  stop(): Promise<{ readonly read: number; readonly torn: number }>;
}

function startReader(path: string, readers: number): Reader {
  const child = spawn(process.execPath, [READER, path, String(readers)], { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const ended = new Promise((resolve) => child.once("close", resolve));
  return {
    isReading: new Promise((resolve) => child.stdout.once("data", resolve)),
    async stop() {
      child.stdin.end();
      await ended;
      return JSON.parse(output.trim().split("\n").at(-1) ?? "") as { read: number; torn: number };
    },
  };
}
