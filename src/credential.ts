/**
 * The neutral model of what a store holds. It carries metadata only: no field here can hold a secret. What later stages
 * need of one (present or not, when it ends, whether it is the same elsewhere) is computed inside the reader.
 */

export const CREDENTIAL_TYPES = ["api_key", "token", "oauth"] as const;
export type CredentialType = (typeof CREDENTIAL_TYPES)[number];

/** `invalid` is an end that was recorded but cannot be a date: a string, zero, negative, beyond 8.64e15 ms. */
export type Expiry =
  | { readonly kind: "none" }
  | { readonly kind: "invalid" }
  | { readonly kind: "at"; readonly at: Date };

/**
 * The key, token or access token of a credential. `ref` points to a secret kept elsewhere (OpenClaw's SecretRef) and
 * counts as present; `malformed` is text that cannot be a key, such as the onboarding command pasted in its place.
 */
export type SecretState = "inline" | "ref" | "malformed" | "absent";

/** OpenClaw 9.x replaces an OAuth credential by an inert marker while a refresh runs, and keeps it when that failed. */
export type RefreshFence = "none" | "pending" | "failed";

export interface Credential {
  readonly profileId: string;
  /** Trimmed, lower case, aliases resolved. */
  readonly provider: string;
  readonly type: CredentialType;
  readonly email: string | null;
  readonly displayName: string | null;
  readonly secret: SecretState;
  /** OAuth only: a refresh token is stored. */
  readonly hasRefresh: boolean;
  readonly expiry: Expiry;
  readonly fence: RefreshFence;
  /** Saved by a set-up that was not finished; never used in rotation. */
  readonly isSetupInactive: boolean;
  /** The secret sits in an encrypted side file of OpenClaw 5.12 to 5.17 that nothing reads any more. */
  readonly hasUnresolvedRef: boolean;
  /** Another CLI owns and refreshes this login. */
  readonly isExternallyManaged: boolean;
  /** Keyed digest of the refresh token, to recognise the same one elsewhere; null when there is none. */
  readonly refreshDigest: string | null;
  /** Keyed digest of a token that never says when it ends, by which its age is counted; null for all others. */
  readonly secretDigest: string | null;
}

/** A span in which OpenClaw itself will not use a profile. */
export interface UsageWindow {
  readonly until: Date;
  readonly reason: string | null;
  /** Set when the window holds for one model only. */
  readonly model: string | null;
}

export interface Usage {
  readonly lastUsedAt: Date | null;
  readonly lastFailureAt: Date | null;
  readonly errorCount: number;
  /** Failure reason to count, in the order stored. */
  readonly failureCounts: ReadonlyMap<string, number>;
  readonly cooldown: UsageWindow | null;
  readonly disabled: UsageWindow | null;
  readonly blocked: UsageWindow | null;
}

/** What OpenClaw keeps beside the credentials: order of use, last good profile, failures. */
export interface StoreState {
  /** Provider to profile ids. */
  readonly order: ReadonlyMap<string, readonly string[]>;
  readonly lastGood: ReadonlyMap<string, string>;
  /** By profile id; may name profiles that no longer exist and `inline-api-key:<provider>`. */
  readonly usage: ReadonlyMap<string, Usage>;
}

export const EMPTY_STATE: StoreState = { order: new Map(), lastGood: new Map(), usage: new Map() };
