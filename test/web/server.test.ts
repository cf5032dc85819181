import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { ConfigError, UnavailableError } from "../../src/errors.ts";
import { NOW, minutesFromNow, snapshot } from "../metrics/sample-snapshot.ts";
import { ask, opened, READY, sendRaw, start } from "./asking.ts";

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
