import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent } from "node:https";
import type { RequestOptions } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { hash } from "bcryptjs";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { loadWebConfig } from "../../src/config/web-file.ts";
import { ConfigError } from "../../src/errors.ts";
import type { WebSecurity } from "../../src/web-security.ts";
import type { WebOptions, WebServer } from "../../src/web/server.ts";
import { writeCertificates, writeIn, writeSigned } from "../certificates.ts";
import { askStub, startStub, STUB } from "./stub-server.ts";

let directory: string;
let passwordHash: string;
const opened: WebServer[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "agent-auth-security-"));
  writeCertificates(directory);
  writeSigned(directory, "stranger", "DNS:prometheus.example.org", true);
  writeSigned(directory, "other", "DNS:other.example.org");
  writeSigned(directory, "renewed", "DNS:localhost,IP:127.0.0.1");
  passwordHash = await hash("CANARY-right", 4);
});
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close(0);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const TLS = "tls_server_config: { cert_file: server.crt, key_file: server.key";

function configured(text: string): WebSecurity {
  return loadWebConfig(writeIn(directory, "web.yml", text), new Date()).security;
}

async function start(text: string, given: Partial<WebOptions> = {}): Promise<WebServer> {
  const server = await startStub({ security: configured(text), ...given });
  opened.push(server);
  return server;
}

const users = (): string => `basic_auth_users: { ada: ${passwordHash} }\n`;
const RIGHT = "ada:CANARY-right";

function read(name: string): string {
  return readFileSync(join(directory, name), "utf8");
}

/** What a client has for TLS: our authority, and a certificate of its own or none. */
function client(name: string | null = null): RequestOptions {
  const own = name === null ? {} : { cert: read(`${name}.crt`), key: read(`${name}.key`) };
  return { ca: read("ca.crt"), ...own };
}

/** Everything that comes back for bytes as they are, until the server closes. */
async function sendRaw({ addresses: [address = ""] }: WebServer, bytes: string): Promise<string> {
  const [host, port] = address.split(":");
  const { promise, resolve } = Promise.withResolvers<string>();
  let received = "";
  const socket = connect(Number(port), host);
  socket.on("data", (chunk) => (received += chunk.toString("latin1")));
  socket.on("error", () => undefined);
  socket.on("close", () => resolve(received));
  socket.write(bytes);
  return promise;
}

describe("a password", () => {
  it.each([
    ["GET", "/", 200],
    ["GET", "/metrics", 200],
    ["GET", "/healthz", 200],
    ["GET", "/readyz", 200],
    ["GET", "/api/v1/status", 200],
    ["GET", "/nothing", 404],
    ["GET", "/%E0%A4%A", 400],
    ["GET", "/../etc/passwd", 404],
    ["POST", "/-/reload", 200],
    ["DELETE", "/metrics", 405],
  ])("is asked for at %s %s", async (method, path, status) => {
    const server = await start(users());
    const refused = await askStub(server, { method, path });
    expect(refused).toMatchObject({
      status: 401,
      headers: {
        "www-authenticate": 'Basic realm="agent-auth-exporter", charset="UTF-8"',
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
      },
      body: "expected a user and a password of the web config\n",
    });
    expect((await askStub(server, { method, path, user: RIGHT })).status).toBe(status);
    expect((await askStub(server, { method, path, user: "ada:CANARY-wrong" })).status).toBe(401);
  });

  it("is not asked for where there are no users", async () => {
    expect((await askStub(await start(""))).status).toBe(200);
  });

  it("is checked again once the users are others, on an open connection too", async () => {
    const server = await start(`${TLS} }\n${users()}`);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = () => askStub(server, { agent, tls: client(), user: RIGHT });
    expect((await ask()).status).toBe(200);
    server.secure(configured(`${TLS} }\nbasic_auth_users: { ada: ${await hash("CANARY-new", 4)} }`));
    expect((await ask()).status).toBe(401);
    server.secure(configured(`${TLS} }\n${users()}`));
    expect((await ask()).status).toBe(200);
    agent.destroy();
  });

  it("stands in no log, and who tried is told once a minute", async () => {
    const lines: string[] = [];
    const log = pino({ level: "trace" }, { write: (line) => void lines.push(line) });
    const server = await start(users(), { log });
    for (const user of ["ada:CANARY-wrong", "CANARY-name:x", RIGHT, "eve:CANARY-right"])
      await askStub(server, { user });
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      "a wrong user or password was refused",
    ]);
    expect(lines.join()).not.toContain("CANARY");
  });

  it("does not make the server read a body", async () => {
    const server = await start(users());
    const answer = await sendRaw(
      server,
      "POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 [^]*\r\nconnection: close\r\n/i);
  });
});

