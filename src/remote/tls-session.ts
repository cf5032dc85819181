import type { HttpTarget } from "./target.ts";

/** A TLS session that a later connection to the same host may go on with. A secret: see `docs/remotes.md`. */
export interface TlsSession {
  /** As Node's `session` event gives it. */
  readonly data: Buffer;
  /** A digest of the `caFile` that vouched for the host's certificate; null for the authorities that Node.js trusts. */
  readonly authority: string | null;
  /** When the certificate was looked at, in a whole handshake. */
  readonly trustedAt: Date;
  /** How often in a row the host wanted a whole handshake instead. */
  readonly refusals: number;
}

/** One session for each host; a `WeakMap` is one, for a process that goes on. */
export interface TlsSessions {
  get(target: HttpTarget): TlsSession | undefined;
  set(target: HttpTarget, session: TlsSession): unknown;
}

/** After a day the certificate is looked at again: it may have expired, or its authority not be trusted any more. */
export const SESSION_MS = 24 * 60 * 60_000;

/** A host that restarted refuses once; one that does so again forgets its sessions sooner than it is asked again. */
const MOST_REFUSALS = 2;

/** True while the session counts: `now` is within a day of its whole handshake, and the authority is the same. */
export function isOfNow(session: TlsSession, authority: string | null, now: Date): boolean {
  const ageMs = now.getTime() - session.trustedAt.getTime();
  return ageMs >= 0 && ageMs < SESSION_MS && session.authority === authority;
}

/** False where trying again would cost more than it saves. */
export function isWorthTrying({ refusals }: TlsSession): boolean {
  return refusals < MOST_REFUSALS;
}
