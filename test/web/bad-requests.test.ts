import { once } from "node:events";
import { METHODS } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { waitFor } from "../wait.ts";
import { ask, sendRaw, start } from "./asking.ts";

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
