import type { Credential } from "../credential.ts";
import type { Status, StatusReason } from "../snapshot.ts";

/** OpenClaw refreshes an OAuth login this long before it ends, and calls it `expiring` from then on at the latest. */
export const OAUTH_REFRESH_MARGIN_MS = 300_000;

/** `expires` between these was meant in seconds: as milliseconds it would lie in early 1970. */
const SECONDS_FROM = 1e9;
const SECONDS_BELOW = 1e11;

export interface Health {
  readonly status: Status;
  readonly reasonCode: StatusReason | null;
  readonly expiresAt: Date | null;
}

/**
 * What `openclaw models status` of 2026.7.1 to 2026.9.6 says of a credential, for stores of every generation.
 * Remaining 0 is `expired`, exactly the window is `expiring`. Unlike upstream it keeps the expiry of an expired token,
 * and gives a reason for an OAuth credential whose expiry cannot be read.
 */
export function judgeHealth(credential: Credential, warnWithinMs: number, now: Date): Health {
  if (credential.isSetupInactive) return missing("setup_inactive");
  if (credential.secret === "malformed") return missing("malformed_api_key");
  switch (credential.type) {
    case "api_key":
      return credential.secret === "absent" ? missing("missing_credential") : STATIC;
    case "token":
      if (credential.secret === "absent") return missing("missing_credential");
      return credential.expiry.kind === "none" ? STATIC : judgeExpiry(credential, warnWithinMs, now);
    case "oauth":
      return judgeOAuth(credential, warnWithinMs, now);
  }
}

/** True for a value that was recorded in seconds where milliseconds were due. */
function isExpiryInSeconds(at: Date): boolean {
  return at.getTime() >= SECONDS_FROM && at.getTime() < SECONDS_BELOW;
}

const STATIC: Health = { status: "static", reasonCode: null, expiresAt: null };

function missing(reasonCode: StatusReason): Health {
  return { status: "missing", reasonCode, expiresAt: null };
}

function judgeOAuth(credential: Credential, warnWithinMs: number, now: Date): Health {
  // A fence is stored with `expires: 1`; that is a marker, not a date.
  if (credential.fence !== "none") return { status: "expired", reasonCode: "expired", expiresAt: null };
  if (credential.secret === "absent" && !credential.hasRefresh) {
    return missing(credential.hasUnresolvedRef ? "unresolved_ref" : "missing_credential");
  }
  return judgeExpiry(credential, Math.max(warnWithinMs, OAUTH_REFRESH_MARGIN_MS), now);
}

function judgeExpiry(credential: Credential, windowMs: number, now: Date): Health {
  if (credential.expiry.kind !== "at") return missing("invalid_expires");
  const { at } = credential.expiry;
  const remainingMs = at.getTime() - now.getTime();
  if (remainingMs > windowMs) return { status: "ok", reasonCode: null, expiresAt: at };
  if (remainingMs > 0) return { status: "expiring", reasonCode: null, expiresAt: at };
  if (isExpiryInSeconds(at)) {
    return { status: "expired", reasonCode: "expires_in_seconds", expiresAt: new Date(at.getTime() * 1_000) };
  }
  return { status: "expired", reasonCode: "expired", expiresAt: at };
}
