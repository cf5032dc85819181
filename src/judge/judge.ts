import type { Credential, Usage } from "../credential.ts";
import type { AgentReading, HostReading, InstallationReading, OtherCredential } from "../discovery/installation.ts";
import { agentCheckCode } from "../exit-code.ts";
import type { Observations } from "../observations.ts";
import type { Policy } from "../policy.ts";
import { problem, type Problem } from "../problem.ts";
import { profileKey } from "../select.ts";
import type { EffectiveProfile, InstallationReport, ProfileReport, Snapshot, StoreReport } from "../snapshot.ts";
import type { Store } from "../stores/store.ts";
import { viewAgent, type AgentView } from "./agents.ts";
import { mergeStores, type EffectiveStore } from "./effective.ts";
import { Horizon } from "./horizon.ts";
import { placeOf, Watch } from "./watch.ts";
import { gatherFacts, type JudgingContext, type ProfileFacts } from "./profiles.ts";
import { reportAgent } from "./report-agent.ts";
import { createTargets, reportProfile } from "./report-profile.ts";
import { findSharedRefreshTokens } from "./shared-refresh.ts";
import { canServe, type Use } from "./verdict.ts";

export interface Judged {
  readonly snapshot: Snapshot;
  /** Keys of the observations that still hold; the others can be forgotten. */
  readonly observed: ReadonlySet<string>;
}

export interface JudgeOptions {
  readonly policy: Policy;
  readonly observations: Observations;
  /** Home of the person who will type the commands in `action`. */
  readonly home: string;
  /** When the stores were read; differs from `now` with `--at`. */
  readonly readAt: Date;
}

/** Everything from readings to snapshot. Pure: the same readings, options and `now` give the same answer. */
export function judge(reading: HostReading, options: JudgeOptions, now: Date): Judged {
  const watch = new Watch(options.observations, now);
  const { policy, home } = options;
  const context = { policy, home, now, watch, horizon: new Horizon(now) };
  const gathered = reading.installations.map((installation) => gather(installation, context));
  const shared = findSharedRefreshTokens(gathered.flatMap(({ facts }) => [...facts.values()]));
  const deadLogins = new Set(gathered.filter(isDeadLogin).map(({ installation }) => loginPath(installation)));
  const viewed = gathered.map((one) => view(one, deadLogins, now));
  const loginUsers = findLoginUsers(viewed);
  return {
    snapshot: {
      generatedAt: options.readAt,
      at: now,
      warnWithinMs: policy.warnWithinMs,
      installations: viewed.map((one) => report(one, shared, loginUsers, context)),
      searched: reading.searched,
      problems: [...reading.problems, ...findNothing(reading)],
      remotes: [],
      validUntil: context.horizon.validUntil,
    },
    observed: watch.seen,
  };
}

/** Where nothing is found, nothing is watched: that must show in every output, not only to a person. */
function findNothing({ installations, searched }: HostReading): readonly Problem[] {
  if (installations.length > 0) return [];
  return [
    problem("not_found", "", `no installation found in ${searched.length} places; \`agent-auth doctor\` lists them`),
  ];
}

interface Gathered {
  readonly installation: InstallationReading;
  readonly effective: ReadonlyMap<AgentReading, EffectiveStore>;
  readonly facts: ReadonlyMap<Credential, ProfileFacts>;
}

interface Viewed extends Gathered {
  readonly views: ReadonlyMap<AgentReading, AgentView>;
}

function gather(installation: InstallationReading, context: JudgingContext): Gathered {
  const effective = new Map<AgentReading, EffectiveStore>();
  const inherited = new Map<Credential, Usage[]>();
  for (const agent of installation.agents) {
    const store = mergeStores(agent.ownStore, agent.baseStore, context.now);
    effective.set(agent, store);
    collectInherited(agent, store, inherited);
    for (const [profileId, usage] of store.usage) {
      if (store.credentials.has(profileId)) context.horizon.usage(usage, context.policy, null);
    }
  }
  const facts = new Map<Credential, ProfileFacts>();
  const whereabouts = { installation: installation.id, place: placeOf(installation.stateDir) };
  for (const store of installation.stores) {
    for (const credential of store.credentials) {
      const usages = inherited.get(credential) ?? NO_USAGE;
      facts.set(credential, gatherFacts(whereabouts, store, credential, usages, context));
    }
  }
  return { installation, effective, facts };
}

const NO_USAGE: readonly Usage[] = [];

/** Notes what an agent's own store records of credentials that live in the base. */
function collectInherited(agent: AgentReading, store: EffectiveStore, inherited: Map<Credential, Usage[]>): void {
  if (agent.baseStore === null) return;
  for (const [profileId, usage] of agent.ownStore?.state.usage ?? []) {
    const owned = store.credentials.get(profileId);
    if (owned === undefined || owned.owner === agent.ownStore?.owner) continue;
    inherited.set(owned.credential, [...(inherited.get(owned.credential) ?? []), usage]);
  }
}

/** A login that was never read may well be alive. */
function isDeadLogin({ installation, facts }: Gathered): boolean {
  if (installation.kind !== "login" || installation.stores.some(({ readAt }) => readAt === null)) return false;
  return ![...facts.values()].some((one) => canServe(one));
}

