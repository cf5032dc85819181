import { once } from "node:events";
import { METHODS, request } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { ConfigError, UnavailableError } from "../../src/errors.ts";
import { createExposition } from "../../src/metrics/expose.ts";
import { createWebServer } from "../../src/web/server.ts";
import type { WebOptions, WebServer } from "../../src/web/server.ts";
import type { WebState } from "../../src/web/state.ts";
import { NOW, minutesFromNow, richSnapshot, snapshot } from "../metrics/sample-snapshot.ts";
import { waitFor } from "../wait.ts";

const BUILD = { version: "0.1.0", revision: "abc", nodeVersion: "v24.0.0" };
const READY: WebState = {
  snapshot: snapshot(),
  lastCheckAt: NOW,
  nextCheckAt: minutesFromNow(5),
  overdueAt: minutesFromNow(15),
  isDemo: false,
};

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const opened: WebServer[] = [];

afterEach(async () => {
  for (const server of opened.splice(0)) await server.close(0);
});

async function start(given: Partial<WebOptions> = {}): Promise<string> {
  const publisher = await createExposition({
    emails: "masked",
    maxSeries: 10_000,
    hasRuntime: true,
    isDemo: false,
    build: BUILD,
    now: NOW,
  });
  await publisher.finishCheck({
    snapshot: richSnapshot(),
    outcome: "ok",
    durationSeconds: 0.1,
    finishedAt: NOW,
    nextCheckAt: NOW,
  });
  const server = await createWebServer({
    listenAddresses: ["127.0.0.1:0"],
    hosts: [],
    telemetryPath: "/metrics",
    isLifecycleEnabled: false,
    log: pino({ level: "silent" }),
    state: () => READY,
    exposition: () => publisher.current,
    statusJson: (shown) => JSON.stringify({ generatedAt: shown.generatedAt }),
    statusIdentity: (shown) => JSON.stringify(shown.generatedAt),
    reload: async () => undefined,
    emails: () => "masked",
    now: () => NOW,
    ...given,
  });
  opened.push(server);
  return server.addresses[0]!;
}

/** node:http rather than fetch, which tidies up paths and headers before they are sent. */
async function ask(
  address: string,
  path: string,
  { method = "GET", headers = {}, body = "" }: Asked = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(address)!;
  const sent = request({ host, port, path, method, headers, agent: false }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () =>
      resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
    );
  });
  sent.on("error", reject);
  sent.end(body);
  return promise;
}

/** Sends bytes as they are and returns everything that comes back until the server closes. */
async function sendRaw(address: string, bytes: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const [host, port] = address.split(":");
  let received = "";
  const socket = connect(Number(port), host);
  socket.on("data", (chunk) => (received += chunk.toString()));
  socket.on("error", () => undefined);
  socket.on("close", () => resolve(received));
  socket.write(bytes);
  return promise;
}