describe("headers of the web config", () => {
  const text = `http_server_config:
  headers: { X-Frame-Options: sameorigin, Strict-Transport-Security: max-age=5, Content-Security-Policy: "" }`;

  it.each([
    ["/metrics", {}, 200],
    ["/", {}, 200],
    ["/nothing", {}, 404],
    ["/%E0%A4%A", {}, 400],
    ["/", { host: "evil.example" }, 421],
  ])("replace ours at %s", async (path, headers, status) => {
    const answer = await askStub(await start(text), { path, headers });
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      "x-frame-options": "sameorigin",
      "strict-transport-security": "max-age=5",
      "referrer-policy": "no-referrer",
    });
    expect(answer.headers).not.toHaveProperty("content-security-policy");
  });

  it("change without a restart", async () => {
    const server = await start(text);
    server.secure(configured(""));
    expect((await askStub(server)).headers).toMatchObject({ "x-frame-options": "deny" });
  });
});

describe("a rate limit", () => {
  it("answers 429 to what is too much, whoever asks", async () => {
    const server = await start(`rate_limit: { interval: 1h, burst: 2 }\n${users()}`);
    const statuses = [];
    for (const user of [RIGHT, "ada:CANARY-wrong", RIGHT]) statuses.push((await askStub(server, { user })).status);
    expect(statuses).toEqual([200, 401, 429]);
    expect((await askStub(server)).headers["retry-after"]).toBe("1");
  });
});

describe("names under which it is asked, with a list of them", () => {
  it("are looked at on every address", async () => {
    const server = await start("", { listenAddresses: ["0.0.0.0:0"], hosts: ["agents.example"] });
    const ask = (host: string) =>
      askStub({ addresses: [server.addresses[0]!.replace("0.0.0.0", "127.0.0.1")] }, { headers: { host } });
    expect((await ask("agents.example")).status).toBe(200);
    expect((await ask("evil.example")).status).toBe(421);
  });
});

