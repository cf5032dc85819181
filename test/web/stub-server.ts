import { request } from "node:https";
import type { RequestOptions } from "node:https";
import { request as requestPlainly } from "node:http";
import type { ConnectionOptions } from "node:tls";
import { gzipSync } from "node:zlib";
import { pino } from "pino";
import { createWebServer, type WebOptions, type WebServer } from "../../src/web/server.ts";
import { NOW, snapshot } from "../metrics/sample-snapshot.ts";

/** A scrape in either format. */
export const STUB = "stub 1\n# EOF\n";

/** A server whose documents are a word each: what is tested is who gets them. */
export async function startStub(given: Partial<WebOptions>): Promise<WebServer> {
  return createWebServer({
    listenAddresses: ["127.0.0.1:0"],
    hosts: [],
    telemetryPath: "/metrics",
    isLifecycleEnabled: true,
    log: pino({ level: "silent" }),
    state: () => ({
      snapshot: snapshot(),
      lastCheckAt: NOW,
      nextCheckAt: null,
      overdueAt: null,
      isDemo: false,
    }),
    exposition: () => ({ bytes: async (_, encoding) => (encoding === "gzip" ? gzipSync(STUB) : Buffer.from(STUB)) }),
    statusJson: () => "{}",
    statusIdentity: () => "",
    reload: async () => undefined,
    emails: () => "masked",
    now: () => NOW,
    ...given,
  });
}

export interface StubAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** Of the server's certificate; empty without TLS. */
  readonly fingerprint: string;
}

/** Asks over a connection of its own unless there is an agent. `tls` null is plain HTTP. */
export async function askStub(
  { addresses: [address = ""] }: Pick<WebServer, "addresses">,
  { path = "/metrics", tls = null, user, ...rest }: AskOptions = {},
): Promise<StubAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<StubAnswer>();
  const [host, port] = address.split(":");
  const options: RequestOptions = {
    agent: false,
    host,
    port,
    path,
    ...tls,
    ...(user === undefined ? {} : { auth: user }),
    ...rest,
  };
  const sent = (tls === null ? requestPlainly : request)(options, (response) => {
    const fingerprint = tls === null ? "" : fingerprintOf(response.socket);
    let body = "";
    response.setEncoding("utf8").on("data", (text: string) => (body += text));
    response.on("end", () =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body, fingerprint }),
    );
    response.on("error", reject);
  });
  sent.on("error", reject);
  sent.end();
  return promise;
}

interface AskOptions extends RequestOptions {
  readonly path?: string;
  readonly tls?: (RequestOptions & Pick<ConnectionOptions, "socket">) | null;
  /** `name:password` */
  readonly user?: string;
}

function fingerprintOf(socket: unknown): string {
  const { getPeerCertificate } = socket as { getPeerCertificate: () => { fingerprint256: string } };
  return getPeerCertificate.call(socket).fingerprint256;
}
