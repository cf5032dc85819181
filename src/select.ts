import { normaliseProvider } from "./provider.ts";
import type { AgentReport, InstallationReport, Snapshot } from "./snapshot.ts";
import { CLI_OWNER } from "./stores/store.ts";

/** What somebody asked about; an empty list means everything. */
export interface Selection {
  /** Agent ids, or the owners `_shared` and `_cli`. */
  readonly agents: readonly string[];
  readonly providers: readonly string[];
}

/** The part of a snapshot that was asked about: these agents with what they see and read, these providers. */
export function selectSnapshot(snapshot: Snapshot, selection: Selection): Snapshot {
  if (selection.agents.length === 0 && selection.providers.length === 0) return snapshot;
  const hasProvider = matchProviders(selection.providers);
  const installations = snapshot.installations
    .map((installation) => selectAgents(installation, selection.agents))
    .filter((installation) => installation !== null)
    .map((installation) => selectProviders(installation, hasProvider));
  return { ...snapshot, installations };
}

/** Names in the selection that the snapshot does not hold, with those that it does. */
export function findUnknown(
  snapshot: Snapshot,
  selection: Selection,
): { readonly kind: "agent" | "provider"; readonly name: string; readonly known: readonly string[] } | null {
  const agents = knownAgents(snapshot);
  const agent = selection.agents.find((name) => !agents.includes(name));
  if (agent !== undefined) return { kind: "agent", name: agent, known: agents };
  const providers = knownProviders(snapshot);
  const provider = selection.providers.find((name) => !providers.some(matchProviders([name])));
  return provider === undefined ? null : { kind: "provider", name: provider, known: providers };
}

/** Key of a credential within its installation. With the length of the first part, for either may hold anything. */
export function profileKey({ owner, profileId }: { readonly owner: string; readonly profileId: string }): string {
  return `${owner.length} ${owner} ${profileId}`;
}

function matchProviders(names: readonly string[]): (provider: string) => boolean {
  if (names.length === 0) return () => true;
  // An alias means the same provider in either era, whichever era the installation is of.
  const wanted = new Set(names.flatMap((name) => [normaliseProvider(name, "json"), normaliseProvider(name, "sqlite")]));
  return (provider) => wanted.has(provider);
}

function selectAgents(installation: InstallationReport, names: readonly string[]): InstallationReport | null {
  if (names.length === 0) return installation;
  if (installation.kind === "login") return names.includes(CLI_OWNER) ? installation : null;
  const agents = installation.agents.filter((agent) => names.includes(agent.id));
  const seen = new Set(agents.flatMap((agent) => agent.profiles.map(profileKey)));
  const owners = new Set([...names.filter(isSpecialOwner), ...agents.flatMap((agent) => agent.storeOwners)]);
  const stores = installation.stores.filter((store) => owners.has(store.owner));
  const profiles = installation.profiles.filter(
    (profile) => seen.has(profileKey(profile)) || (isSpecialOwner(profile.owner) && names.includes(profile.owner)),
  );
  return agents.length + stores.length === 0 ? null : { ...installation, agents, stores, profiles };
}

function isSpecialOwner(name: string): boolean {
  return name.startsWith("_");
}

function selectProviders(installation: InstallationReport, matches: (provider: string) => boolean): InstallationReport {
  const selectOfAgent = (agent: AgentReport): AgentReport => ({
    ...agent,
    providers: agent.providers.filter(({ provider }) => matches(provider)),
    profiles: agent.profiles.filter(({ provider }) => matches(provider)),
  });
  return {
    ...installation,
    agents: installation.agents.map(selectOfAgent),
    profiles: installation.profiles.filter(({ provider }) => matches(provider)),
  };
}

function knownAgents({ installations }: Snapshot): readonly string[] {
  const owners = installations.flatMap((i) => [
    ...i.agents.map(({ id }) => id),
    ...i.stores.map(({ owner }) => owner),
    ...(i.kind === "login" ? [CLI_OWNER] : []),
  ]);
  return [...new Set(owners)].toSorted();
}

function knownProviders({ installations }: Snapshot): readonly string[] {
  const providers = installations.flatMap((i) => [
    ...i.profiles.map(({ provider }) => provider),
    ...i.agents.flatMap((agent) => agent.providers.map(({ provider }) => provider)),
  ]);
  return [...new Set(providers)].toSorted();
}
