import { DEFAULT_POLICY } from "../src/policy.ts";
import type {
  AgentReport,
  EffectiveProfile,
  InstallationReport,
  ProfileReport,
  ProviderReport,
  Snapshot,
  StoreReport,
} from "../src/snapshot.ts";

/** The instant of all hand-made snapshots: 2026-09-21T14:13:20Z. */
export const NOW = new Date(1_790_000_000_000);

/** An instant so many hours from `NOW`; negative is the past. */
export function inHours(hours: number): Date {
  return new Date(NOW.getTime() + hours * 3_600_000);
}

/** A healthy installation with main and one static key, unless told otherwise. */
export function buildSnapshot(overrides: Partial<Snapshot> = {}): Snapshot {
  return {
    generatedAt: NOW,
    at: NOW,
    warnWithinMs: DEFAULT_POLICY.warnWithinMs,
    installations: [buildInstallation()],
    searched: ["/home/user"],
    problems: [],
    remotes: [],
    validUntil: null,
    ...overrides,
  };
}

/** Agents default to a `main` that sees every profile given, its providers derived from them. */
export function buildInstallation(overrides: Partial<InstallationReport> = {}): InstallationReport {
  const profiles = overrides.profiles ?? [buildProfile()];
  return {
    id: "openclaw",
    kind: "openclaw",
    stateDir: "/home/user/.openclaw",
    configPath: "/home/user/.openclaw/openclaw.json",
    cli: "openclaw",
    problems: [],
    stores: [buildStore()],
    agents: [buildAgent({ profiles: profiles.map(toEffective), providers: profiles.map(toProvider) })],
    profiles,
    ...overrides,
  };
}

export function buildAgent(overrides: Partial<AgentReport> = {}): AgentReport {
  return {
    id: "main",
    isListed: true,
    canAnswer: true,
    verdict: "ok",
    reason: "ok",
    message: "",
    action: null,
    checkCode: 0,
    storeOwners: ["main"],
    providers: [buildProvider()],
    profiles: [toEffective(buildProfile())],
    ...overrides,
  };
}

export function buildProvider(overrides: Partial<ProviderReport> = {}): ProviderReport {
  return {
    provider: "anthropic",
    isInUse: true,
    role: "primary",
    status: "ok",
    expiresAt: null,
    usable: 1,
    total: 1,
    order: ["anthropic:default"],
    otherCredentials: [],
    ...overrides,
  };
}

export function buildProfile(overrides: Partial<ProfileReport> = {}): ProfileReport {
  return {
    owner: "main",
    profileId: "anthropic:default",
    provider: "anthropic",
    type: "token",
    email: null,
    status: "ok",
    reasonCode: null,
    expiresAt: null,
    isRefreshable: false,
    verdict: "ok",
    verdictReason: "ok",
    unusable: null,
    lastUsedAt: null,
    lastFailureAt: null,
    errorCount: 0,
    usedBy: ["main"],
    action: null,
    ...overrides,
  };
}

export function buildStore(overrides: Partial<StoreReport> = {}): StoreReport {
  return {
    owner: "main",
    format: "auth-profiles-json",
    path: "/home/user/.openclaw/agents/main/agent/auth-profiles.json",
    isUp: true,
    isStale: false,
    hasInsecureMode: false,
    schemaVersion: 1,
    modifiedAt: NOW,
    readAt: NOW,
    problems: [],
    ...overrides,
  };
}

export function toEffective({ owner, profileId, provider, unusable }: ProfileReport): EffectiveProfile {
  return { owner, profileId, provider, unusable };
}

function toProvider(profile: ProfileReport): ProviderReport {
  const isGood = profile.status !== "expired" && profile.status !== "missing" && profile.unusable === null;
  return buildProvider({
    provider: profile.provider,
    status: profile.status,
    expiresAt: profile.expiresAt,
    usable: isGood ? 1 : 0,
    order: [profile.profileId],
  });
}