describe("TLS", () => {
  it("serves, and speaks nothing older than the config says", async () => {
    const server = await start(`${TLS}, min_version: TLS13 }`);
    expect((await askStub(server, { tls: client() })).body).toBe(STUB);
    await expect(askStub(server, { tls: { ...client(), maxVersion: "TLSv1.2" } })).rejects.toThrow("protocol version");
  });

  it.each([
    ["lets a client go on with its session for a day, which covers most schedules", "", true],
    ["looks at certificates of clients again before that", ", client_auth_type: RequireAnyClientCert", false],
  ])("%s", async (_name, more, isLong) => {
    const { addresses } = await start(`${TLS}${more} }`);
    const args = ["s_client", "-connect", addresses[0] ?? "", "-cert", "client.crt", "-key", "client.key"];
    const openssl = promisify(execFile)("openssl", [...args, "-ign_eof"], { cwd: directory });
    openssl.child.stdin?.end("GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    const { stdout } = await openssl;
    expect(stdout).toContain("200 OK");
    expect(stdout.includes("ticket lifetime hint: 86400 (seconds)")).toBe(isLong);
  });

  it("and nothing newer", async () => {
    const server = await start(`${TLS}, max_version: TLS12 }`);
    await expect(askStub(server, { tls: { ...client(), minVersion: "TLSv1.3" } })).rejects.toThrow("protocol version");
  });

  it("takes only the suites and curves of the config", async () => {
    const suites = "cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384], curve_preferences: [CurveP384]";
    const server = await start(`${TLS}, max_version: TLS12, ${suites} }`);
    const ask = (ciphers: string, ecdhCurve: string) => askStub(server, { tls: { ...client(), ciphers, ecdhCurve } });
    // The certificate itself is of P-256.
    expect((await ask("ECDHE-ECDSA-AES256-GCM-SHA384", "P-384:P-256")).status).toBe(200);
    await expect(ask("ECDHE-ECDSA-AES128-GCM-SHA256", "P-384:P-256")).rejects.toThrow("handshake failure");
    await expect(ask("ECDHE-ECDSA-AES256-GCM-SHA384", "P-256")).rejects.toThrow("handshake failure");
  });

  it.each([
    ["plain HTTP", "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["what is nothing", "\u0000\u0001garbage\r\n\r\n"],
    ["a handshake that stops", "\u0016\u0003\u0001\u0002\u0000\u0001"],
  ])("closes upon %s, and serves on", async (_, bytes) => {
    const server = await start(`${TLS} }`, { limits: { headersTimeoutMs: 100 } });
    expect(await sendRaw(server, bytes)).not.toContain("stub 1");
    expect((await askStub(server, { tls: client() })).status).toBe(200);
  });

  it("gives up on a client that does not finish its request", async () => {
    const server = await start(`${TLS} }`, { limits: { headersTimeoutMs: 100, requestTimeoutMs: 100 } });
    const { promise, resolve } = Promise.withResolvers<string>();
    const { connect: connectSecurely } = await import("node:tls");
    const socket = connectSecurely({
      port: Number(server.addresses[0]!.split(":")[1]),
      ca: read("ca.crt"),
      host: "127.0.0.1",
    });
    let received = "";
    socket.on("data", (chunk) => (received += chunk.toString()));
    socket.on("close", () => resolve(received));
    socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    expect(await promise).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe("a client certificate", () => {
  /** Depends on who was faster, the answer or the end of the connection. */
  const CLOSED = /socket hang up|ECONNRESET|EPIPE|socket disconnected/;
  const CA = "client_ca_file: ca.crt";
  const NAMES = "client_allowed_sans: [prometheus.example.org]";
  const everybody = [null, "client", "other", "stranger"] as const;

  it.each<[string, string, readonly (string | null)[]]>([
    ["NoClientCert", "", everybody],
    ["RequestClientCert", "", everybody],
    ["RequireAnyClientCert", "", ["client", "other", "stranger"]],
    ["RequireAnyClientCert", NAMES, ["client", "stranger"]],
    ["VerifyClientCertIfGiven", CA, [null, "client", "other"]],
    ["RequireAndVerifyClientCert", CA, ["client", "other"]],
    ["RequireAndVerifyClientCert", `${CA}, ${NAMES}`, ["client"]],
    ["RequireAndVerifyClientCert", `${CA}, client_allowed_sans: ["0:0:0:0:0:0:0:1"]`, ["client"]],
    ["RequireAndVerifyClientCert", `${CA}, client_allowed_sans: ["spiffe://example.org/prometheus"]`, ["client"]],
    ["RequireAndVerifyClientCert", `${CA}, client_allowed_sans: []`, []],
  ])("%s %s", async (type, more, welcome) => {
    const server = await start(`${TLS}, client_auth_type: ${type}${more === "" ? "" : `, ${more}`} }`);
    const found = [];
    for (const name of everybody) {
      // Node speaks before it knows whether it is let in, so that it sees a connection that is gone.
      const status = await askStub(server, { tls: client(name) }).then(
        ({ status: code }) => code,
        () => null,
      );
      if (status === 200) found.push(name);
    }
    expect(found).toEqual(welcome);
  });

  it("of an authority that was taken out is of no use on an open connection either", async () => {
    const demand = "client_auth_type: RequireAndVerifyClientCert";
    const server = await start(`${TLS}, ${CA}, ${demand} }`);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = () => askStub(server, { agent, tls: client("client") });
    expect((await ask()).status).toBe(200);
    server.secure(configured(`${TLS}, client_ca_file: stranger.crt, ${demand} }`));
    await expect(ask()).rejects.toThrow(CLOSED);
    await expect(askStub(server, { tls: client("client") })).rejects.toThrow(CLOSED);
    expect((await askStub(server, { tls: client("stranger") })).status).toBe(200);
    agent.destroy();
  });

  it("of an authority that was taken out is of no use on a connection that waited with its handshake", async () => {
    const demand = "client_auth_type: RequireAndVerifyClientCert";
    const server = await start(`${TLS}, ${CA}, ${demand} }`);
    const port = Number(server.addresses[0]?.split(":")[1]);
    const socket = connect(port, "127.0.0.1");
    // Answered after the first connection was taken.
    expect((await askStub(server, { tls: client("client") })).status).toBe(200);
    server.secure(configured(`${TLS}, client_ca_file: stranger.crt, ${demand} }`));
    await expect(askStub(server, { tls: { ...client("client"), socket } })).rejects.toThrow(CLOSED);
  });
});

describe("a new certificate", () => {
  it("is shown to new connections, and no scrape is lost", async () => {
    const server = await start(`${TLS} }`);
    const agents = Array.from({ length: 4 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    const scrape = (agent: Agent) => askStub(server, { agent, tls: client() });
    const before = await Promise.all(agents.map(scrape));
    const renewed = TLS.replaceAll("server.", "renewed.");
    const during = agents.flatMap((agent) => [scrape(agent), scrape(agent)]);
    server.secure(configured(`${renewed} }`));
    const after = agents.flatMap((agent) => [scrape(agent), scrape(agent), scrape(agent)]);
    const answers = [...before, ...(await Promise.all([...during, ...after]))];
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const last = await Promise.all(agents.map(scrape));
    const fresh = (await askStub(server, { tls: client() })).fingerprint;
    expect(fresh).not.toBe(before[0]?.fingerprint);
    expect(new Set(last.map(({ fingerprint }) => fingerprint))).toEqual(new Set([fresh]));
    for (const agent of agents) agent.destroy();
  });
});

describe("what only a restart can change", () => {
  it.each([
    ["TLS off", `${TLS} }`, "", "tls_server_config: turning TLS off needs a restart"],
    ["TLS on", "", `${TLS} }`, "tls_server_config: turning TLS on needs a restart"],
    [
      "asking for certificates",
      `${TLS} }`,
      `${TLS}, client_auth_type: RequireAnyClientCert }`,
      "tls_server_config.client_auth_type: asking for certificates needs a restart",
    ],
    [
      "no longer asking for them",
      `${TLS}, client_auth_type: RequireAnyClientCert }`,
      `${TLS} }`,
      "tls_server_config.client_auth_type: no longer asking for certificates needs a restart",
    ],
  ])("%s", async (_, before, after, message) => {
    const server = await start(before);
    const refusal = () => server.secure(configured(`${after}\n${users()}`));
    expect(refusal).toThrow(ConfigError);
    expect(refusal).toThrow(`${message}; the web config before it stays in force until agent-auth is restarted`);
    const tls = before === "" ? null : client("client");
    expect((await askStub(server, { tls })).status, "without a password, as before").toBe(200);
  });
});

describe("strangers who can connect", () => {
  it.each([
    ["nobody on loopback", "", ["127.0.0.1:0"], []],
    [
      "everybody",
      "",
      ["0.0.0.0:0"],
      [/^everybody who reaches this address can read everything .* --web\.config\.file, or listen on 127/],
    ],
    ["everybody, over TLS", `${TLS} }`, ["0.0.0.0:0"], [/^everybody who reaches/]],
    [
      "passwords in the clear",
      "users",
      ["127.0.0.1:0", "0.0.0.0:0"],
      [/^passwords cross the network for everybody to read; set tls_server_config/],
    ],
    ["both", `${TLS} }\nusers`, ["0.0.0.0:0"], []],
    [
      "certificates for all",
      `${TLS}, client_ca_file: ca.crt, client_auth_type: RequireAndVerifyClientCert }`,
      ["0.0.0.0:0"],
      [],
    ],
    [
      "certificates of anybody",
      `${TLS}, client_auth_type: RequireAnyClientCert }`,
      ["0.0.0.0:0"],
      [/^everybody who reaches/],
    ],
  ])("%s", async (_, text, listenAddresses, warnings) => {
    const lines: string[] = [];
    const log = pino(
      { level: "warn" },
      { write: (line) => void lines.push((JSON.parse(line) as { msg: string }).msg) },
    );
    await start(text.replace("users", users()), { log, listenAddresses });
    expect(lines).toEqual(warnings.map((warning) => expect.stringMatching(warning) as string));
  });
});
