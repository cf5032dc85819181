import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { isDeepStrictEqual } from "node:util";
import type { FastifyBaseLogger } from "fastify";
import { ConfigError } from "../errors.ts";
import { formatListenAddress, isLoopback, type ListenAddress, parseListenAddress } from "../listen-address.ts";
import { hasIdentification, OPEN_TO_ALL, type WebSecurity } from "../web-security.ts";
import { createHostCheck } from "./allowed-host.ts";
import { createApp } from "./app.ts";
import { createGate } from "./gate.ts";
import { asksForCertificate, closeAll, listen, type Listener, type WebLimits } from "./listen.ts";
import type { RouteOptions } from "./routes.ts";

export interface WebOptions extends RouteOptions {
  /** At least one, in the forms of `parseListenAddress`. */
  readonly listenAddresses: readonly string[];
  /** Names under which it answers besides those of this machine; while there is none, only loopback looks at names. */
  readonly hosts: readonly string[];
  /** Plain HTTP for everybody unless given. */
  readonly security?: WebSecurity;
  readonly log: FastifyBaseLogger;
  readonly limits?: Partial<WebLimits>;
}

export interface WebServer {
  /** Where it listens, with the ports the system chose. */
  readonly addresses: readonly string[];
  /**
   * From now on by another web config, without losing a connection for a new certificate. Throws a ConfigError, and stays
   * as it was, for what only a start can change.
   */
  secure(security: WebSecurity): void;
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

/**
 * Serves until closed. Throws a ConfigError for an address that is none, and an UnavailableError when one cannot be
 * had; then none is left open.
 */
export async function createWebServer(options: WebOptions): Promise<WebServer> {
  const addresses = options.listenAddresses.map(readAddress);
  const { log, hosts } = options;
  let security = options.security ?? OPEN_TO_ALL;
  const gate = createGate(security, log);
  const { fastify: app, allowed } = await createApp(options, log);
  const isOwnName = createHostCheck({ ownName: hostname(), listed: hosts });
  const listeners: Listener[] = [];
  try {
    for (const address of addresses) {
      let looksAtNames = true;
      const answer = gate.guard((header) => !looksAtNames || isOwnName(header), app.routing);
      const limits = { ...LIMITS, ...options.limits };
      const listener = await listen({ answer, allowed }, address, limits, security.tls);
      listeners.push(listener);
      // Of the address itself, for a name may be one of loopback.
      looksAtNames = hosts.length > 0 || isLoopback(addressOf(listener.server));
    }
  } catch (error) {
    await closeAll(listeners, 0);
    throw error;
  }
  const found = listeners.map(({ server }) => addressOf(server));
  warnOfStrangers(found, security, log);
  return {
    addresses: found.map(formatListenAddress),
    secure(given) {
      refuseToRestart(security, given);
      const isSameTls = isDeepStrictEqual(given.tls, security.tls);
      const next = isSameTls ? { ...given, tls: security.tls } : given;
      if (!isSameTls && next.tls !== null) for (const listener of listeners) listener.secure(next.tls);
      gate.secure(next);
      security = next;
      warnOfStrangers(found, security, log);
    },
    async close(graceMs) {
      await closeAll(listeners, graceMs);
      await app.close();
    },
  };
}

/** Starts all the same: who put a proxy or a firewall in front knows what they do. */
function warnOfStrangers(addresses: readonly ListenAddress[], security: WebSecurity, log: FastifyBaseLogger): void {
  const open = addresses.filter((address) => !isLoopback(address)).map(formatListenAddress);
  if (open.length === 0) return;
  if (!hasIdentification(security)) {
    const remedy = "set basic_auth_users and tls_server_config in a --web.config.file, or listen on 127.0.0.1";
    log.warn({ addresses: open }, `everybody who reaches this address can read everything shown here; ${remedy}`);
  } else if (security.tls === null) {
    const remedy = "set tls_server_config in the web config, or put a proxy with TLS in front";
    log.warn({ addresses: open }, `passwords cross the network for everybody to read; ${remedy}`);
  }
}

function refuseToRestart(before: WebSecurity, after: WebSecurity): void {
  const kept = "the web config before it stays in force until agent-auth is restarted";
  if ((before.tls === null) !== (after.tls === null)) {
    throw new ConfigError(
      `tls_server_config: turning TLS ${after.tls === null ? "off" : "on"} needs a restart; ${kept}`,
    );
  }
  if (before.tls !== null && after.tls !== null && asksForCertificate(before.tls) !== asksForCertificate(after.tls)) {
    const word = asksForCertificate(after.tls) ? "asking" : "no longer asking";
    throw new ConfigError(`tls_server_config.client_auth_type: ${word} for certificates needs a restart; ${kept}`);
  }
}

function readAddress(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address !== null) return address;
  const expected = "HOST:PORT, such as 127.0.0.1:10884, [::1]:10884 or :10884";
  throw new ConfigError(`web.listenAddress: expected ${expected}, got ${JSON.stringify(text)}`);
}

function addressOf(server: Server): ListenAddress {
  const { address, port } = server.address() as AddressInfo;
  return { host: address, port };
}