describe("GET /metrics", () => {
  it("is plain text, whole, and the same for sixteen who ask at once", async () => {
    const address = await start();
    const answers = await Promise.all(Array.from({ length: 16 }, () => ask(address, "/metrics")));
    expect(new Set(answers.map(({ body }) => body.toString())).size).toBe(1);
    expect(answers[0]).toMatchObject({
      status: 200,
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8", vary: "accept, accept-encoding" },
    });
    expect(answers[0]?.body.toString()).toContain("agent_auth_profile_status{");
  });

  it("is OpenMetrics for who asks for it", async () => {
    const answer = await ask(await start(), "/metrics", {
      headers: { accept: "application/openmetrics-text; version=1.0.0" },
    });
    expect(answer.headers["content-type"]).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(answer.body.toString().endsWith("\n# EOF\n")).toBe(true);
  });

  it("is compressed for who asks for it", async () => {
    const address = await start();
    const plain = await ask(address, "/metrics", { headers: { "accept-encoding": "gzip;q=0" } });
    const packed = await ask(address, "/metrics", { headers: { "accept-encoding": "gzip" } });
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(packed.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
  });

  it("answers HEAD with the length and no body, and takes a query", async () => {
    const address = await start();
    const head = await ask(address, "/metrics?name[]=x", { method: "HEAD" });
    const { body } = await ask(address, "/metrics");
    expect(head).toMatchObject({ status: 200, headers: { "content-length": String(body.length) } });
    expect(head.body).toHaveLength(0);
  });

  it("moves with the telemetry path, to / too", async () => {
    expect((await ask(await start({ telemetryPath: "/probe" }), "/probe")).status).toBe(200);
    const address = await start({ telemetryPath: "/" });
    expect((await ask(address, "/")).body.toString()).toContain("# HELP");
    expect((await ask(address, "/metrics")).status).toBe(404);
  });
});

describe("GET /readyz and /healthz", () => {
  it.each([
    ["ready while the last check is recent", {}, NOW, 200, "ready\n"],
    ["not before the first check", { lastCheckAt: null }, NOW, 503, "not ready: the first check has not ended yet\n"],
    ["still ready at the third run that was due", {}, minutesFromNow(15), 200, "ready\n"],
    [
      "not ready past it",
      {},
      new Date(minutesFromNow(15).getTime() + 1),
      503,
      "not ready: the last check ended at 2026-03-01T12:00:00.000Z, and three more were due since\n",
    ],
  ])("%s", async (_, given, now, status, text) => {
    const address = await start({ state: () => ({ ...READY, ...given }), now: () => now });
    const answer = await ask(address, "/readyz");
    expect([answer.status, answer.body.toString()]).toEqual([status, text]);
    expect((await ask(address, "/healthz")).body.toString()).toBe("ok\n");
  });
});

describe("GET /api/v1/status", () => {
  it("is the JSON of the snapshot, made once for it", async () => {
    let rendered = 0;
    let state = READY;
    const statusJson = () => `{"rendered":${(rendered += 1)}}`;
    const address = await start({ statusJson, statusIdentity: () => String(rendered), state: () => state });
    const first = await ask(address, "/api/v1/status");
    expect(first.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect((await ask(address, "/api/v1/status")).body.toString()).toBe('{"rendered":1}');
    state = { ...READY, snapshot: snapshot() };
    const packed = await ask(address, "/api/v1/status", { headers: { "accept-encoding": "gzip" } });
    expect(gunzipSync(packed.body).toString()).toBe('{"rendered":2}');
    expect(packed.headers["etag"]).not.toBe(first.headers["etag"]);
  });

  it("is not sent again to who has it", async () => {
    const address = await start();
    const { headers } = await ask(address, "/api/v1/status");
    const etag = String(headers["etag"]);
    const again = await ask(address, "/api/v1/status", { headers: { "if-none-match": `"other", ${etag}` } });
    expect([again.status, again.body.length, again.headers["etag"]]).toEqual([304, 0, etag]);
    expect((await ask(address, "/api/v1/status", { headers: { "if-none-match": '"other"' } })).status).toBe(200);
  });

  it("is not sent again to who has one that differs by the clock alone", async () => {
    let state = READY;
    let identity = "";
    const address = await start({ state: () => state, statusIdentity: () => identity });
    const etag = String((await ask(address, "/api/v1/status")).headers["etag"]);
    const askAgain = () => ask(address, "/api/v1/status", { headers: { "if-none-match": etag } });
    state = { ...READY, snapshot: snapshot({ generatedAt: minutesFromNow(5) }) };
    const unchanged = await askAgain();
    expect(unchanged.status).toBe(304);
    expect(unchanged.headers["agent-auth-checked-at"]).toBe(minutesFromNow(5).toISOString());
    identity = "other";
    state = { ...READY, snapshot: snapshot() };
    expect((await askAgain()).status).toBe(200);
  });

  it("is unavailable before the first check", async () => {
    expect((await ask(await start({ state: () => ({ ...READY, snapshot: null }) }), "/api/v1/status")).status).toBe(
      503,
    );
  });
});

describe("GET /", () => {
  it("is the page, with a policy that lets nothing run", async () => {
    const answer = await ask(await start(), "/");
    expect(answer.body.toString()).toContain("<h1>Agent credentials</h1>");
    expect(answer.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
    expect(answer.headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; /);
  });
});

describe("POST /-/reload", () => {
  it("is off unless enabled", async () => {
    const answer = await ask(await start(), "/-/reload", { method: "POST" });
    expect([answer.status, answer.body.toString()]).toEqual([403, expect.stringContaining("--web.enable-lifecycle")]);
  });

  it("reloads", async () => {
    let reloads = 0;
    const address = await start({ isLifecycleEnabled: true, reload: async () => void (reloads += 1) });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect((await ask(address, "/-/reload", { method: "POST", headers })).status).toBe(200);
    expect(reloads).toBe(1);
  });

  it.each<[string, Readonly<Record<string, string>>, number]>([
    ["another site", { "sec-fetch-site": "cross-site" }, 403],
    ["another port of this site", { "sec-fetch-site": "same-site" }, 403],
    ["another site, in an older browser", { origin: "http://evil.example" }, 403],
    ["a page that keeps its origin to itself", { origin: "null" }, 403],
    ["another port, in an older browser", { origin: "http://127.0.0.1:1" }, 403],
    ["its own page", { "sec-fetch-site": "same-origin", origin: "http://agents.example", host: "agents.example" }, 200],
  ])("of a request from %s", async (_, headers, status) => {
    const address = await start({ isLifecycleEnabled: true, hosts: ["agents.example"] });
    expect((await ask(address, "/-/reload", { method: "POST", headers })).status).toBe(status);
  });

  it("tells why a config was refused, and nothing of an error of our own", async () => {
    const refuse = (error: Error) => ({ isLifecycleEnabled: true, reload: () => Promise.reject(error) });
    const refused = await ask(
      await start(refuse(new ConfigError("nothing changed: bad, key sk-ant-CANARY-0123456789"))),
      "/-/reload",
      { method: "POST" },
    );
    expect([refused.status, refused.body.toString()]).toEqual([500, "nothing changed: bad, key [redacted]\n"]);
    const broken = await ask(await start(refuse(new Error("at /src/secret.ts CANARY"))), "/-/reload", {
      method: "POST",
    });
    expect([broken.status, broken.body.toString()]).toEqual([500, "internal error; the log says more\n"]);
  });
});

describe("names under which it is asked", () => {
  it.each(["/", "/api/v1/status", "/metrics", "/nothing"])("421 for a foreign name at %s of loopback", async (path) => {
    const answer = await ask(await start(), path, { headers: { host: "evil.example:80" } });
    expect(answer.status).toBe(421);
    expect(answer.body.toString()).toBe(
      "this host name is not expected here: ask for localhost or an address, or list the name in web.hosts of the config\n",
    );
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  });

  it("421 on loopback in the clothes of IPv6 too", async () => {
    const [, port] = /:(\d+)$/.exec(await start({ listenAddresses: ["[::ffff:127.0.0.1]:0"] }))!;
    const askFor = (host: string) => ask(`127.0.0.1:${port}`, "/", { headers: { host } });
    expect([(await askFor("evil.example")).status, (await askFor("localhost")).status]).toEqual([421, 200]);
  });

  it("answers to a name of the config", async () => {
    const address = await start({ hosts: ["agents.example"] });
    expect((await ask(address, "/", { headers: { host: "agents.example" } })).status).toBe(200);
  });

  it("answers to any name where others can connect", async () => {
    const [, port] = /:(\d+)$/.exec(await start({ listenAddresses: ["0.0.0.0:0"] }))!;
    const answer = await ask(`127.0.0.1:${port}`, "/", { headers: { host: "monitoring.lan" } });
    expect(answer.status).toBe(200);
  });
});

describe("bad requests", () => {
  it.each([
    ["an unknown path", "/nothing"],
    ["a path upwards", "/../../etc/passwd"],
    ["an encoded path upwards", "/%2e%2e/%2e%2e/etc/passwd"],
    ["a doubled slash", "//"],
    ["a trailing slash", "/metrics/"],
    ["another case", "/METRICS"],
    ["a URL with an unknown path", "http://example.com/nothing"],
    ["a prototype's name", "/__proto__"],
  ])("404 for %s", async (_, path) => {
    const answer = await ask(await start(), path);
    expect([answer.status, answer.body.toString()]).toEqual([404, "not found\n"]);
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  });

  it("400 for a path that cannot be decoded", async () => {
    const answer = await ask(await start(), "/%E0%A4%A");
    expect([answer.status, answer.body.toString()]).toEqual([400, "not a valid path\n"]);
  });

  it.each([
    ["POST", "/metrics", "GET, HEAD"],
    ["DELETE", "/", "GET, HEAD"],
    ["OPTIONS", "/api/v1/status", "GET, HEAD"],
    ["PROPFIND", "/healthz?x", "GET, HEAD"],
    ["GET", "/-/reload", "POST"],
  ])("405 for %s %s", async (method, path, allow) => {
    expect(await ask(await start(), path, { method })).toMatchObject({ status: 405, headers: { allow } });
  });

  it("405 for every method that Node.js knows and no path takes", async () => {
    const address = await start();
    // A tunnel is no request for a path.
    const methods = METHODS.filter((method) => !["GET", "HEAD", "CONNECT"].includes(method));
    for (const method of methods) {
      const received = await sendRaw(
        address,
        `${method} /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      expect(`${method} ${received}`).toMatch(/^\S+ HTTP\/1\.1 405 .*\r\nallow: GET, HEAD\r\n/is);
    }
  });

  it.each([
    [
      "a method that nobody knows",
      "BREW /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
      /^HTTP\/1\.1 405 .*\r\nAllow: GET, HEAD\r\n/s,
    ],
    [
      "one on the way to another path",
      "BREW /-/reload HTTP/1.1\r\nHost: localhost\r\n\r\n",
      /^HTTP\/1\.1 405 .*\r\nAllow: POST\r\n/s,
    ],
    ["one in small letters", "get /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", /^HTTP\/1\.1 405 /],
    [
      "none, behind a good request",
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n\u0016\u0003\r\n\r\n",
      /^HTTP\/1\.1 400 /,
    ],
  ])("an answer to %s", async (_, bytes, answer) => {
    expect(await sendRaw(await start(), bytes)).toMatch(answer);
  });

  it("reads a request line that never ends no longer than it is", async () => {
    const address = await start();
    // Each took seconds, and all else waited, while the pattern went back over what it had read.
    for (let round = 0; round < 50; round++) {
      expect(await sendRaw(address, `BREW /${"x".repeat(60_000)} `)).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(await sendRaw(address, "BREW /metrics?a=1 HTTP/1.1\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 405 .*\nAllow: GET, HEAD\r/s,
    );
  });

  it.each([
    ["of a length", { body: "x".repeat(100_000) }],
    ["in chunks", { body: "x", headers: { "transfer-encoding": "chunked" } }],
    ["that calls itself JSON", { body: "{", headers: { "content-type": "application/json" } }],
  ])("413 for a body %s", async (_, asked) => {
    const answer = await ask(await start({ isLifecycleEnabled: true }), "/-/reload", { method: "POST", ...asked });
    expect([answer.status, answer.headers["connection"]]).toEqual([413, "close"]);
  });

  it.each([
    ["431 for headers that do not end", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}`, "HTTP/1.1 431 "],
    ["400 for what is not HTTP", "\u0016\u0003\u0001 hello\r\n\r\n", "HTTP/1.1 400 "],
    ["400 without a host", "GET /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "],
    [
      "400 for two lengths",
      "POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "HTTP/1.1 400 ",
    ],
  ])("%s", async (_, bytes, status) => {
    const received = await sendRaw(await start(), bytes);
    expect(received.slice(0, status.length)).toBe(status);
    expect(received).not.toMatch(/\.[jt]s:\d/);
  });

  it.each([
    [
      "HTTP/1.0 without a host",
      "GET /healthz HTTP/1.0\r\n\r\n",
      /^HTTP\/1\.1 200 .*\r\nConnection: close\r\n.*\r\nok\n$/is,
    ],
    ["an address in full", "GET http://localhost/healthz HTTP/1.0\r\n\r\n", /^HTTP\/1\.1 (?:200|404) /],
    ["no path", "OPTIONS * HTTP/1.0\r\n\r\n", /^HTTP\/1\.1 40[045] /],
    ["a tunnel", "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n", /^$/],
    [
      "another protocol",
      "GET /healthz HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
      /^HTTP\/1\.1 200 /,
    ],
    [
      "an expectation nobody has",
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\nExpect: cake\r\nConnection: close\r\n\r\n",
      /^HTTP\/1\.1 417 /,
    ],
    [
      "a header over two lines",
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n",
      /^HTTP\/1\.1 (?:200|400) /,
    ],
    [
      "a length and chunks",
      "POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
      /^HTTP\/1\.1 400 (?!.*HTTP\/1\.1)/s,
    ],
  ])("has an answer to %s, and serves on", async (_, bytes, answer) => {
    const address = await start({ limits: { idleTimeoutMs: 200 } });
    expect(await sendRaw(address, bytes)).toMatch(answer);
    expect((await ask(address, "/healthz")).status).toBe(200);
  });

  it("gives up on a client that does not finish its request", async () => {
    const address = await start({ limits: { headersTimeoutMs: 100, requestTimeoutMs: 100 } });
    expect(await sendRaw(address, "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ")).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("hangs up on a client that neither reads its answer nor stops", async () => {
    const limits = { headersTimeoutMs: 100, requestTimeoutMs: 100, maxConnections: 1 };
    const address = await start({ limits });
    const socket = connect(Number(address.split(":")[1]), "127.0.0.1", () => {
      socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    });
    socket.on("error", () => undefined);
    const trickle = setInterval(() => socket.write("a"), 20);
    const status = () =>
      ask(address, "/healthz").then(
        (answer) => answer.status,
        () => null,
      );
    await waitFor("its place to be taken", async () => ((await status()) === null ? true : null));
    expect(await waitFor("room for somebody else", status)).toBe(200);
    clearInterval(trickle);
    socket.destroy();
  });

  it("leaves room for others, however many connections one address holds", async () => {
    const address = await start({ limits: { maxConnections: 6 } });
    const port = Number(address.split(":")[1]);
    const ended: Socket[] = [];
    const sockets = Array.from({ length: 20 }, () => connect({ port, host: "127.0.0.1", localAddress: "127.0.0.2" }));
    for (const socket of sockets) socket.on("error", () => undefined).on("close", () => ended.push(socket));
    await waitFor("the rest to be turned away", async () => (ended.length === 17 ? true : null));
    expect((await ask(address, "/healthz")).status).toBe(200);
    // A place is free again as soon as a connection ends.
    sockets.find((socket) => !ended.includes(socket))?.destroy();
    const again = await waitFor("a place", async () => {
      const socket = connect({ port, host: "127.0.0.1", localAddress: "127.0.0.2" });
      socket.on("error", () => undefined).write("GET /healthz HTTP/1.0\r\n\r\n");
      const [answer] = await Promise.race([once(socket, "data"), once(socket, "close")]);
      return Buffer.isBuffer(answer) ? answer.toString() : null;
    });
    expect(again).toMatch(/^HTTP\/1\.1 200 /);
    for (const socket of sockets) socket.destroy();
  });

  it("gives up on a connection on which nothing comes", async () => {
    expect(await sendRaw(await start({ limits: { idleTimeoutMs: 100 } }), "")).toBe("");
  });
});

describe("listening", () => {
  it("serves on several addresses", async () => {
    await start({ listenAddresses: ["127.0.0.1:0", "[::1]:0", ":0"] });
    const { addresses } = opened[0]!;
    expect(addresses).toHaveLength(3);
    const answers = await Promise.all(addresses.slice(0, 2).map((address) => ask(address, "/healthz")));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });

  it("says what to do when an address is taken, and keeps none of the others", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as AddressInfo;
    const error: unknown = await start({ listenAddresses: ["127.0.0.1:0", `127.0.0.1:${port}`] }).catch(
      (reason: unknown) => reason,
    );
    taken.close();
    expect(error).toBeInstanceOf(UnavailableError);
    expect(String(error)).toContain(`cannot listen on 127.0.0.1:${port}: the address is in use`);
    expect(String(error)).toContain("--web.listen-address");
  });

  it.each([
    // Without a network nobody says so for good.
    ["a name that does not exist", "does-not-exist.invalid:0", "the name (?:is not known|cannot be looked up)"],
    ["an address of another host", "192.0.2.1:0", "this host has no such address"],
  ])("says what is wrong with %s", async (_, address, finding) => {
    await expect(start({ listenAddresses: [address] })).rejects.toThrow(
      new RegExp(`^cannot listen on ${address}: ${finding}; choose another with --web\\.listen-address$`),
    );
  });

  it("refuses an address that is none", async () => {
    await expect(start({ listenAddresses: ["10884"] })).rejects.toThrow(ConfigError);
  });

  it("warns of an address that others can reach", async () => {
    const lines: string[] = [];
    const log = pino({ level: "warn" }, { write: (line) => void lines.push(line) });
    await start({ listenAddresses: ["127.0.0.1:0", "0.0.0.0:0"], log });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/"addresses":\["0\.0\.0\.0:\d+"\]/);
  });
});

describe("close", () => {
  it("lets an answer under way end", async () => {
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    const asked = Promise.withResolvers<undefined>();
    const address = await start({
      exposition: () => ({
        bytes: () => {
          asked.resolve(undefined);
          return promise;
        },
      }),
    });
    const answer = ask(address, "/metrics");
    await asked.promise;
    const closed = opened.pop()!.close(5_000);
    resolve(Buffer.from("late\n"));
    expect((await answer).body.toString()).toBe("late\n");
    await closed;
    await expect(ask(address, "/healthz")).rejects.toThrow("ECONNREFUSED");
  });

  it("does not wait for ever for clients that hang", async () => {
    const address = await start();
    const hanging = sendRaw(address, "GET /metrics HTTP/1.1\r\nHost: x\r\n");
    const idle = sendRaw(address, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await ask(address, "/healthz");
    await opened.pop()!.close(100);
    expect(await hanging).toBe("");
    expect(await idle).toContain("200 OK");
  });
});
