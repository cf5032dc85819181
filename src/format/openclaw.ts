import type { OtherCredential } from "../discovery/installation.ts";
import { describeUnusable } from "./words.ts";
import { profileKey, selectSnapshot } from "../select.ts";
import type { AgentReport, InstallationReport, ProfileReport, ProviderReport, Snapshot } from "../snapshot.ts";
import type { CheckReport } from "./format.ts";
import { toJsonText } from "./json.ts";

/**
 * The shape of `openclaw models status --json` (2026.9.6) for one agent, so that scripts made for it keep working: the
 * agent asked for, else `main`, else the first one. Where upstream prints fragments of secrets (labels, values), this
 * says only what kind of thing is there; what a snapshot does not hold (models, aliases) is left out.
 */
export function renderOpenclaw({ snapshot, question }: CheckReport): string {
  const [installation] = selectSnapshot(narrowToAgent(snapshot, question.agents), question).installations;
  const [agent] = installation?.agents ?? [];
  if (installation === undefined || agent === undefined) {
    const message = "No agent found; see `agent-auth doctor` for where it looked.";
    return `${toJsonText({ ok: false, error: { type: "cli_error", message } })}\n`;
  }
  return `${toJsonText(describeAgent(installation, agent, snapshot))}\n`;
}

/** The snapshot with nothing but the one agent that this format speaks of, and what it reads. */
export function narrowToAgent(snapshot: Snapshot, names: readonly string[]): Snapshot {
  const found = chooseAgent(snapshot, names);
  if (found === null) return { ...snapshot, installations: [] };
  const narrow = { ...snapshot, installations: [{ ...found.installation, agents: [found.agent] }] };
  return selectSnapshot(narrow, { agents: [found.agent.id], providers: [] });
}

interface Chosen {
  readonly installation: InstallationReport;
  readonly agent: AgentReport;
}

function chooseAgent({ installations }: Snapshot, names: readonly string[]): Chosen | null {
  const all = installations.flatMap((installation) => installation.agents.map((agent) => ({ installation, agent })));
  if (names.length > 0) return all.find(({ agent }) => names.includes(agent.id)) ?? null;
  return all.find(({ agent }) => agent.id === "main") ?? all.find(({ agent }) => agent.isListed) ?? all[0] ?? null;
}

function describeAgent(installation: InstallationReport, agent: AgentReport, { at, warnWithinMs }: Snapshot) {
  const rows = new Map(installation.profiles.map((profile) => [profileKey(profile), profile]));
  const profiles = agent.profiles.flatMap((seen) => {
    const row = rows.get(profileKey(seen));
    return row === undefined ? [] : [{ ...row, unusable: seen.unusable }];
  });
  const storePath = storePathOf(installation, agent);
  const ofProvider = (provider: string) => profiles.filter((profile) => profile.provider === provider);
  return {
    configPath: installation.configPath,
    agentId: agent.id,
    auth: {
      storePath,
      shellEnvFallback: { enabled: false, appliedKeys: [] },
      providersWithOAuth: agent.providers.flatMap(({ provider }) => countOAuth(provider, ofProvider(provider))),
      missingProvidersInUse: agent.providers.filter(isMissing).map(({ provider }) => provider),
      providers: agent.providers.map((provider) =>
        describeSources(provider, ofProvider(provider.provider), storePath, at),
      ),
      unusableProfiles: describeUnusableProfiles(profiles, at),
      oauth: {
        warnAfterMs: warnWithinMs,
        profiles: profiles.map((profile) => describeHealth(profile, at)),
        providers: agent.providers
          .filter(({ provider }) => ofProvider(provider).length > 0)
          .map((provider) => describeProviderHealth(provider, ofProvider(provider.provider), at)),
      },
    },
  };
}

/** The store of its own, else the base it reads. */
function storePathOf(installation: InstallationReport, agent: AgentReport): string | null {
  return installation.stores.find(({ owner }) => owner === agent.storeOwners[0])?.path ?? null;
}

