import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { hostname } from "node:os";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { ConfigError, UnavailableError } from "../errors.ts";
import { formatListenAddress, isLoopback, parseListenAddress } from "../listen-address.ts";
import type { ListenAddress } from "../listen-address.ts";
import { createHostCheck } from "./allowed-host.ts";
import { CONTENT_SECURITY_POLICY } from "./page-style.ts";
import type { RouteOptions } from "./routes.ts";
import { addRoutes } from "./routes.ts";

export interface WebOptions extends RouteOptions {
  /** At least one, in the forms of `parseListenAddress`. */
  readonly listenAddresses: readonly string[];
  /** Names under which a loopback address answers, besides those of this machine. */
  readonly hosts: readonly string[];
  readonly log: FastifyBaseLogger;
  readonly limits?: Partial<WebLimits>;
}

/** How long and how much a client may ask for. */
interface WebLimits {
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** A connection on which nothing moves, for example because the client does not read its answer. */
  readonly idleTimeoutMs: number;
  readonly maxHeaderBytes: number;
  readonly maxConnections: number;
}

export interface WebServer {
  /** Where it listens, with the ports the system chose. */
  readonly addresses: readonly string[];
  /** Takes no more connections, lets answers under way end for so long, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

const LIMITS: WebLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  idleTimeoutMs: 30_000,
  maxHeaderBytes: 8_192,
  maxConnections: 512,
};

/** Longer than the usual scrape interval of a minute, so that Prometheus keeps its connection. */
const KEEP_ALIVE_MS = 75_000;

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

const HTTP_OF_PARSER = new Map([
  ["HPE_HEADER_OVERFLOW", "431 Request Header Fields Too Large"],
  ["ERR_HTTP_REQUEST_TIMEOUT", "408 Request Timeout"],
]);

/**
 * Serves until closed. Throws a ConfigError for an address that is none, and an UnavailableError when one cannot be
 * had; then none is left open.
 */
export async function createWebServer(options: WebOptions): Promise<WebServer> {
  const addresses = options.listenAddresses.map(readAddress);
  const app = await createApp(options);
  const servers: Server[] = [];
  try {
    for (const address of addresses) {
      const answer = isLoopback(address) ? answerOwnNames(app, options.hosts) : answerAll(app);
      servers.push(await listen(answer, address, { ...LIMITS, ...options.limits }));
    }
  } catch (error) {
    await closeAll(servers, 0);
    throw error;
  }
  const found = servers.map(addressOf);
  for (const address of found.filter((given) => !isLoopback(given))) {
    options.log.warn(
      { address: formatListenAddress(address) },
      "everybody who reaches this address can read the metrics",
    );
  }
  return {
    addresses: found.map(formatListenAddress),
    async close(graceMs) {
      await closeAll(servers, graceMs);
      await app.close();
    },
  };
}

async function createApp(options: WebOptions): Promise<FastifyInstance> {
  const { LogController, fastify } = await import("fastify");
  const app = fastify({
    loggerInstance: options.log,
    // A line per scrape would bury the lines that matter.
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (_error, _request, reply) => {
      reply.raw.writeHead(400, { ...HEADERS, "content-type": "text/plain" }).end("not a valid path\n");
    },
  });
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(HEADERS);
    const { "content-length": length = "0", "transfer-encoding": transfer } = request.headers;
    if (transfer !== undefined || Number(length) > 0) {
      reply.header("connection", "close").code(413).type("text/plain");
      return reply.send("no route takes a body\n");
    }
    return undefined;
  });
  // No body gets this far; an empty one may still come with any content type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  const allowed = addRoutes(app, options);
  app.setNotFoundHandler(async (request, reply) => {
    const methods = allowed.get(request.url.split("?", 1)[0] ?? "");
    reply.type("text/plain");
    if (methods === undefined) return reply.code(404).send("not found\n");
    return reply.code(405).header("allow", methods).send(`this path takes ${methods}\n`);
  });
  app.setErrorHandler(async (error: Error & { readonly statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) options.log.error({ err: error, path: request.url }, "a request failed");
    const text = status >= 500 ? "internal error; the log says more\n" : "bad request\n";
    return reply.code(status).type("text/plain").send(text);
  });
  await app.ready();
  return app;
}

/** Fastify routes, and the sockets are ours: it cannot listen on several addresses. */
async function listen(answer: RequestListener, address: ListenAddress, limits: WebLimits): Promise<Server> {
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, 5_000),
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: limits.maxHeaderBytes,
    },
    answer,
  );
  server.maxConnections = limits.maxConnections;
  server.setTimeout(limits.idleTimeoutMs);
  server.on("clientError", answerBadRequest);
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once("error", reject);
  server.listen({ port: address.port, host: address.host }, () => resolve(undefined));
  try {
    await promise;
  } catch (error) {
    throw explainListenError(error, address);
  }
  return server;
}

function answerAll(app: FastifyInstance): RequestListener {
  return (request, response) => app.routing(request, response);
}

/** Who listens on a loopback address means to be read from this machine alone, so not by a page of another site. */
function answerOwnNames(app: FastifyInstance, listed: readonly string[]): RequestListener {
  const isAllowed = createHostCheck({ ownName: hostname(), listed });
  return (request, response) => {
    if (isAllowed(request.headers.host)) {
      app.routing(request, response);
      return;
    }
    const remedy = "ask for localhost or an address, or list the name in web.hosts of the config";
    response.writeHead(421, { ...HEADERS, "content-type": "text/plain; charset=utf-8", connection: "close" });
    response.end(`this host name is not expected here: ${remedy}\n`);
  };
}

function answerBadRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = HTTP_OF_PARSER.get(error.code ?? "") ?? "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function readAddress(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address !== null) return address;
  const expected = "HOST:PORT, such as 127.0.0.1:10884, [::1]:10884 or :10884";
  throw new ConfigError(`web.listenAddress: expected ${expected}, got ${JSON.stringify(text)}`);
}

const LISTEN_ERRORS = new Map([
  ["EADDRINUSE", "the address is in use; stop what listens there (ss -ltnp shows it)"],
  ["EACCES", "ports below 1024 need privileges"],
  ["EADDRNOTAVAIL", "this host has no such address"],
  ["ENOTFOUND", "the name is not known"],
  ["EAI_AGAIN", "the name cannot be looked up"],
]);

function explainListenError(error: unknown, address: ListenAddress): Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = LISTEN_ERRORS.get(code);
  if (reason === undefined) return error instanceof Error ? error : new Error(String(error));
  const link = reason.includes("; ") ? ", or" : ";";
  const finding = `cannot listen on ${formatListenAddress(address)}: ${reason}`;
  return new UnavailableError(`${finding}${link} choose another with --web.listen-address`, { cause: error });
}

function addressOf(server: Server): ListenAddress {
  const { address, port } = server.address() as AddressInfo;
  return { host: address, port };
}

async function closeAll(servers: readonly Server[], graceMs: number): Promise<void> {
  const cut = setTimeout(() => {
    for (const server of servers) server.closeAllConnections();
  }, graceMs);
  // A connection kept alive is idle only once its answer has gone out.
  const sweep = setInterval(() => {
    for (const server of servers) server.closeIdleConnections();
  }, 50);
  try {
    await Promise.all(servers.map(closeOne));
  } finally {
    clearTimeout(cut);
    clearInterval(sweep);
  }
}

async function closeOne(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.close(() => resolve(undefined));
  await promise;
}
