import type { Credential, CredentialType, Expiry } from "../credential.ts";
import { type Era, normaliseProvider } from "../provider.ts";
import { isRecord, nonBlank, parseInstant } from "../record.ts";
import { isOnboardingCommand, isSecretRef, locateSecret, readFence } from "./secret-text.ts";
import { showId, showText } from "./shown.ts";

/** Upstream's own words for the entries it ignores (2026.9.6). */
export type EntryFlaw = "non_object" | "invalid_type" | "missing_provider";

export interface EntryContext {
  readonly era: Era;
  /** The provider of an entry that names none; null makes that `missing_provider`. */
  readonly fallbackProvider: string | null;
  readonly digest: (secret: string) => string;
}

type Entry = Readonly<Record<string, unknown>>;
type Secrets = Pick<Credential, "secret" | "hasRefresh" | "fence" | "secretDigest" | "refreshDigest">;

/**
 * One credential entry as 2026.9.6 coerces it at load: `mode` stands in for `type` and `apiKey` for `key`, refs may sit
 * in either field, blank strings count as absent, an `expires` that is no positive number is invalid.
 */
export function parseEntry(raw: unknown, profileId: string, context: EntryContext): Credential | EntryFlaw {
  if (!isRecord(raw)) return "non_object";
  const type = parseType("type" in raw ? raw["type"] : raw["mode"]);
  if (type === null) return "invalid_type";
  const provider = nonBlank(raw["provider"]) ?? nonBlank(context.fallbackProvider);
  if (provider === null) return "missing_provider";
  const expiry = type === "api_key" ? NO_EXPIRY : parseExpiry(raw["expires"]);
  const { secret, hasRefresh, fence, secretDigest, refreshDigest } =
    type === "oauth" ? parseTokens(raw, context) : parseSecret(raw, type, expiry, context);
  const own = listSecrets(raw, provider);
  return {
    profileId: showId(profileId, context.digest, own),
    provider: showText(normaliseProvider(provider, context.era), own),
    type,
    email: showOptional(raw["email"], own),
    displayName: showOptional(raw["displayName"], own),
    secret,
    hasRefresh,
    expiry,
    fence,
    isSetupInactive: isSetupInactive(raw["setup"]),
    hasUnresolvedRef: secret === "absent" && !hasRefresh && isSideFileRef(raw["oauthRef"]),
    isExternallyManaged: raw["authFlow"] === "external-cli",
    refreshDigest,
    secretDigest,
  };
}

/** Absent is `none`; what is there but cannot be a date is `invalid`. */
function parseExpiry(expires: unknown): Expiry {
  if (expires === undefined) return NO_EXPIRY;
  const at = parseInstant(expires);
  return at === null ? INVALID_EXPIRY : { kind: "at", at };
}

const NO_EXPIRY: Expiry = { kind: "none" };
const INVALID_EXPIRY: Expiry = { kind: "invalid" };

function parseType(type: unknown): CredentialType | null {
  switch (type) {
    case "api_key":
    case "token":
    case "oauth":
      return type;
    case "apiKey":
      return "api_key";
    default:
      return null;
  }
}

function parseSecret(raw: Entry, type: "api_key" | "token", expiry: Expiry, { digest }: EntryContext): Secrets {
  const value = type === "token" ? raw["token"] : readKey(raw);
  const found = locateSecret(value, raw[type === "token" ? "tokenRef" : "keyRef"]);
  const text = found === "inline" ? nonBlank(value) : null;
  const isMalformed = type === "api_key" && text !== null && isOnboardingCommand(text);
  return {
    secret: isMalformed ? "malformed" : found,
    hasRefresh: false,
    fence: "none",
    // Only the age of a token without an end is counted by it.
    secretDigest: text === null || type !== "token" || expiry.kind !== "none" ? null : digest(text),
    refreshDigest: null,
  };
}

function readKey(raw: Entry): unknown {
  return "key" in raw || isSecretRef(raw["keyRef"]) ? raw["key"] : raw["apiKey"];
}

function parseTokens(raw: Entry, { digest }: EntryContext): Secrets {
  const access = nonBlank(raw["access"]);
  const refresh = nonBlank(raw["refresh"]);
  const fence = readFence(access, refresh, raw["expires"]);
  if (fence !== "none") {
    // A pending marker stands for a refresh token in use; after a failure that token is spent.
    return { secret: "inline", hasRefresh: fence === "pending", fence, secretDigest: null, refreshDigest: null };
  }
  return {
    secret: access === null ? "absent" : "inline",
    hasRefresh: refresh !== null,
    fence,
    secretDigest: null,
    refreshDigest: refresh === null ? null : digest(refresh),
  };
}

/** A replacement saved by a set-up that was not finished. Upstream ignores the block unless all three are there. */
function isSetupInactive(setup: unknown): boolean {
  if (!isRecord(setup) || setup["replacement"] !== true) return false;
  return nonBlank(setup["modelRef"]) !== null && nonBlank(setup["configJson"]) !== null;
}

function isSideFileRef(ref: unknown): boolean {
  if (!isRecord(ref) || ref["source"] !== "openclaw-credentials" || ref["provider"] !== "openai-codex") return false;
  return typeof ref["id"] === "string" && /^[a-f0-9]{32}$/.test(ref["id"]);
}

/** Shorter words are no secrets, and stand in other words by chance. */
const SHORTEST_OWN_SECRET = 8;

const SECRET_FIELDS = ["key", "apiKey", "token", "access", "refresh"] as const;

/** What must not show in the names of an entry, for they may be made of it: a key pasted as a profile id. */
function listSecrets(raw: Entry, provider: string): readonly string[] {
  const name = provider.trim().toLowerCase();
  const secrets: string[] = [];
  for (const field of SECRET_FIELDS) {
    const value = raw[field];
    const text = typeof value === "string" ? value.trim() : "";
    // Local servers take any key, and are often given their own name.
    const isPublic = text.length < SHORTEST_OWN_SECRET || isSecretRef(text) || text.toLowerCase() === name;
    if (!isPublic) secrets.push(text);
  }
  return secrets;
}

function showOptional(value: unknown, secrets: readonly string[]): string | null {
  const text = nonBlank(value);
  return text === null ? null : showText(text, secrets);
}
