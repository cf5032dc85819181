import { request } from "node:http";
import { connect } from "node:net";
import { pino } from "pino";
import { afterEach } from "vitest";
import { createExposition } from "../../src/metrics/expose.ts";
import { createWebServer } from "../../src/web/server.ts";
import type { WebOptions, WebServer } from "../../src/web/server.ts";
import type { WebState } from "../../src/web/state.ts";
import { NOW, minutesFromNow, richSnapshot, snapshot } from "../metrics/sample-snapshot.ts";

const BUILD = { version: "0.1.0", revision: "abc", nodeVersion: "v24.0.0" };
export const READY: WebState = {
  snapshot: snapshot(),
  lastCheckAt: NOW,
  nextCheckAt: minutesFromNow(5),
  overdueAt: minutesFromNow(15),
  isDemo: false,
};

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export const opened: WebServer[] = [];

afterEach(async () => {
  for (const server of opened.splice(0)) await server.close(0);
});

/** Serves a full snapshot until the end of the test; returns where. */
export async function start(given: Partial<WebOptions> = {}): Promise<string> {
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
export async function ask(
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
export async function sendRaw(address: string, bytes: string): Promise<string> {
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
