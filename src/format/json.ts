import type { Problem } from "../problem.ts";
import { redactSecrets } from "../redact.ts";
import { selectSnapshot } from "../select.ts";
import {
  listFreshProfiles,
  STATUSES,
  VERDICTS,
  type AgentReport,
  type CheckCode,
  type InstallationReport,
  type ProfileReport,
  type ProviderReport,
  type RemoteReport,
  type Snapshot,
  type StoreReport,
  type Unusable,
} from "../snapshot.ts";
import { isRecord } from "../record.ts";
import type { CheckReport } from "./format.ts";

const SCHEMA_VERSION = 1;

/** Our JSON, version 1 (docs/json.md), of what was asked about. */
export function renderJson({ snapshot, question, exitCode }: CheckReport): string {
  return renderSnapshotJson(selectSnapshot(snapshot, question), exitCode);
}

/** The document of `check --json`, `status --json` and `/api/v1/status`; `exitCode` is that of the contract. */
export function renderSnapshotJson(snapshot: Snapshot, exitCode: CheckCode): string {
  return `${toJsonText(describeSnapshot(snapshot, exitCode))}\n`;
}

/** The same without what the clock alone changes: equal for two checks that found the same. */
export function renderSteadyJson(snapshot: Snapshot, exitCode: CheckCode): string {
  return JSON.stringify(describeSnapshot(snapshot, exitCode), (key, value: unknown) =>
    CLOCK_FIELDS.has(key) ? undefined : value,
  );
}

const CLOCK_FIELDS: ReadonlySet<string> = new Set([
  "generatedAt",
  "at",
  "remainingSeconds",
  "readAt",
  "lastSeenAt",
  "lastCheckAt",
]);

/** JSON that is safe on a terminal and in a log: control characters escaped, nothing that looks like a secret. */
export function toJsonText(value: unknown): string {
  return JSON.stringify(value, redactValue, 2).replace(INVISIBLE, escapeCharacter);
}

/** Before it is escaped: afterwards the `n` of a line feed would be part of the word that follows it. */
function redactValue(_key: string, value: unknown): unknown {
  if (typeof value === "string") return redactSecrets(value);
  if (!isRecord(value) || Object.keys(value).every((key) => redactSecrets(key) === key)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [redactSecrets(key), held]));
}

/** `JSON.stringify` escapes control characters below U+0020 only; these too act on terminals. */
const INVISIBLE = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function describeSnapshot(snapshot: Snapshot, exitCode: CheckCode) {
  return {
    schemaVersion: SCHEMA_VERSION,
    generatedAt: toIso(snapshot.generatedAt),
    at: toIso(snapshot.at),
    exitCode,
    warnWithinSeconds: snapshot.warnWithinMs / 1_000,
    summary: summarise(snapshot.installations),
    searched: snapshot.searched,
    problems: snapshot.problems.map(describeProblem),
    remotes: snapshot.remotes.map(describeRemote),
    installations: snapshot.installations.map((installation) => describeInstallation(installation, snapshot.at)),
  };
}

function summarise(installations: readonly InstallationReport[]) {
  const profiles = installations.flatMap((installation) => installation.profiles);
  return {
    profiles: profiles.length,
    byStatus: countBy(STATUSES, profiles, ({ status }) => status),
    byVerdict: countBy(VERDICTS, profiles, ({ verdict }) => verdict),
    unusable: profiles.filter(({ unusable }) => unusable !== null).length,
    stale: profiles.length - installations.flatMap(listFreshProfiles).length,
  };
}

function countBy<W extends string>(
  words: readonly W[],
  profiles: readonly ProfileReport[],
  wordOf: (profile: ProfileReport) => W,
): Record<W, number> {
  const counts = Object.fromEntries(words.map((word) => [word, 0])) as Record<W, number>;
  for (const profile of profiles) counts[wordOf(profile)] += 1;
  return counts;
}

function describeInstallation(installation: InstallationReport, at: Date) {
  const stores = installation.stores.map(describeStore);
  return {
    id: installation.id,
    kind: installation.kind,
    remote: installation.remote ?? null,
    cli: installation.kind === "login" ? null : installation.cli,
    stateDir: installation.stateDir,
    configPath: installation.configPath,
    problems: installation.problems.map(describeProblem),
    stores,
    agents: installation.agents.map((agent) => describeAgent(agent, stores)),
    profiles: installation.profiles.map((profile) => describeProfile(profile, at)),
  };
}

function describeAgent(agent: AgentReport, stores: readonly ReturnType<typeof describeStore>[]) {
  return {
    id: agent.id,
    listed: agent.isListed,
    canAnswer: agent.canAnswer,
    verdict: agent.verdict,
    reason: agent.reason,
    message: agent.message,
    action: agent.action,
    checkCode: agent.checkCode,
    stores: stores.filter(({ owner }) => agent.storeOwners.includes(owner)),
    providers: agent.providers.map(describeProvider),
    profiles: agent.profiles.map(({ owner, profileId, provider, unusable }) => ({
      owner,
      profileId,
      provider,
      unusable: describeUnusable(unusable),
    })),
  };
}

function describeStore(store: StoreReport) {
  return {
    owner: store.owner,
    format: store.format,
    schemaVersion: store.schemaVersion,
    path: store.path,
    up: store.isUp,
    stale: store.isStale,
    insecureMode: store.hasInsecureMode,
    modifiedAt: toIso(store.modifiedAt),
    readAt: toIso(store.readAt),
    problems: store.problems.map(describeProblem),
  };
}

function describeProvider(provider: ProviderReport) {
  return {
    provider: provider.provider,
    inUse: provider.isInUse,
    role: provider.role,
    status: provider.status,
    expiresAt: toIso(provider.expiresAt),
    usable: provider.usable,
    total: provider.total,
    order: provider.order,
    otherCredentials: provider.otherCredentials.map(({ kind, detail }) => ({ kind, detail })),
  };
}

function describeProfile(profile: ProfileReport, at: Date) {
  return {
    owner: profile.owner,
    profileId: profile.profileId,
    provider: profile.provider,
    type: profile.type,
    email: profile.email,
    status: profile.status,
    reasonCode: profile.reasonCode,
    expiresAt: toIso(profile.expiresAt),
    remainingSeconds:
      profile.expiresAt === null ? null : Math.floor((profile.expiresAt.getTime() - at.getTime()) / 1_000),
    refreshable: profile.isRefreshable,
    verdict: profile.verdict,
    verdictReason: profile.verdictReason,
    unusable: describeUnusable(profile.unusable),
    lastUsedAt: toIso(profile.lastUsedAt),
    lastFailureAt: toIso(profile.lastFailureAt),
    errorCount: profile.errorCount,
    usedBy: profile.usedBy,
    action: profile.action,
  };
}

function describeUnusable(unusable: Unusable | null) {
  if (unusable === null) return null;
  return { kind: unusable.kind, reason: unusable.reason, until: toIso(unusable.until), model: unusable.model };
}

function describeRemote({ name, address, isUp, lastSeenAt, lastCheckAt, verdict, problem }: RemoteReport) {
  return {
    name,
    address,
    up: isUp,
    lastSeenAt: toIso(lastSeenAt),
    lastCheckAt: toIso(lastCheckAt),
    verdict,
    problem: problem === null ? null : describeProblem(problem),
  };
}

function describeProblem({ reason, path, message, count }: Problem) {
  return { reason, path, message, count };
}

function toIso(instant: Date | null): string | null {
  return instant === null ? null : instant.toISOString();
}
