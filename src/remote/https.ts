import { createHash } from "node:crypto";
import type { ClientRequest, IncomingMessage } from "node:http";
import { request as createRequest, type RequestOptions } from "node:https";
import { type ConnectionOptions, createSecureContext, type TLSSocket } from "node:tls";
import { errorCode } from "../files.ts";
import type { HttpTarget } from "./target.ts";
import { isOfNow, isWorthTrying, type TlsSessions } from "./tls-session.ts";

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

/** Nobody answered there, whatever was to be said. */
const NOT_REACHED: ReadonlySet<string> = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
]);

/**
 * Sends a GET over TLS, going on with the last session where the host lets us. Nothing of the request, credentials
 * least of all, is sent before the handshake has ended: one that was meant to go on and did not is begun anew in whole.
 */
export async function getOverTls(
  target: HttpTarget,
  options: RequestOptions,
  { sessions, authority: ca, now }: TlsOptions,
): Promise<IncomingMessage> {
  const authority = ca === null ? null : createHash("sha256").update(ca).digest("hex");
  const kept = sessions.get(target);
  const last = kept !== undefined && isOfNow(kept, authority, now) ? kept : null;
  const isTried = last !== null && isWorthTrying(last);
  const resumed = isTried ? await goOn(target.url, options, { session: last.data, ca }) : null;
  if (isTried && resumed !== null) {
    // Many servers, ours among them, give the next one in a whole handshake only.
    const data = resumed.session ?? last.data;
    if (data !== last.data || last.refusals > 0) sessions.set(target, { ...last, data, refusals: 0 });
    return resumed.response;
  }
  const { response, session } = await send(await connect(target.url, options));
  const next = session === null ? last : { data: session, authority, trustedAt: now, refusals: 0 };
  // Where trying is not worth it, the session that shows so stays for its day.
  if (next !== null && (last === null || isTried)) {
    sessions.set(target, { ...next, refusals: last === null ? 0 : last.refusals + 1 });
  }
  return response;
}

interface Answer {
  readonly response: IncomingMessage;
  /** The newest session that the host gave for later. */
  readonly session: Buffer | null;
}

/** Null when the host wants a whole handshake, or does not take to what we offer. */
async function goOn(
  url: URL,
  options: RequestOptions,
  { session, ca }: { readonly session: Buffer; readonly ca: string | null },
): Promise<Answer | null> {
  try {
    const secureContext = createSecureContext({ ecdhCurve: SHORT_GROUPS, ...(ca === null ? {} : { ca }) });
    const connection = await connect(url, { ...options, session, secureContext });
    if (connection.isResumed) return await send(connection);
    connection.request.destroy();
  } catch (error) {
    // Anything else that was not about the session happens again.
    if (NOT_REACHED.has(errorCode(error))) throw error;
  }
  return null;
}

interface Connection {
  readonly request: ClientRequest;
  readonly isResumed: boolean;
  newestSession(): Buffer | null;
}

/** Resolves when the handshake has ended and the certificate is good, with nothing sent of the request. */
async function connect(
  url: URL,
  options: RequestOptions & Pick<ConnectionOptions, "session" | "secureContext">,
): Promise<Connection> {
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
      const end = (): void => resolve({ request, isResumed: socket.isSessionReused(), newestSession: () => newest });
      // Through a proxy it comes with its handshake behind it.
      if (socket.getFinished() === undefined) socket.once("secureConnect", end);
      else end();
    });
  });
}

async function send({ request, newestSession }: Connection): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.once("response", (response) => resolve({ response, session: newestSession() }));
    request.once("error", reject);
    request.end();
  });
}
