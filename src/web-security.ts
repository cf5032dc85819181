import type { SecureContextOptions } from "node:tls";

/** What a client certificate is asked for, by the names of Go, which the file format uses. */
export type ClientAuth =
  | "NoClientCert"
  | "RequestClientCert"
  | "RequireAnyClientCert"
  | "VerifyClientCertIfGiven"
  | "RequireAndVerifyClientCert";

export interface TlsSettings {
  /** As `tls.createSecureContext` takes it; holds the private key. */
  readonly context: SecureContextOptions;
  /** PEM of the server's certificate with its chain. */
  readonly certificate: string;
  readonly clientAuth: ClientAuth;
  /** PEM of what client certificates are verified against. */
  readonly clientCa: string | null;
  /** A client certificate must have one of these names; null is any. */
  readonly allowedSans: readonly string[] | null;
}

/** Who may read what `serve` shows, and how it travels: the content of a web config, read and found good. */
export interface WebSecurity {
  readonly tls: TlsSettings | null;
  /** Response headers over ours; a blank one takes ours away. */
  readonly headers: Readonly<Record<string, string>>;
  /** User to bcrypt hash; empty is no password. */
  readonly users: ReadonlyMap<string, string>;
  /** A token bucket for all requests together. */
  readonly rateLimit: { readonly intervalMs: number; readonly burst: number } | null;
}

/** Plain HTTP for everybody. */
export const OPEN_TO_ALL: WebSecurity = { tls: null, headers: {}, users: new Map(), rateLimit: null };

/** True when a stranger who can connect gets nothing. */
export function hasIdentification({ users, tls }: WebSecurity): boolean {
  return users.size > 0 || tls?.clientAuth === "RequireAndVerifyClientCert";
}
