import type { SecureVersion } from "node:tls";

/*
 * The web config names things as Go's crypto/tls does; OpenSSL has names of its own.
 * Source: https://pkg.go.dev/crypto/tls#pkg-constants and OpenSSL's openssl-ciphers(1).
 */

/** What OpenSSL 3 offers at its default security level: TLS 1.0 and 1.1 are gone (RFC 8996). */
export const TLS_VERSIONS = { TLS12: "TLSv1.2", TLS13: "TLSv1.3" } as const satisfies Record<string, SecureVersion>;

export const CURVES = { CurveP256: "P-256", CurveP384: "P-384", CurveP521: "P-521", X25519: "X25519" } as const;

/** Suites of TLS 1.3, the same in both. */
const TLS13_SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"] as const;

/** Suites of TLS 1.2 that Go counts as secure. */
const TLS12_SUITES = {
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: "ECDHE-ECDSA-AES128-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: "ECDHE-ECDSA-AES256-SHA",
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: "ECDHE-RSA-AES128-SHA",
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: "ECDHE-RSA-AES256-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
} as const;

const OPENSSL_NAMES: ReadonlyMap<string, string> = new Map([
  ...TLS13_SUITES.map((name) => [name, name] as const),
  ...Object.entries(TLS12_SUITES),
]);

export function isSuite(name: string): boolean {
  return OPENSSL_NAMES.has(name);
}

/** OpenSSL's list for suites named as in Go. Node leaves out TLS 1.3 altogether unless one of its suites is named. */
export function toOpensslCiphers(suites: readonly string[]): string {
  const names = suites.map((suite) => OPENSSL_NAMES.get(suite) ?? suite);
  const hasModern = TLS13_SUITES.some((suite) => names.includes(suite));
  return [...(hasModern ? [] : TLS13_SUITES), ...names].join(":");
}
