import type { Credential } from "../credential.ts";
import type { AgentReading, InstallationReading, ProviderUse } from "../discovery/installation.ts";
import type { EffectiveProfile, ProviderReport, Unusable } from "../snapshot.ts";
import type { EffectiveStore } from "./effective.ts";
import { resolveOrder, type ResolvedOrder } from "./order.ts";
import type { ProfileFacts } from "./profiles.ts";
import { rollUp } from "./rollup.ts";
import { blocksEveryModel, findUnusable } from "./unusable.ts";
import { canServe } from "./verdict.ts";

/** What one agent makes of the credentials it can see. */
export interface AgentView {
  readonly providers: readonly ProviderReport[];
  readonly profiles: readonly EffectiveProfile[];
  /** Provider to the profiles that would be tried for it were they in good health. */
  readonly candidates: ReadonlyMap<string, readonly string[]>;
  /** Profiles that could answer for their provider now. */
  readonly serving: ReadonlySet<string>;
}

export interface AgentInput {
  readonly installation: InstallationReading;
  readonly agent: AgentReading;
  readonly store: EffectiveStore;
  readonly factsOf: (credential: Credential) => ProfileFacts;
  readonly now: Date;
}

/** Rolls the effective store of an agent up by provider: what is in use, in which order, how much of it is usable. */
export function viewAgent(input: AgentInput): AgentView {
  const { agent, store, now } = input;
  const unusable = new Map<string, Unusable>();
  const profiles: EffectiveProfile[] = [];
  for (const { owner, credential } of store.credentials.values()) {
    const { profileId, provider } = credential;
    const found = findUnusable(provider, store.usage.get(profileId), now);
    if (found !== null) unusable.set(profileId, found);
    profiles.push({ owner, profileId, provider, unusable: found });
  }
  const stored = Map.groupBy(profiles, ({ provider }) => provider);
  const uses = new Map(agent.providersConfigured.map((use) => [use.provider, use]));
  const hasModel = hasAnsweringModel(agent);
  const others = Map.groupBy(agent.otherCredentials, ({ provider }) => provider);
  const candidates = new Map<string, readonly string[]>();
  const serving = new Set<string>();
  const providers: ProviderReport[] = [];
  for (const provider of [...new Set([...uses.keys(), ...stored.keys(), ...others.keys()])].toSorted(compare)) {
    const use = uses.get(provider);
    const ids = stored.get(provider)?.map(({ profileId }) => profileId) ?? [];
    const order = orderOf(provider, ids, input, unusable);
    candidates.set(provider, order.candidates);
    const ready = order.candidates.filter((id) => isReady(id, input, unusable.get(id), use));
    for (const id of ready) serving.add(id);
    const { status, expiresAt } = rollUp(order.effective.map((id) => factsById(id, input)));
    providers.push({
      provider,
      isInUse: use !== undefined || !hasModel,
      role: use?.role ?? null,
      status,
      expiresAt,
      usable: ready.length,
      total: ids.length,
      order: order.effective,
      otherCredentials: others.get(provider) ?? [],
    });
  }
  profiles.sort((a, b) => compare(a.provider, b.provider) || compare(a.profileId, b.profileId));
  return { providers, profiles, candidates, serving };
}

/** Where no model is configured that answers, OpenClaw takes whatever provider has a credential. */
export function hasAnsweringModel({ providersConfigured }: AgentReading): boolean {
  return providersConfigured.some(({ role }) => role === "primary" || role === "fallback");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function orderOf(
  provider: string,
  stored: readonly string[],
  input: AgentInput,
  unusable: ReadonlyMap<string, Unusable>,
): ResolvedOrder {
  const { installation, store, now } = input;
  return resolveOrder({
    provider,
    stored,
    store,
    declaredOrder: installation.declaredOrder.get(provider),
    declaredProfiles: installation.declaredProfiles,
    unusable,
    now,
  });
}

function factsById(profileId: string, { store, factsOf }: AgentInput): ProfileFacts {
  const owned = store.credentials.get(profileId);
  if (owned === undefined) throw new Error(`order names a profile that the store does not hold`);
  return factsOf(owned.credential);
}

function isReady(
  profileId: string,
  input: AgentInput,
  unusable: Unusable | undefined,
  use: ProviderUse | undefined,
): boolean {
  if (unusable !== undefined && blocksEveryModel(unusable, use?.models ?? [])) return false;
  return canServe(factsById(profileId, input));
}
