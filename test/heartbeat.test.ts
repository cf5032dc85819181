import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHeartbeat, type Heartbeat, type HeartbeatOptions } from "../src/heartbeat.ts";

let server: Server;
let origin: string;
let heard: string[];
let failures: string[];
let status: number | null;
let location: string | null;

beforeEach(async () => {
  heard = [];
  failures = [];
  status = 200;
  location = null;
  server = createServer(({ method, url, headers }, response) => {
    heard.push([method, url, headers.authorization].filter(Boolean).join(" "));
    if (status === null) return;
    response.writeHead(status, location === null ? {} : { location }).end("CANARY-body");
    // Only the first request is sent elsewhere.
    if (location !== null) status = 200;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function create(given: Partial<HeartbeatOptions> & { readonly path?: string } = {}): Heartbeat {
  const { path = "/ping/CANARY", ...options } = given;
  return createHeartbeat({
    style: "healthchecks",
    secret: (name) => (name === "url" ? origin + path : null),
    timeoutMs: 5_000,
    fetch,
    userAgent: "agent-auth-exporter/test",
    onFailure: (detail) => failures.push(detail),
    ...options,
  });
}

async function beat(heartbeat: Heartbeat, isSuccess: boolean): Promise<void> {
  heartbeat.start();
  await heartbeat.settle();
  heartbeat.end(isSuccess, 1_234.5);
  await heartbeat.settle();
}

describe("each style", () => {
  it.each([
    ["healthchecks", "/ping/CANARY", ["POST /ping/CANARY/start", "POST /ping/CANARY"]],
    ["healthchecks", "/ping/CANARY/?rid=1", ["POST /ping/CANARY/start?rid=1", "POST /ping/CANARY/?rid=1"]],
    ["uptime-kuma", "/api/push/CANARY", ["GET /api/push/CANARY?status=up&msg=OK&ping=1235"]],
    ["uptime-kuma", "/api/push/CANARY?status=up&msg=OK&ping=", ["GET /api/push/CANARY?status=up&msg=OK&ping=1235"]],
    ["gatus", "/api/v1/endpoints/a_b/external", ["POST /api/v1/endpoints/a_b/external?success=true&duration=1235ms"]],
  ] as const)("says that a check went well: %s %s", async (style, path, expected) => {
    await beat(create({ style, path }), true);
    expect(heard).toEqual(expected);
    expect(failures).toEqual([]);
  });

  it.each([
    ["healthchecks", "POST /p/fail"],
    ["uptime-kuma", "GET /p?status=down&msg=the+check+broke+off&ping=1235"],
    ["gatus", "POST /p?success=false&error=the+check+broke+off&duration=1235ms"],
  ] as const)("says that a check broke off: %s", async (style, expected) => {
    await beat(create({ style, path: "/p" }), false);
    expect(heard.at(-1)).toBe(expected);
  });

  it("carries a token", async () => {
    const secret = (name: string): string => (name === "url" ? `${origin}/p` : "CANARY-token");
    await beat(create({ style: "gatus", secret }), true);
    expect(heard).toEqual(["POST /p?success=true&duration=1235ms Bearer CANARY-token"]);
  });
});

it("sends the credentials of an address as a header", async () => {
  const secret = (name: string): string | null =>
    name === "url" ? `${origin.replace("//", "//ada:CANARY@")}/p` : null;
  await beat(create({ style: "gatus", secret }), true);
  expect([heard, failures]).toEqual([
    [`POST /p?success=true&duration=1235ms Basic ${Buffer.from("ada:CANARY").toString("base64")}`],
    [],
  ]);
});

it("follows a redirect within the same origin only: the address is meant for nobody else", async () => {
  location = "/elsewhere";
  status = 307;
  await beat(create({ style: "gatus", path: "/p" }), true);
  const stranger = createServer((_, response) => {
    heard.push("stranger");
    response.end();
  });
  await new Promise<void>((resolve) => {
    stranger.listen(0, "127.0.0.1", resolve);
  });
  status = 307;
  location = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/`;
  await beat(create({ style: "gatus", path: "/q" }), true);
  stranger.closeAllConnections();
  stranger.close();
  expect(heard).toEqual([
    "POST /p?success=true&duration=1235ms",
    "POST /elsewhere",
    "POST /q?success=true&duration=1235ms",
  ]);
  expect(failures).toEqual(["HTTP 307 Temporary Redirect: configure the final address instead"]);
});

describe("a ping that fails", () => {
  it.each([
    ["an answer that is no success", () => (status = 404), {}, "HTTP 404 Not Found"],
    ["no answer", () => (status = null), { timeoutMs: 50 }, "no answer within 0.05 s"],
    ["nobody there", () => server.close(), {}, "no answer (ECONNREFUSED)"],
    ["no address", () => undefined, { secret: () => null }, "no address"],
    ["a broken address", () => undefined, { secret: () => "CANARY" }, "ERR_INVALID_URL"],
    [
      "a secret that cannot be read",
      () => undefined,
      {
        secret: () => {
          throw new RangeError("CANARY");
        },
      },
      "RangeError",
    ],
  ])("is told without its address, and thrown at nobody: %s", async (_, spoil, given, expected) => {
    spoil();
    await beat(create(given), true);
    expect(failures).toEqual([expected, expected]);
  });
});

it("keeps the order, and skips what nobody needs to hear any more", async () => {
  const heartbeat = create({ path: "/p" });
  heartbeat.start();
  heartbeat.end(false, 1);
  heartbeat.start();
  heartbeat.end(true, 1);
  await heartbeat.settle();
  expect(heard).toEqual(["POST /p/start", "POST /p/start", "POST /p"]);
});
