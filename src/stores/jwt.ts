import { isRecord, nonBlank } from "../record.ts";

export interface JwtClaims {
  /** Unix milliseconds; null when the token has no usable `exp`. */
  readonly expiresMs: number | null;
  readonly email: string | null;
}

const NO_CLAIMS: JwtClaims = { expiresMs: null, email: null };

/** More than any token in a login file; a longer one is not worth decoding. */
const MAX_PAYLOAD = 64 * 1024;

/**
 * What a JSON Web Token says of itself (RFC 7519, `exp` in seconds). The signature is not checked: the issuer judges
 * the token, we only repeat its date.
 */
export function parseJwt(token: unknown): JwtClaims {
  const payload = typeof token === "string" ? token.split(".", 3)[1] : undefined;
  if (!payload || payload.length > MAX_PAYLOAD) return NO_CLAIMS;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    if (!isRecord(claims)) return NO_CLAIMS;
    const seconds = claims["exp"];
    const expiresMs = typeof seconds === "number" && seconds > 0 ? seconds * 1_000 : null;
    return { expiresMs, email: nonBlank(claims["email"]) };
  } catch {
    return NO_CLAIMS;
  }
}
