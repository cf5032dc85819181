import type { Credential, CredentialType } from "../credential.ts";
import type { DeclaredProfile } from "../discovery/installation.ts";
import type { Unusable } from "../snapshot.ts";
import type { EffectiveStore } from "./effective.ts";

export interface OrderInput {
  readonly provider: string;
  /** Ids of the provider's profiles, in the order stored. */
  readonly stored: readonly string[];
  readonly store: EffectiveStore;
  /** `auth.order` of the config for this provider; an empty list is meant, undefined is not said. */
  readonly declaredOrder: readonly string[] | undefined;
  readonly declaredProfiles: readonly DeclaredProfile[];
  readonly unusable: ReadonlyMap<string, Unusable>;
  readonly now: Date;
}

export interface ResolvedOrder {
  /** Ids that OpenClaw would try, in this order: the ones in a window last. */
  readonly eligible: readonly string[];
  /** What the provider's status is rolled up from: the eligible ones, or what stands in for them when there are none. */
  readonly effective: readonly string[];
  /** Ids that would be tried were they in good health; a profile outside is not used whatever its health. */
  readonly candidates: readonly string[];
}

/** The order in which OpenClaw 2026.9.6 tries the profiles of a provider, and which of them count for its status. */
export function resolveOrder(input: OrderInput): ResolvedOrder {
  const { provider, stored, store, declaredProfiles } = input;
  const storedOrder = store.order.get(provider);
  const explicit = storedOrder ?? input.declaredOrder;
  const declared = declaredProfiles.filter((p) => p.provider === provider).map((p) => p.profileId);
  const base = explicit ?? (declared.length > 0 ? declared : stored);

  // A list that names nothing that exists is a leftover; upstream falls back to what is stored.
  const isLeftover =
    base.length > 0 &&
    (storedOrder !== undefined || declared.length > 0) &&
    base.every((id) => !store.credentials.has(id));
  const chosen = isLeftover ? stored : base;
  const candidates = (chosen === stored ? stored : [...new Set(chosen)]).filter((id) => isCandidate(id, input));
  const valid = candidates.filter((id) => isEligible(credentialOf(id, store), input.now));
  const eligible =
    explicit !== undefined && explicit.length > 0 && !isLeftover ? coolLast(valid, input) : sortByType(valid, input);

  const standIns = explicit?.filter((id) => stored.includes(id)) ?? stored;
  const effective = eligible.length > 0 || explicit?.length === 0 ? eligible : standIns;
  return { eligible, effective, candidates };
}

function credentialOf(profileId: string, store: EffectiveStore): Credential {
  return (store.credentials.get(profileId) as { credential: Credential }).credential;
}

function isCandidate(profileId: string, { provider, store, declaredProfiles }: OrderInput): boolean {
  const credential = store.credentials.get(profileId)?.credential;
  if (credential === undefined || credential.provider !== provider) return false;
  const declared = declaredProfiles.find((p) => p.profileId === profileId);
  if (declared === undefined) return true;
  if (declared.provider !== provider) return false;
  if (declared.mode === null || declared.mode === credential.type) return true;
  return declared.mode === "oauth" && credential.type === "token";
}

/** The expiry of an OAuth credential is no hindrance, it may be refreshed; that of a token is. */
function isEligible(credential: Credential, now: Date): boolean {
  if (credential.isSetupInactive || credential.secret === "malformed") return false;
  switch (credential.type) {
    case "api_key":
      return credential.secret !== "absent";
    case "token":
      if (credential.secret === "absent" || credential.expiry.kind === "invalid") return false;
      return credential.expiry.kind === "none" || credential.expiry.at > now;
    case "oauth":
      return credential.fence === "none" && (credential.secret !== "absent" || credential.hasRefresh);
  }
}

function coolLast(ids: readonly string[], { unusable }: OrderInput): readonly string[] {
  if (unusable.size === 0) return ids;
  const cooling = ids.filter((id) => unusable.has(id)).toSorted((a, b) => untilOf(a, unusable) - untilOf(b, unusable));
  return [...ids.filter((id) => !unusable.has(id)), ...cooling];
}

function untilOf(id: string, unusable: ReadonlyMap<string, Unusable>): number {
  return unusable.get(id)?.until.getTime() ?? 0;
}

const TYPE_RANK: Record<CredentialType, number> = { oauth: 0, token: 1, api_key: 2 };

function sortByType(ids: readonly string[], input: OrderInput): readonly string[] {
  if (ids.length < 2) return ids;
  const sorted = ids
    .map((id) => {
      const credential = credentialOf(id, input.store);
      const isExpired =
        credential.type === "oauth" && credential.expiry.kind === "at" && credential.expiry.at <= input.now;
      const lastUsed = input.store.usage.get(id)?.lastUsedAt?.getTime() ?? 0;
      return { id, rank: [TYPE_RANK[credential.type], isExpired ? 1 : 0, lastUsed] as const };
    })
    .toSorted((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || a.rank[2] - b.rank[2])
    .map(({ id }) => id);
  return coolLast(sorted, input);
}