function countOAuth(provider: string, profiles: readonly ProfileReport[]): readonly string[] {
  const count = profiles.filter(({ type }) => type !== "api_key").length;
  return count === 0 ? [] : [`${provider} (${count})`];
}

function isMissing(provider: ProviderReport): boolean {
  return provider.isInUse && provider.usable === 0 && provider.otherCredentials.length === 0;
}

/** Upstream's names for where else a credential can come from. */
const SOURCE_KEYS = {
  env: "env",
  config: "modelsJson",
  local: "syntheticAuth",
  aws: "syntheticAuth",
  gcloud: "syntheticAuth",
  login: "syntheticAuth",
} as const satisfies Record<OtherCredential["kind"], string>;

const EFFECTIVE_KINDS = { env: "env", modelsJson: "models.json", syntheticAuth: "synthetic" } as const;

function describeSources(
  provider: ProviderReport,
  profiles: readonly ProfileReport[],
  storePath: string | null,
  at: Date,
) {
  const sources = Object.fromEntries(
    provider.otherCredentials
      .toReversed()
      .map(({ kind, detail }) => [
        SOURCE_KEYS[kind],
        { value: "(set)", source: kind === "env" ? `env: ${detail}` : detail },
      ]),
  );
  const [first] = provider.otherCredentials;
  const other = first === undefined ? null : { kind: EFFECTIVE_KINDS[SOURCE_KEYS[first.kind]], detail: first.detail };
  const count = (type: ProfileReport["type"]) => profiles.filter((profile) => profile.type === type).length;
  return {
    provider: provider.provider,
    effective:
      profiles.length > 0 ? { kind: "profiles", detail: storePath } : (other ?? { kind: "missing", detail: "missing" }),
    profiles: {
      count: profiles.length,
      oauth: count("oauth"),
      token: count("token"),
      apiKey: count("api_key"),
      labels: profiles.map((profile) => describeLabel(profile, at)),
    },
    ...sources,
  };
}

function describeLabel({ profileId, type, status, unusable }: ProfileReport, at: Date): string {
  const label = status === "missing" ? `${profileId}=${type}:missing` : `${profileId}=${type}`;
  return unusable === null ? label : `${label} [${describeUnusable(unusable, at)}]`;
}

function describeUnusableProfiles(profiles: readonly ProfileReport[], at: Date) {
  return profiles
    .flatMap(({ profileId, provider, unusable, action }) => {
      if (unusable === null) return [];
      const until = unusable.until.getTime();
      const hint = action === null ? {} : { recoveryHint: action };
      const { kind, reason } = unusable;
      return [{ profileId, provider, kind, reason, until, remainingMs: until - at.getTime(), ...hint }];
    })
    .toSorted((a, b) => a.remainingMs - b.remainingMs);
}

function describeHealth(profile: ProfileReport, at: Date) {
  const { profileId, provider, type, status, reasonCode, email } = profile;
  // Ours alone: upstream takes seconds for milliseconds and so for 1970.
  const isInSeconds = reasonCode === "expires_in_seconds";
  const reason = isInSeconds ? "expired" : reasonCode;
  return {
    profileId,
    provider,
    type,
    status,
    ...(reason === null ? {} : { reasonCode: reason }),
    ...(isInSeconds ? {} : describeEnd(profile.expiresAt, at)),
    source: "store",
    label: email === null ? profileId : `${profileId} (${email})`,
  };
}

function describeProviderHealth(provider: ProviderReport, profiles: readonly ProfileReport[], at: Date) {
  const rows = new Map(profiles.map((profile) => [profile.profileId, profile]));
  const effective = provider.order.map((id) => rows.get(id)).filter((row) => row !== undefined);
  return {
    provider: provider.provider,
    status: provider.status,
    ...describeEnd(provider.expiresAt, at),
    profiles: profiles.map((profile) => describeHealth(profile, at)),
    effectiveProfiles: effective.map((profile) => describeHealth(profile, at)),
  };
}

function describeEnd(expiresAt: Date | null, at: Date) {
  return expiresAt === null ? {} : { expiresAt: expiresAt.getTime(), remainingMs: expiresAt.getTime() - at.getTime() };
}
