import { isBlinding, isOutOfReach, type Problem } from "./problem.ts";
import { isInShard } from "./shard.ts";
import { profileKey, selectSnapshot, type Selection } from "./select.ts";
import { placeOfReport } from "./snapshot.ts";
import type {
  AgentReport,
  CheckCode,
  InstallationReport,
  Looked,
  ProfileReport,
  ProviderReport,
  Snapshot,
  Status,
  StoreReport,
  Verdict,
} from "./snapshot.ts";
import { CLI_OWNER } from "./stores/store.ts";

/** What `check` was asked: by which word it judges, and what counts. */
export interface CheckQuestion extends Selection {
  readonly judge: "status" | "verdict";
  /** `in-use`: only what a provider in use depends on and nothing else serves. */
  readonly scope: "all" | "in-use";
}

export const DEFAULT_QUESTION: CheckQuestion = { judge: "status", scope: "all", agents: [], providers: [] };

/** One reason for `check` not to answer 0. */
export type Finding =
  | { readonly kind: "profile"; readonly code: 1 | 2; readonly installation: string; readonly profile: ProfileReport }
  | {
      readonly kind: "provider";
      readonly code: 1 | 2;
      readonly installation: string;
      readonly agent: AgentReport;
      readonly provider: ProviderReport;
      /** What is wrong mends itself: OpenClaw renews each of the profiles that make up the status. */
      readonly isRefreshable: boolean;
      /** The command that mends it; null when none is known. */
      readonly action: string | null;
    }
  | { readonly kind: "agent"; readonly code: 1 | 2; readonly installation: string; readonly agent: AgentReport }
  | {
      readonly kind: "problem";
      readonly code: 3;
      /** Null for the host itself. */
      readonly installation: string | null;
      /** Null when no single store is concerned. */
      readonly owner: string | null;
      readonly problem: Problem;
    }
  | { readonly kind: "nothing_found"; readonly code: 3; readonly looked: Looked };

/** Everything that keeps `check` from 0, gravest first: 1 over 3 over 2. */
export function findFindings(snapshot: Snapshot, question: CheckQuestion): readonly Finding[] {
  const isAsked = question.agents.length > 0;
  // Logins of other CLIs are shown, but an agent does not depend on them.
  const counts = (installation: InstallationReport) =>
    installation.kind === "openclaw" || question.agents.includes(CLI_OWNER);
  const asked = selectSnapshot(snapshot, question).installations.filter(counts);
  const isEmpty = snapshot.installations.length === 0;
  const found: Finding[] = snapshot.problems
    .filter((problem) => isBlinding(problem) && !(isEmpty && problem.path === ""))
    .map((problem) => ({ kind: "problem", code: 3, installation: null, owner: null, problem }));
  // What a host holds that does not answer is not known.
  if (!snapshot.installations.some(counts) && snapshot.remotes.every(({ isUp }) => isUp)) {
    found.push({ kind: "nothing_found", code: 3, looked: { searched: snapshot.searched, remotes: snapshot.remotes } });
  }
  const told = new Set(snapshot.problems.map(nameCause));
  for (const installation of asked) {
    // What a host said last is shown, and is no finding of now.
    if (isOutOfReach(installation)) {
      found.push(...findProblems(installation, told));
      continue;
    }
    const agents = installation.agents.filter((agent) => agent.isListed || isAsked);
    found.push(...findProfiles(installation, agents, question));
    const unknown = findUnknownOwners(installation.stores);
    let positions: ReadonlyMap<string, number> | null = null;
    for (const agent of agents) {
      if (question.judge === "verdict") found.push(...findVerdict(installation.id, agent, question));
      else {
        const lacking = findLacking(agent, unknown, question.scope);
        if (lacking.length === 0) continue;
        positions ??= new Map(installation.profiles.map((profile, position) => [profileKey(profile), position]));
        found.push(...describeLacking(installation, agent, lacking, positions));
      }
    }
    found.push(...findProblems(question.scope === "in-use" ? withoutUnused(installation, agents) : installation, told));
  }
  return found
    .filter((finding) => isOurFinding(snapshot, finding))
    .toSorted((a, b) => GRAVITY[a.code] - GRAVITY[b.code]);
}

