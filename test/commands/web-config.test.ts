import { spawn } from "node:child_process";
import { compare, hashSync } from "bcryptjs";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeCertificates, writeSigned } from "../certificates.ts";
import { requireProgram } from "../real-program.ts";
import { type CliResult, createTemporaryHome, runCli } from "../run-cli.ts";
import { type Serving, startServe } from "../run-serve.ts";
import { waitFor } from "../wait.ts";
import { askStub, type StubAnswer } from "../web/stub-server.ts";

const HASH = hashSync("CANARY-right", 4);
const USERS = `basic_auth_users: { ada: ${HASH} }\n`;
const TLS = "tls_server_config: { cert_file: server.crt, key_file: server.key }\n";
const CLIENTS =
  "tls_server_config: { cert_file: server.crt, key_file: server.key, client_ca_file: ca.crt, client_auth_type: RequireAndVerifyClientCert }\n";
const GOOD = "agent_auth_config_last_reload_successful";
/** Who answers is not what is tested here. */
const ANY_CERTIFICATE = { rejectUnauthorized: false };

const script = requireProgram("script");

let home: ReturnType<typeof createTemporaryHome>;
let serving: Serving | null = null;

beforeEach(() => {
  home = createTemporaryHome();
  writeCertificates(home.path);
  write("config.yaml", 'schedule: "0 0 1 1 *"\n');
});
afterEach(async () => {
  serving?.signal("SIGKILL");
  await serving?.ended;
  serving = null;
  home.remove();
});

function write(name: string, text: string): string {
  const path = join(home.path, name);
  writeFileSync(path, text);
  return path;
}

/** Replaces a file in one step, as tools do that renew certificates. */
function replace(name: string, by: string): void {
  symlinkSync(by, join(home.path, "next"));
  renameSync(join(home.path, "next"), join(home.path, name));
}

async function start(text: string, args: readonly string[] = []): Promise<Serving> {
  write("web.yml", text);
  serving = await startServe(["--config.file", "config.yaml", "--web.config.file", "web.yml", ...args], {
    home: home.path,
    isReady: async (url) => text.includes("RequireAndVerify") || (await ask(url, "/readyz")).status === 200,
  });
  return serving;
}

/** By https where that is what answers. */
async function ask(url: string, path: string, user = "ada:CANARY-right"): Promise<StubAnswer> {
  const server = { addresses: [url.replace("http://", "")] };
  return askStub(server, { path, user, tls: ANY_CERTIFICATE }).catch(() => askStub(server, { path, user }));
}

async function metric({ url }: Serving, name: string, user?: string): Promise<string | undefined> {
  const { body } = await ask(url, "/metrics", user);
  const line = body.split("\n").find((text) => text.startsWith(`${name} `));
  return line?.split(" ")[1];
}

async function expectSoon(given: Serving, name: string, value: string, user?: string): Promise<void> {
  await waitFor(`${name} ${value}`, async () => ((await metric(given, name, user)) === value ? true : null));
}

function messages({ log }: Serving): readonly unknown[] {
  return log.map(({ msg }) => msg);
}

async function cli(args: readonly string[], input?: string): Promise<CliResult> {
  return runCli(args, { home: home.path, ...(input === undefined ? {} : { input }) });
}

