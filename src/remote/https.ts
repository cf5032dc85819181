import { createHash } from "node:crypto";
import type { ClientRequest, IncomingMessage } from "node:http";
import { request as createRequest, type RequestOptions } from "node:https";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import type { HttpTarget } from "./target.ts";
import { isOfNow, isWorthTrying, type TlsSession, type TlsSessions } from "./tls-session.ts";

export interface TlsOptions {
  readonly sessions: TlsSessions;
  /** The text of `caFile`; null for the authorities that Node.js trusts. */
  readonly authority: string | null;
  readonly now: Date;
}

/**
 * Key exchanges of a handshake that goes on with a session. Its keys come from the session's secret too (RFC 8446,
 * section 7.1), which a quantum computer does not find where that came of an exchange that withstands one. So the 2,272
 * bytes of another such exchange (ML-KEM-768, FIPS 203) are spared.
 */
const SHORT_GROUPS = "X25519:P-256";

/**
 * Sends a GET over TLS, going on with the last session where the host lets us. Nothing of the request, credentials
 * least of all, is sent before the handshake has ended: one that was meant to go on and did not is begun anew in whole.
 */
export async function getOverTls(
  target: HttpTarget,
  options: RequestOptions,
  { sessions, now, ...trust }: TlsOptions,
): Promise<IncomingMessage> {
  const authority = trust.authority && createHash("sha256").update(trust.authority).digest("hex");
  const kept = sessions.get(target);
  const last = kept !== undefined && isOfNow(kept, authority, now) ? kept : null;
  const isTried = last !== null && isWorthTrying(last);
  if (isTried) {
    const connection = await goOn(target.url, options, last);
    if (connection !== null) {
      const response = await send(connection);
      const data = connection.ticket();
      if (data !== null) sessions.set(target, { ...last, data, refusals: 0 });
      return response;
    }
  }
  const connection = await connect(target.url, options);
  const response = await send(connection);
  const data = connection.ticket();
  // Where trying is not worth it, the session that shows so stays for its day.
  if (data !== null && (last === null || isTried)) {
    sessions.set(target, { data, authority, trustedAt: now, refusals: isTried ? last.refusals + 1 : 0 });
  }
  return response;
}

interface Connection {
  readonly request: ClientRequest;
  readonly isResumed: boolean;
  /** The newest session that the host gave for later; null when there was none so far. */
  ticket(): Buffer | null;
}

/** Null when the host wants a whole handshake, or does not take to what we offer. */
async function goOn(url: URL, options: RequestOptions, { data }: TlsSession): Promise<Connection | null> {
  try {
    const connection = await connect(url, { ...options, session: data, ecdhCurve: SHORT_GROUPS });
    if (connection.isResumed) return connection;
    connection.request.destroy();
  } catch {
    // What was not about the session happens again.
  }
  return null;
}

/** Resolves when the handshake has ended and the certificate is good, with nothing sent of the request. */
async function connect(url: URL, options: RequestOptions & Pick<ConnectionOptions, "session">): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const request = createRequest(url, options);
    request.once("error", reject);
    request.once("socket", (socket: TLSSocket) => {
      let newest: Buffer | null = null;
      socket.on("session", (data: Buffer) => {
        // With older versions, who reads the session can read what was sent. And names are not looked at again, which
        // would make up for a wrong one that `NODE_TLS_REJECT_UNAUTHORIZED` let pass.
        if (socket.getProtocol() === "TLSv1.3" && socket.authorized) newest = data;
      });
      const end = (): void => resolve({ request, isResumed: socket.isSessionReused(), ticket: () => newest });
      // Through a proxy it comes with its handshake behind it.
      if (socket.getFinished() === undefined) socket.once("secureConnect", end);
      else end();
    });
  });
}

async function send({ request }: Connection): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.once("error", reject);
    request.end();
  });
}
