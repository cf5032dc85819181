import { createServer, METHODS, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { UnavailableError } from "../errors.ts";
import { formatListenAddress, type ListenAddress } from "../listen-address.ts";
import type { TlsSettings } from "../web-security.ts";
import { isClientWelcome } from "./client-certificate.ts";

/** How long and how much a client may ask for. */
export interface WebLimits {
  /** Also for the TLS handshake. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** A connection on which nothing moves, for example because the client does not read its answer. */
  readonly idleTimeoutMs: number;
  readonly maxHeaderBytes: number;
  readonly maxConnections: number;
}

export interface Answers {
  readonly answer: RequestListener;
  /** Path to the methods that it takes, for who asks with one that gets no further than the parser. */
  readonly allowed: ReadonlyMap<string, string>;
}

export interface Listener {
  readonly server: Server;
  /** Ends every connection, also one whose handshake is not over, which the server itself does not know yet. */
  cutAll(): void;
  /** New connections get these settings; older ones end with their next request, unanswered if others are let in now. */
  secure(tls: TlsSettings): void;
}

/** Longer than the usual scrape interval of a minute, so that Prometheus keeps its connection. */
const KEEP_ALIVE_MS = 75_000;

/** One address leaves as many connections to others as it may hold itself. */
const SHARE_OF_ONE = 0.5;

/** For the answer to somebody who is turned away to arrive. */
const FAREWELL_MS = 1_000;

const HTTP_OF_PARSER = new Map([
  ["HPE_HEADER_OVERFLOW", "431 Request Header Fields Too Large"],
  ["ERR_HTTP_REQUEST_TIMEOUT", "408 Request Timeout"],
]);

/** Listens, with TLS where there are settings for it. Throws an UnavailableError when the address cannot be had. */
export async function listen(
  { answer, allowed }: Answers,
  address: ListenAddress,
  limits: WebLimits,
  tls: TlsSettings | null,
): Promise<Listener> {
  const common = {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, 5_000),
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: limits.maxHeaderBytes,
  };
  const { server, secure } =
    tls === null
      ? { server: createServer(common, answer), secure: () => undefined }
      : createSecure(answer, common, tls);
  const sockets = new Set<Socket>();
  const held = new Map<string, number>();
  const maxHeld = Math.ceil(limits.maxConnections * SHARE_OF_ONE);
  server.on("connection", (socket: Socket) => {
    const { remoteAddress: from = "" } = socket;
    const count = (held.get(from) ?? 0) + 1;
    if (count > maxHeld) {
      socket.destroy();
      return;
    }
    held.set(from, count);
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      const left = (held.get(from) ?? 1) - 1;
      if (left === 0) held.delete(from);
      else held.set(from, left);
    });
  });
  server.maxConnections = limits.maxConnections;
  server.setTimeout(limits.idleTimeoutMs);
  server.on("clientError", (error, socket: Socket) => answerBadRequest(error, socket, allowed));
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once("error", reject);
  server.listen({ port: address.port, host: address.host }, () => resolve(undefined));
  try {
    await promise;
  } catch (error) {
    throw explainListenError(error, address);
  }
  return {
    server,
    secure,
    cutAll() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** True when a client is asked for a certificate, which Node decides once for a server. */
export function asksForCertificate({ clientAuth }: TlsSettings): boolean {
  return clientAuth !== "NoClientCert";
}

function createSecure(
  answer: RequestListener,
  common: { readonly headersTimeout: number },
  initial: TlsSettings,
): Pick<Listener, "server" | "secure"> {
  let current = initial;
  const madeUnder = new WeakMap<Socket, TlsSettings>();
  const server: TlsServer = createTlsServer(
    {
      ...common,
      ...initial.context,
      handshakeTimeout: common.headersTimeout,
      requestCert: asksForCertificate(initial),
      // Told below, where all kinds of client_auth_type are.
      rejectUnauthorized: false,
    },
    (request, response) => {
      const before = madeUnder.get(request.socket);
      if (before !== undefined && before !== current) {
        if (!letsInTheSame(before, current)) return void request.socket.destroy();
        response.setHeader("connection", "close");
      }
      answer(request, response);
    },
  );
  // A connection keeps the settings under which it came, however late it begins its handshake.
  const cameUnder = new Map<string, { readonly socket: Socket; readonly settings: TlsSettings }>();
  server.prependListener("connection", (socket: Socket) => {
    const ends = endsOf(socket);
    cameUnder.set(ends, { socket, settings: current });
    socket.once("close", () => {
      if (cameUnder.get(ends)?.socket === socket) cameUnder.delete(ends);
    });
  });
  server.prependListener("secureConnection", (socket: TLSSocket) => {
    const settings = cameUnder.get(endsOf(socket))?.settings;
    if (settings === undefined || !letsInTheSame(settings, current) || !isClientWelcome(socket, current)) {
      socket.destroy();
    } else madeUnder.set(socket, settings);
  });
  return {
    server,
    secure(tls) {
      server.setSecureContext(tls.context);
      current = tls;
    },
  };
}

/** What a connection and the one with TLS on top of it have in common. */
function endsOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${remoteAddress} ${remotePort}`;
}

function letsInTheSame(a: TlsSettings, b: TlsSettings): boolean {
  return (
    a.clientAuth === b.clientAuth &&
    a.clientCa === b.clientCa &&
    JSON.stringify(a.allowedSans) === JSON.stringify(b.allowedSans)
  );
}

/** https://www.rfc-editor.org/rfc/rfc9112#name-request-line, for a path. */
const REQUEST_LINE = /^([!#$%&'*+.^_`|~\w-]+) (\/[^\s?]*)(?:\?\S*)? HTTP\/1\.[01]\r?\n/;

/** The methods that the path takes which somebody asked for with one that the parser does not know; null otherwise. */
function findAllowed(error: Error & { readonly rawPacket?: Buffer }, allowed: Answers["allowed"]): string | null {
  const [, method = "", path = ""] = REQUEST_LINE.exec(error.rawPacket?.toString("latin1") ?? "") ?? [];
  return method === "" || METHODS.includes(method) ? null : (allowed.get(path) ?? "GET, HEAD");
}

function answerBadRequest(error: NodeJS.ErrnoException, socket: Socket, allowed: Answers["allowed"]): void {
  // Anything else is of the connection, such as a handshake that failed: nobody there could read an answer.
  if (!/^(?:HPE_|ERR_HTTP_)/.test(error.code ?? "") || !socket.writable) {
    socket.destroy();
    return;
  }
  const allow = error.code === "HPE_INVALID_METHOD" ? findAllowed(error, allowed) : null;
  const given = allow === null ? HTTP_OF_PARSER.get(error.code ?? "") : `405 Method Not Allowed\r\nAllow: ${allow}`;
  const status = given ?? "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  // Nothing limits it any more: a client that goes on sending would keep the connection for ever.
  setTimeout(() => socket.destroy(), FAREWELL_MS).unref();
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

/** Takes no more connections, lets answers under way end for so long, then cuts what is left. */
export async function closeAll(listeners: readonly Listener[], graceMs: number): Promise<void> {
  const servers = listeners.map(({ server }) => server);
  const cut = setTimeout(() => {
    for (const { cutAll } of listeners) cutAll();
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
