import { EMPTY_STATE, type Credential, type StoreState, type Usage } from "../credential.ts";
import type { Store } from "../stores/store.ts";
import { OAUTH_REFRESH_MARGIN_MS } from "./health.ts";

export interface OwnedCredential {
  readonly owner: string;
  readonly credential: Credential;
}

/** What one agent sees: its own entries over those of the shared or main store. */
export interface EffectiveStore {
  readonly credentials: ReadonlyMap<string, OwnedCredential>;
  readonly order: ReadonlyMap<string, readonly string[]>;
  readonly usage: ReadonlyMap<string, Usage>;
}

/**
 * Merges an agent's own store over its base as OpenClaw reads it since 2026.4: key by key, own entries win. An own
 * order wins whole; without one, own ids come before the inherited order. An own `<provider>:default` login that is
 * older than the base's login of the same identity gives way to it (2026.4.22).
 */
export function mergeStores(own: Store | null, base: Store | null, now: Date): EffectiveStore {
  const credentials = new Map<string, OwnedCredential>();
  for (const store of [base, own]) {
    for (const credential of store?.credentials ?? []) {
      credentials.set(credential.profileId, { owner: (store as Store).owner, credential });
    }
  }
  const ownState = own?.state ?? EMPTY_STATE;
  const baseState = base?.state ?? EMPTY_STATE;
  const replaced = own === null || base === null ? NONE : findReplaced(own, base, now);
  for (const [profileId, baseCredential] of replaced.restored) {
    if (baseCredential === null) credentials.delete(profileId);
    else credentials.set(profileId, { owner: (base as Store).owner, credential: baseCredential });
  }
  return {
    credentials,
    order: mergeOrder(ownState, baseState, own?.credentials ?? [], replaced.by),
    usage: mergeUsage(ownState, baseState),
  };
}

interface Replaced {
  /** Own profile id to the base's profile of the same id, or null when it simply goes. */
  readonly restored: ReadonlyMap<string, Credential | null>;
  /** Own profile id to the id that stands in for it. */
  readonly by: ReadonlyMap<string, string>;
}

const NONE: Replaced = { restored: new Map(), by: new Map() };

function findReplaced(own: Store, base: Store, now: Date): Replaced {
  const restored = new Map<string, Credential | null>();
  const by = new Map<string, string>();
  for (const credential of own.credentials) {
    if (credential.type !== "oauth" || credential.profileId !== `${credential.provider}:default`) continue;
    const successor = findSuccessor(credential, base, now);
    if (successor === null) continue;
    restored.set(credential.profileId, base.credentials.find((c) => c.profileId === credential.profileId) ?? null);
    by.set(credential.profileId, successor.profileId);
  }
  return { restored, by };
}

function findSuccessor(stale: Credential, base: Store, now: Date): Credential | null {
  const isStaleUsable = isFresh(stale, now);
  const candidates = base.credentials
    .filter(
      (c) =>
        c.type === "oauth" &&
        c.profileId !== stale.profileId &&
        c.provider === stale.provider &&
        !c.isSetupInactive &&
        isFresh(c, now) &&
        (!isStaleUsable || endOf(c) > endOf(stale)) &&
        (stale.email === null || c.email === null || c.email === stale.email),
    )
    .toSorted((a, b) => endOf(b) - endOf(a) || (a.profileId < b.profileId ? -1 : 1));
  const sameIdentity = stale.email === null ? [] : candidates.filter((c) => c.email === stale.email);
  if (sameIdentity[0] !== undefined) return sameIdentity[0];
  // Without an identity to go by, only a single candidate for a dead login is safe to take.
  return candidates.length === 1 && !isStaleUsable ? (candidates[0] ?? null) : null;
}

function isFresh(credential: Credential, now: Date): boolean {
  return (
    credential.secret === "inline" &&
    credential.fence === "none" &&
    endOf(credential) - now.getTime() > OAUTH_REFRESH_MARGIN_MS
  );
}

function endOf(credential: Credential): number {
  return credential.expiry.kind === "at" ? credential.expiry.at.getTime() : 0;
}

function mergeOrder(
  own: StoreState,
  base: StoreState,
  ownCredentials: readonly Credential[],
  replacedBy: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly string[]> {
  if (own.order.size === 0 && base.order.size === 0) return base.order;
  const order = new Map<string, readonly string[]>();
  for (const [provider, inherited] of base.order) {
    const ownIds = ownCredentials.filter((c) => c.provider === provider).map((c) => c.profileId);
    order.set(provider, [...ownIds, ...inherited]);
  }
  for (const [provider, ids] of own.order) order.set(provider, ids);
  for (const [provider, ids] of order) {
    order.set(provider, [...new Set(ids.map((id) => replacedBy.get(id) ?? id))]);
  }
  return order;
}

function mergeUsage(own: StoreState, base: StoreState): ReadonlyMap<string, Usage> {
  if (own.usage.size === 0) return base.usage;
  if (base.usage.size === 0) return own.usage;
  return new Map([...base.usage, ...own.usage]);
}