/** What an agent's `otherCredentials` call a login: ids depend on what else was searched. */
function loginPath({ stores }: InstallationReading): string {
  return stores[0]?.path ?? "";
}

function view(gathered: Gathered, deadLogins: ReadonlySet<string>, now: Date): Viewed {
  const { installation, effective, facts } = gathered;
  const factsOf = (credential: Credential): ProfileFacts => facts.get(credential) as ProfileFacts;
  const views = new Map<AgentReading, AgentView>();
  for (const [reading, store] of effective) {
    const agent = deadLogins.size === 0 ? reading : withoutLogins(reading, deadLogins);
    views.set(reading, viewAgent({ installation, agent, store, factsOf, now }));
  }
  return { ...gathered, views };
}

function withoutLogins(agent: AgentReading, logins: ReadonlySet<string>): AgentReading {
  const isLeft = ({ kind, detail }: OtherCredential): boolean => kind !== "login" || !logins.has(detail);
  return { ...agent, otherCredentials: agent.otherCredentials.filter(isLeft) };
}

/** File of a login to the agents that answer through it, and whether each could do without. */
function findLoginUsers(viewed: readonly Viewed[]): ReadonlyMap<string, Use> {
  const users = new Map<string, { agents: string[]; isServedElsewhere: boolean; isUsed: boolean }>();
  for (const { installation, views } of viewed) {
    for (const agent of installation.agents) {
      const inUse = new Set(agent.providersConfigured.map(({ provider }) => provider));
      for (const { kind, detail, provider } of agent.otherCredentials) {
        if (kind !== "login" || !inUse.has(provider)) continue;
        const use = users.get(detail) ?? { agents: [], isServedElsewhere: true, isUsed: true };
        users.set(detail, use);
        use.agents.push(agent.id);
        const seen = views.get(agent)?.providers.find((one) => one.provider === provider);
        const others = seen?.otherCredentials.filter((other) => other.detail !== detail) ?? [];
        if ((seen?.usable ?? 0) === 0 && others.length === 0) use.isServedElsewhere = false;
      }
    }
  }
  return users;
}

const UNUSED: Use = { agents: [], isServedElsewhere: false, isUsed: false };

function report(
  viewed: Viewed,
  shared: ReadonlySet<ProfileFacts>,
  loginUsers: ReadonlyMap<string, Use>,
  context: JudgingContext,
): InstallationReport {
  const { installation, facts, views } = viewed;
  const users = findUsers(viewed);
  const loginUse = installation.kind === "login" ? loginUsers.get(loginPath(installation)) : undefined;
  const findTarget = createTargets(installation, context.home);
  const profiles: ProfileReport[] = [];
  for (const one of facts.values()) {
    const use = users.get(one.credential) ?? loginUse ?? UNUSED;
    profiles.push(reportProfile({ facts: one, use, isRefreshTokenShared: shared.has(one) }, findTarget, context));
  }
  // Few agents have something to mend, most of the time none.
  let rows: ReadonlyMap<string, ProfileReport> | null = null;
  const profileOf = (seen: EffectiveProfile): ProfileReport | undefined =>
    (rows ??= new Map(profiles.map((profile) => [profileKey(profile), profile]))).get(profileKey(seen));
  const base = {
    id: installation.id,
    kind: installation.kind,
    stateDir: installation.stateDir,
    configPath: installation.configPath,
    cli: installation.cli,
    problems: installation.problems,
    stores: installation.stores.map(reportStore),
    profiles,
  };
  const agents = installation.agents.map((agent) => {
    const view = views.get(agent) as AgentView;
    const row = reportAgent({ installation, agent, view, profileOf, findTarget }, context);
    return { ...row, checkCode: agentCheckCode(base, row) };
  });
  return { ...base, agents };
}

function reportStore(store: Store): StoreReport {
  const { credentials: _credentials, state: _state, ...facts } = store;
  return facts;
}

/** Who uses each credential, and whether each of them would still be answered for without it. */
function findUsers({ installation, effective, views }: Viewed): ReadonlyMap<Credential, Use> {
  const users = new Map<Credential, { agents: string[]; isServedElsewhere: boolean; isUsed: boolean }>();
  for (const agent of installation.agents) {
    const view = views.get(agent) as AgentView;
    const credentials = (effective.get(agent) as EffectiveStore).credentials;
    for (const provider of view.providers) {
      for (const profileId of view.candidates.get(provider.provider) ?? []) {
        const credential = credentials.get(profileId)?.credential;
        if (credential === undefined) continue;
        const use = users.get(credential) ?? { agents: [], isServedElsewhere: true, isUsed: false };
        users.set(credential, use);
        use.agents.push(agent.id);
        if (!provider.isInUse || !agent.isListed) continue;
        use.isUsed = true;
        const others = provider.usable - (view.serving.has(profileId) ? 1 : 0);
        if (others === 0 && provider.otherCredentials.length === 0) use.isServedElsewhere = false;
      }
    }
  }
  return users;
}