describe("a web config that changes under a running server", () => {
  test("is taken at once when it is good, and the last good one stays when it is bad", async () => {
    const server = await start(USERS);
    expect((await ask(server.url, "/metrics", "ada:CANARY-wrong")).status).toBe(401);

    write("web.yml", "basic_auth_users: { eve: CANARY-plain }\n");
    await expectSoon(server, GOOD, "0");
    const complaint = server.log.find(({ msg }) => String(msg).startsWith("the web config cannot be used"));
    expect(complaint).toMatchObject({
      level: "error",
      problems: [
        expect.stringContaining("web.yml:1:26: `basic_auth_users.eve`: expected a bcrypt hash, got something else"),
      ],
    });
    expect(JSON.stringify(server.log)).not.toContain("CANARY");

    write("web.yml", `basic_auth_users: { eve: ${HASH} }\n`);
    await expectSoon(server, GOOD, "1", "eve:CANARY-right");
    expect((await ask(server.url, "/metrics")).status).toBe(401);
  });

  test("is read again upon SIGHUP, and spoils a reload that is good otherwise", async () => {
    const server = await start(USERS, ["--web.enable-lifecycle"]);
    rmSync(join(home.path, "web.yml"));
    await expectSoon(server, GOOD, "0");
    const address = { addresses: [server.url.replace("http://", "")] };
    const refused = await askStub(address, { path: "/-/reload", method: "POST", user: "ada:CANARY-right" });
    expect([refused.status, refused.body]).toEqual([
      500,
      expect.stringMatching(/^the config was reloaded; the web config stays as it was: .*web\.yml does not exist/),
    ]);
    write("web.yml", USERS);
    server.signal("SIGHUP");
    await expectSoon(server, GOOD, "1");
  });

  test("cannot turn on TLS without a restart, and says so", async () => {
    const server = await start(USERS);
    write("web.yml", USERS + TLS);
    await expectSoon(server, GOOD, "0");
    expect(JSON.stringify(server.log)).toContain("turning TLS on needs a restart");
  });

  test("certificates are renewed without losing a scrape", async () => {
    const server = await start(USERS + TLS);
    writeSigned(home.path, "renewed", "DNS:localhost");
    const before = (await ask(server.url, "/healthz")).fingerprint;
    let isOver = false;
    const statuses = new Set<number>();
    const scraping = (async () => {
      while (!isOver) statuses.add((await ask(server.url, "/metrics")).status);
    })();
    replace("server.crt", "renewed.crt");
    replace("server.key", "renewed.key");
    await waitFor("the new certificate", async () =>
      (await ask(server.url, "/healthz")).fingerprint === before ? null : true,
    );
    isOver = true;
    await scraping;
    expect([...statuses]).toEqual([200]);
    await expectSoon(server, GOOD, "1");
  });

  test("certificates in a volume that replaces a link beside them, as in Kubernetes, show with the next check", async () => {
    for (const [name, source] of [
      ["one", "server"],
      ["two", "renewed"],
    ] as const) {
      mkdirSync(join(home.path, "mount", name), { recursive: true });
      if (name === "two") writeSigned(home.path, "renewed", "DNS:localhost");
      for (const end of ["crt", "key"])
        symlinkSync(`../../${source}.${end}`, join(home.path, `mount/${name}/tls.${end}`));
    }
    symlinkSync("one", join(home.path, "mount/..data"));
    for (const end of ["crt", "key"]) symlinkSync(`..data/tls.${end}`, join(home.path, `mount/tls.${end}`));
    const server = await start("tls_server_config: { cert_file: mount/tls.crt, key_file: mount/tls.key }\n");
    const before = (await ask(server.url, "/healthz")).fingerprint;
    replace("mount/..data", "two");
    await waitFor("the new certificate", async () =>
      (await ask(server.url, "/healthz")).fingerprint === before ? null : true,
    );
    expect(messages(server)).toContain("web config reloaded");
  });
});

describe("a web config at the start", () => {
  test("that is bad is a mistake of the config", async () => {
    write("web.yml", "rate_limit: { interval: 1s }\n");
    const { code, stderr } = await cli([
      "serve",
      "--web.config.file",
      "web.yml",
      "--web.listen-address",
      "127.0.0.1:0",
    ]);
    expect([code, stderr]).toEqual([78, expect.stringContaining("`rate_limit`: expected burst beside interval")]);
  });

  test("may be named in the config", async () => {
    const path = write("web.yml", USERS);
    write("config.yaml", `web: { configFile: "${path}", listenAddress: "127.0.0.1:0" }\n`);
    serving = await startServe(["--config.file", "config.yaml"], {
      home: home.path,
      isReady: async (url) => (await fetch(`${url}/readyz`)).status === 401,
    });
    expect((await ask(serving.url, "/metrics")).status).toBe(200);
  });

  test("is validated by config check and by doctor", async () => {
    write("web.yml", `${USERS}http_server_config: { http2: true }\n`);
    const args = ["--config.file", "config.yaml", "--web.config.file", "web.yml"];
    const good = await cli(["config", "check", ...args]);
    expect([good.code, good.stdout]).toEqual([
      0,
      `config.yaml: valid\n${join(home.path, "web.yml")}: valid\n  http_server_config.http2: only HTTP/1.1 is spoken here; clients fall back to it\n`,
    ]);
    expect((await cli(["doctor", ...args])).stdout).toMatch(/✓ web config .*web\.yml is\s+valid/s);

    write("web.yml", "basic_auth_users: { ada: CANARY }\n");
    const bad = await cli(["config", "check", ...args]);
    expect([bad.code, bad.stderr]).toEqual([78, expect.stringContaining("expected a bcrypt hash")]);
    const doctor = await cli(["doctor", ...args]);
    expect(doctor.code).toBe(3);
    expect(doctor.stdout).toMatch(/✗ web config .*bcrypt/s);
    expect(bad.stderr + doctor.stdout).not.toContain("CANARY");
  });
});