/** False for what another shard tells of, although it had to be read. */
function isOurFinding({ shard, installations }: Snapshot, finding: Finding): boolean {
  if (shard === undefined || finding.kind === "nothing_found" || finding.installation === null) return true;
  const installation = installations.find(({ id }) => id === finding.installation);
  return installation === undefined || isInShard(shard, placeOfReport(installation), ownerOf(finding));
}

function ownerOf(finding: Exclude<Finding, { readonly kind: "nothing_found" }>): string {
  switch (finding.kind) {
    case "profile":
      return finding.profile.owner;
    case "problem":
      return finding.owner ?? "";
    default:
      return finding.agent.id;
  }
}

/** Position of a code when several apply: 1 over 3 over 2. */
export const GRAVITY: Record<CheckCode, number> = { 1: 0, 3: 1, 2: 2, 0: 3 };

export const CODE_OF_STATUS: Record<Status, 1 | 2 | null> = {
  expired: 1,
  missing: 1,
  expiring: 2,
  ok: null,
  static: null,
};
const CODE_OF_VERDICT: Record<Verdict, 1 | 2 | null> = { critical: 1, warning: 2, info: null, ok: null };

function findProfiles(
  installation: InstallationReport,
  agents: readonly AgentReport[],
  question: CheckQuestion,
): readonly Finding[] {
  // In this scope the roll-up of the provider speaks for its profiles.
  if (question.scope === "in-use" && question.judge === "status" && installation.kind === "openclaw") return [];
  const needed = question.scope === "in-use" && installation.kind === "openclaw" ? neededProfiles(agents) : null;
  const found: Finding[] = [];
  for (const profile of installation.profiles) {
    const code = question.judge === "status" ? CODE_OF_STATUS[profile.status] : CODE_OF_VERDICT[profile.verdict];
    if (code === null || (needed !== null && !needed.has(profileKey(profile)))) continue;
    found.push({ kind: "profile", code, installation: installation.id, profile });
  }
  return found;
}

/** Keys of the profiles that a provider in use would try and that nothing outside the stores stands in for. */
function neededProfiles(agents: readonly AgentReport[]): ReadonlySet<string> {
  const needed = new Set<string>();
  for (const agent of agents) {
    const ids = new Set(agent.providers.filter(isAlone).flatMap(({ order }) => order));
    for (const profile of agent.profiles) if (ids.has(profile.profileId)) needed.add(profileKey(profile));
  }
  return needed;
}

/** `positions` are those of the installation's profiles, by key. */
function describeLacking(
  installation: InstallationReport,
  agent: AgentReport,
  lacking: ReturnType<typeof findLacking>,
  positions: ReadonlyMap<string, number>,
): readonly Finding[] {
  const seen = agent.profiles.map((profile) => ({
    provider: profile.provider,
    position: positions.get(profileKey(profile)) ?? -1,
  }));
  const seenByProvider = Map.groupBy(
    seen.toSorted((a, b) => a.position - b.position),
    ({ provider }) => provider,
  );
  return lacking.map(({ provider, code }) => {
    const profiles = (seenByProvider.get(provider.provider) ?? [])
      .map(({ position }) => installation.profiles[position])
      .filter((profile) => profile !== undefined);
    // What mends the first of its profiles that something can be done about.
    const action = profiles.find((profile) => profile.action !== null)?.action ?? adviceFor(agent, provider);
    const isRefreshable = renewsItself(provider, profiles);
    return { kind: "provider", code, installation: installation.id, agent, provider, isRefreshable, action };
  });
}

