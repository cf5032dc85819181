import { EMPTY_STATE, type Credential, type StoreState, type Usage } from "../../src/credential.ts";
import type { AgentReading, HostReading, InstallationReading } from "../../src/discovery/installation.ts";
import { judge, type Judged } from "../../src/judge/judge.ts";
import type { Observations } from "../../src/observations.ts";
import { DEFAULT_POLICY, type Policy } from "../../src/policy.ts";
import type { AgentReport, ProfileReport } from "../../src/snapshot.ts";
import type { Store } from "../../src/stores/store.ts";

export const NOW = new Date(1_790_000_000_000);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** An instant so many milliseconds from `NOW`. */
export function inMs(ms: number): Date {
  return new Date(NOW.getTime() + ms);
}

export function expiresIn(ms: number): Credential["expiry"] {
  return { kind: "at", at: inMs(ms) };
}

/** A static token of anthropic unless told otherwise. */
export function credential(over: Partial<Credential> = {}): Credential {
  return {
    profileId: "anthropic:manual",
    provider: "anthropic",
    type: "token",
    email: null,
    displayName: null,
    secret: "inline",
    hasRefresh: over.type === "oauth",
    expiry: { kind: "none" },
    fence: "none",
    isSetupInactive: false,
    hasUnresolvedRef: false,
    isExternallyManaged: false,
    refreshDigest: null,
    secretDigest: null,
    ...over,
  };
}

export function usage(over: Partial<Usage> = {}): Usage {
  return {
    lastUsedAt: null,
    lastFailureAt: null,
    errorCount: 0,
    failureCounts: new Map(),
    cooldown: null,
    disabled: null,
    blocked: null,
    ...over,
  };
}

export function state(over: Partial<StoreState> = {}): StoreState {
  return { ...EMPTY_STATE, ...over };
}

export function store(over: Partial<Store> = {}): Store {
  return {
    owner: "main",
    format: "agent-sqlite",
    path: "/home/pat/.openclaw/agents/main/agent/openclaw-agent.sqlite",
    isUp: true,
    isStale: false,
    readAt: NOW,
    modifiedAt: NOW,
    hasInsecureMode: false,
    schemaVersion: 23,
    credentials: [],
    state: EMPTY_STATE,
    problems: [],
    ...over,
  };
}

/** The agent main, answering with an anthropic model. */
export function agent(over: Partial<AgentReading> = {}): AgentReading {
  const id = over.id ?? "main";
  return {
    id,
    agentDir: `/home/pat/.openclaw/agents/${id}/agent`,
    isListed: true,
    ownStore: null,
    baseStore: null,
    providersConfigured: [{ provider: "anthropic", role: "primary", models: ["claude-opus-4-5"] }],
    otherCredentials: [],
    ...over,
  };
}

/** `stores` are those of the agents unless given. */
export function installation(over: Partial<InstallationReading> = {}): InstallationReading {
  const agents = over.agents ?? [];
  const stores = new Set(agents.flatMap(({ ownStore, baseStore }) => [ownStore, baseStore]));
  return {
    id: "openclaw",
    stateDir: "/home/pat/.openclaw",
    configPath: "/home/pat/.openclaw/openclaw.json",
    cli: "openclaw",
    kind: "openclaw",
    problems: [],
    stores: [...stores].filter((one) => one !== null),
    agents,
    declaredOrder: new Map(),
    declaredProfiles: [],
    isConfigBroken: false,
    ...over,
  };
}

export function host(...installations: readonly InstallationReading[]): HostReading {
  return { installations, searched: [], problems: [], revision: 1 };
}

/** One agent `main` whose own store holds these credentials. */
export function single(
  credentials: readonly Credential[],
  over: Partial<AgentReading> = {},
  stored = EMPTY_STATE,
): HostReading {
  return host(installation({ agents: [agent({ ownStore: store({ credentials, state: stored }), ...over })] }));
}

export interface Judging {
  readonly policy?: Partial<Policy>;
  readonly since?: Readonly<Record<string, Date>>;
  readonly now?: Date;
}

export function judged(reading: HostReading, { policy = {}, since = {}, now = NOW }: Judging = {}): Judged {
  const observations: Observations = { since: (key) => since[key] ?? null };
  return judge(
    reading,
    { policy: { ...DEFAULT_POLICY, ...policy }, observations, home: "/home/pat", readAt: now },
    now,
  );
}

/** The row of a profile, by owner and id, in the first installation. */
export function profileOf({ snapshot }: Judged, profileId = "anthropic:manual", owner = "main"): ProfileReport {
  const found = snapshot.installations
    .flatMap(({ profiles }) => profiles)
    .find((profile) => profile.profileId === profileId && profile.owner === owner);
  if (found === undefined) throw new Error(`no profile ${profileId} of ${owner}`);
  return found;
}

export function agentOf({ snapshot }: Judged, id = "main"): AgentReport {
  const found = snapshot.installations.flatMap(({ agents }) => agents).find((one) => one.id === id);
  if (found === undefined) throw new Error(`no agent ${id}`);
  return found;
}