describe("healthcheck", () => {
  test.each([
    ["without a web config", "", [], /^http:\/\/127\.0\.0\.1:\d+\/readyz: 200 ready\n$/],
    ["with a password", USERS, ["--web.config.file", "web.yml"], /^http:.*: alive; it asks for a password\n$/],
    ["with TLS", TLS, ["--web.config.file", "web.yml"], /^https:.*: 200 ready\n$/],
    [
      "with certificates of clients",
      CLIENTS,
      ["--web.config.file", "web.yml"],
      /^https:.*: alive; it asks for a client/,
    ],
  ])("finds its server well: %s", async (_, text, args, answer) => {
    const { url } = await start(text);
    const address = url.replace("http://", "");
    const { code, stdout } = await waitFor("the first check", async () => {
      const result = await cli(["healthcheck", "--web.listen-address", address, ...args]);
      return result.code === 0 ? result : null;
    });
    expect([code, stdout]).toEqual([0, expect.stringMatching(answer)]);
  });

  test("asks on loopback whoever listens everywhere, and reads neither config nor web config of an address given", async () => {
    const { url } = await start("");
    const port = new URL(url).port;
    expect((await cli(["healthcheck", "--web.listen-address", `0.0.0.0:${port}`])).code).toBe(0);
    write("config.yaml", "no: config");
    expect((await cli(["healthcheck", "--config.file", "config.yaml", `${url}/healthz`])).stdout).toBe(
      `${url}/healthz: 200 ok\n`,
    );
    expect((await cli(["healthcheck", "--config.file", "config.yaml"])).code).toBe(78);
  });

  test("finds ill who is not ready, who is somebody else, and who is not there", async () => {
    const other = createServer((request, response) => {
      const status = Number(request.url?.slice(1));
      response.writeHead(status, { "www-authenticate": 'Basic realm="other"' }).end("not ready: no check yet\nmore");
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    expect(await cli(["healthcheck", `${url}/503`])).toMatchObject({
      code: 1,
      stdout: `${url}/503: 503 not ready: no check yet\n`,
    });
    expect(await cli(["healthcheck", `${url}/401`])).toMatchObject({ code: 1 });
    await new Promise((resolve) => other.close(resolve));
    expect(await cli(["healthcheck", url])).toMatchObject({
      code: 1,
      stdout: `${url}: ECONNREFUSED; nothing listens there: is \`agent-auth serve\` running, with the same web.listenAddress?\n`,
    });
  });

  test.each([
    [["healthcheck", "ftp://localhost"], 64, 'healthcheck: expected an http or https address, got "ftp://localhost"'],
    [
      ["healthcheck", "--web.listen-address", "127.0.0.1:0"],
      78,
      "web.listenAddress: expected a port that can be asked",
    ],
  ])("%j is a mistake", async (args, code, message) => {
    expect(await cli(args)).toMatchObject({ code, stderr: expect.stringContaining(message) as string });
  });
});

describe("web hash", () => {
  test("makes what basic_auth_users wants, of a password that nobody sees", async () => {
    const { code, stdout, stderr } = await cli(["web", "hash"], "CANARY-right\n");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^\$2b\$10\$[./\w]{53}\n$/);
    expect(await compare("CANARY-right", stdout.trim())).toBe(true);
    write("web.yml", `basic_auth_users: { ada: ${stdout.trim()} }\n`);
    expect((await cli(["config", "check", "--web.config.file", "web.yml"])).code).toBe(0);
  });

  test.each([
    ["nothing", "", "expected a password on standard input, got none"],
    ["an empty line", "\n", "expected a password on standard input, got none"],
    ["two lines", "CANARY\nCANARY\n", "expected a password on one line, got several"],
    ["what bcrypt would cut", `CANARY${"ä".repeat(34)}`, "expected at most 72 bytes, got more"],
  ])("refuses %s", async (_, input, message) => {
    const { code, stderr } = await cli(["web", "hash"], input);
    expect([code, stderr]).toEqual([64, expect.stringContaining(message)]);
    expect(stderr).not.toContain("CANARY");
  });

  test.runIf(script !== null).each<[string, readonly string[], number, RegExp]>([
    ["asks twice and shows nothing of it", ["CANARY-right\r", "CANARY-right\r"], 0, /\$2b\$10\$[./\w]{53}/],
    ["refuses two that differ", ["CANARY-right\r", "CANARY-other\r"], 64, /expected the same password twice, got two/],
    ["can be interrupted", ["\u0003"], 64, /expected a password, got an interrupt/],
    ["and left", ["\u0004"], 64, /expected a password, got an interrupt/],
  ])("on a terminal it %s", async (_, answers, code, text) => {
    const command = `${process.execPath} ${join(import.meta.dirname, "../../src/bin.ts")} web hash`;
    const terminal = spawn(script ?? "", ["-qec", command, "/dev/null"], {
      env: { HOME: home.path, PATH: process.env["PATH"] },
    });
    let shown = "";
    terminal.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      shown += chunk;
      if (chunk.endsWith(": ")) terminal.stdin.write(answers[shown.split(": ").length - 2] ?? "");
    });
    const ended = await new Promise((resolve) => terminal.once("close", resolve));
    expect([ended, shown]).toEqual([code, expect.stringMatching(text)]);
    expect(shown).not.toContain("CANARY");
  });
});