/** Providers in use that cannot serve the agent; `unknown` are the owners of stores that were never read. */
export function findLacking(
  agent: Omit<AgentReport, "checkCode">,
  unknown: ReadonlySet<string>,
  scope: CheckQuestion["scope"],
): readonly { readonly provider: ProviderReport; readonly code: 1 | 2 }[] {
  // What was not read may hold a credential: unknown is not missing.
  if (agent.canAnswer === null || agent.storeOwners.some((owner) => unknown.has(owner))) return [];
  const lacking: { readonly provider: ProviderReport; readonly code: 1 | 2 }[] = [];
  for (const provider of agent.providers) {
    if (!isAlone(provider)) continue;
    const ofStatus = scope === "in-use" ? CODE_OF_STATUS[provider.status] : null;
    const code = provider.usable === 0 ? 1 : ofStatus;
    if (code !== null) lacking.push({ provider, code });
  }
  return lacking;
}

/** What the agent as a whole needs, where that is about this provider or about everything. */
function adviceFor({ action, reason }: AgentReport, { provider }: ProviderReport): string | null {
  if (reason === "migration_required" || reason === "config_invalid") return action;
  return action !== null && `${action} `.includes(` --provider ${provider} `) ? action : null;
}

function renewsItself({ status, usable }: ProviderReport, profiles: readonly ProfileReport[]): boolean {
  const blamed = profiles.filter((profile) => profile.status === status);
  return usable > 0 && blamed.length > 0 && blamed.every((profile) => profile.isRefreshable);
}

/** Owners of stores of which nothing good was ever read. One that awaits its migration is known: OpenClaw sees nothing. */
export function findUnknownOwners(stores: readonly StoreReport[]): ReadonlySet<string> {
  const isUnknown = (store: StoreReport) =>
    !store.isUp && store.readAt === null && !store.problems.some(({ reason }) => reason === "migration_required");
  return new Set(stores.filter(isUnknown).map(({ owner }) => owner));
}

function isAlone(provider: ProviderReport): boolean {
  return provider.isInUse && provider.otherCredentials.length === 0;
}

function findVerdict(installation: string, agent: AgentReport, question: CheckQuestion): readonly Finding[] {
  const code = CODE_OF_VERDICT[agent.verdict];
  if (code === null) return [];
  const isAboutProviders = agent.reason === "no_usable_credential" || agent.reason === "fallback_without_credential";
  if (isAboutProviders && question.providers.length > 0) {
    // The agent's reason may be a provider that was not asked about.
    if (!agent.providers.some((provider) => isAlone(provider) && provider.usable === 0)) return [];
  }
  return [{ kind: "agent", code, installation, agent }];
}

/** The installation without the stores and directories that only agents other than these have. */
function withoutUnused(installation: InstallationReport, agents: readonly AgentReport[]): InstallationReport {
  if (installation.agents.length === 0) return installation;
  const used = new Set(agents.flatMap(({ storeOwners }) => storeOwners));
  const stores = installation.stores.filter(({ owner }) => used.has(owner));
  const unusedPaths = new Set(
    installation.stores
      .filter((store) => !stores.includes(store))
      .flatMap(({ problems }) => problems.map(({ path }) => path)),
  );
  const unusedDirectories = installation.agents
    .filter((agent) => !agents.includes(agent))
    .map(({ id }) => `${installation.stateDir}/agents/${id}/`);
  const isUsed = ({ path }: Problem): boolean =>
    !unusedPaths.has(path) && !unusedDirectories.some((directory) => `${path}/`.startsWith(directory));
  return { ...installation, stores, problems: installation.problems.filter(isUsed) };
}

/** `told` are causes that were named already: what closes a home closes all in it. */
function findProblems(installation: InstallationReport, told: ReadonlySet<string>): readonly Finding[] {
  const seen = new Set(told);
  const find = (problems: readonly Problem[], owner: string | null): Finding[] =>
    problems.flatMap((problem) => {
      const key = nameCause(problem);
      if (!isBlinding(problem) || seen.has(key)) return [];
      seen.add(key);
      return [{ kind: "problem", code: 3, installation: installation.id, owner, problem }];
    });
  return [
    ...installation.stores.flatMap((store) => find(store.problems, store.owner)),
    ...find(installation.problems, null),
  ];
}

function nameCause({ reason, path }: Problem): string {
  return `${reason} ${path}`;
}
