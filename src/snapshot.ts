import type { CredentialType } from "./credential.ts";
import type { ModelRole, OtherCredential, UpstreamCli } from "./discovery/installation.ts";
import type { Problem } from "./problem.ts";
import type { Shard } from "./shard.ts";

/** OpenClaw's own five words (`models status --json`). */
export const STATUSES = ["ok", "expiring", "expired", "missing", "static"] as const;
export type Status = (typeof STATUSES)[number];

export const VERDICTS = ["ok", "info", "warning", "critical"] as const;
export type Verdict = (typeof VERDICTS)[number];

export const STATUS_REASONS = [
  "missing_credential",
  "invalid_expires",
  "malformed_api_key",
  "unresolved_ref",
  "expired",
  "setup_inactive",
  "expires_in_seconds",
] as const;
export type StatusReason = (typeof STATUS_REASONS)[number];

export const PROFILE_VERDICT_REASONS = [
  "ok",
  "refreshable",
  "refresh_failing",
  "refresh_failed",
  "refresh_stuck",
  "expired",
  "expiring",
  "missing_credential",
  "invalid_expires",
  "malformed_api_key",
  "unresolved_ref",
  "setup_inactive",
  "token_age",
  "disabled",
  "blocked",
  "cooldown",
  "implausible_window",
  "shared_refresh_token",
] as const;
export type ProfileVerdictReason = (typeof PROFILE_VERDICT_REASONS)[number];

/** An agent's reason may also be the reason code of a store problem. */
export const AGENT_VERDICT_REASONS = [
  "ok",
  "no_usable_credential",
  "fallback_without_credential",
  "last_credential",
  "not_set_up",
  "stale",
] as const;
export type AgentVerdictReason = (typeof AGENT_VERDICT_REASONS)[number] | Problem["reason"];

export const UNUSABLE_KINDS = ["cooldown", "disabled", "blocked"] as const;
export type UnusableKind = (typeof UNUSABLE_KINDS)[number];

export interface Unusable {
  readonly kind: UnusableKind;
  /** OpenClaw's failure reason (`rate_limit`, `billing`, …); unknown words are kept as found. */
  readonly reason: string;
  readonly until: Date;
  /** Set when the window holds for one model only. */
  readonly model: string | null;
}

export interface ProfileReport {
  readonly owner: string;
  readonly profileId: string;
  readonly provider: string;
  readonly type: CredentialType;
  readonly email: string | null;
  readonly status: Status;
  readonly reasonCode: StatusReason | null;
  /** Kept after expiry. For `expires_in_seconds` the date that was probably meant. Null when none is recorded. */
  readonly expiresAt: Date | null;
  readonly isRefreshable: boolean;
  readonly verdict: Verdict;
  readonly verdictReason: ProfileVerdictReason;
  readonly unusable: Unusable | null;
  readonly lastUsedAt: Date | null;
  readonly lastFailureAt: Date | null;
  readonly errorCount: number;
  /** Ids of the agents whose effective order holds it. */
  readonly usedBy: readonly string[];
  /** The exact command that mends it; null when there is nothing to do. */
  readonly action: string | null;
}

export interface ProviderReport {
  readonly provider: string;
  readonly isInUse: boolean;
  /** Null when no model names it. */
  readonly role: ModelRole | null;
  readonly status: Status;
  /** The earliest end among its OAuth and token profiles. */
  readonly expiresAt: Date | null;
  /** Profiles that could answer now. */
  readonly usable: number;
  readonly total: number;
  /** Effective order of profile ids. */
  readonly order: readonly string[];
  readonly otherCredentials: readonly OtherCredential[];
}

/** A profile as one agent sees it, its own or inherited. */
export interface EffectiveProfile {
  readonly owner: string;
  readonly profileId: string;
  readonly provider: string;
  readonly unusable: Unusable | null;
}

export interface StoreReport {
  readonly owner: string;
  readonly format: string;
  readonly path: string;
  readonly isUp: boolean;
  readonly isStale: boolean;
  readonly hasInsecureMode: boolean;
  readonly schemaVersion: number | null;
  readonly modifiedAt: Date | null;
  readonly readAt: Date | null;
  readonly problems: readonly Problem[];
}

/** Exit codes of `check`, and the value of `agent_auth_agent_check_code`. */
export type CheckCode = 0 | 1 | 2 | 3;

export interface AgentReport {
  readonly id: string;
  readonly isListed: boolean;
  /** Null is unknown: a store is unreadable and nothing good was read before. */
  readonly canAnswer: boolean | null;
  readonly verdict: Verdict;
  readonly reason: AgentVerdictReason;
  /** One sentence for a person; empty when the verdict is `ok`. */
  readonly message: string;
  readonly action: string | null;
  readonly checkCode: CheckCode;
  /** Owners of the stores it reads, its own first. */
  readonly storeOwners: readonly string[];
  readonly providers: readonly ProviderReport[];
  /** Everything it can see, own over inherited, sorted by provider and id. */
  readonly profiles: readonly EffectiveProfile[];
}

export interface InstallationReport {
  readonly id: string;
  readonly kind: "openclaw" | "login";
  /** Name of the host that it was asked of; absent for one of ours. */
  readonly remote?: string;
  readonly stateDir: string;
  readonly configPath: string | null;
  readonly cli: UpstreamCli;
  readonly problems: readonly Problem[];
  readonly stores: readonly StoreReport[];
  readonly agents: readonly AgentReport[];
  /** One row per credential and owning store. */
  readonly profiles: readonly ProfileReport[];
}

/** Another host that was asked. */
export interface RemoteReport {
  readonly name: string;
  /** Without credentials. */
  readonly address: string;
  /** It answered when it was asked last; null while no question has come to an end. */
  readonly isUp: boolean | null;
  /** When that question began, by our clock. */
  readonly askedAt: Date | null;
  /** When it answered last, by our clock; null for never. */
  readonly lastSeenAt: Date | null;
  /** When it had looked at its stores last, by our clock. */
  readonly lastCheckAt: Date | null;
  readonly verdict: Verdict;
  /** Why nothing is known of it now; null when all is well. */
  readonly problem: Problem | null;
  /** The message of that without how long ago it was known: for who reads it later. Absent with it. */
  readonly lasting?: string;
}

/** The immutable result of one check of everything. */
export interface Snapshot {
  /** When the stores were read. */
  readonly generatedAt: Date;
  /** The instant that was judged; differs from `generatedAt` only with `--at`. */
  readonly at: Date;
  readonly warnWithinMs: number;
  readonly installations: readonly InstallationReport[];
  readonly searched: readonly string[];
  readonly problems: readonly Problem[];
  /** Set where other processes tell of the other agents; what was read of these is in here nevertheless. */
  readonly shard?: Shard;
  /** Other hosts that were asked; their installations are among ours. */
  readonly remotes: readonly RemoteReport[];
  /** The first instant after `at` at which the same readings would be judged differently; null if never. */
  readonly validUntil: Date | null;
}

/** Owners of the stores of which an earlier reading is shown: how their credentials are now is not known. */
export function findStaleOwners({ stores }: Pick<InstallationReport, "stores">): ReadonlySet<string> {
  return new Set(stores.filter(({ isStale }) => isStale).map(({ owner }) => owner));
}

/** Those of which it is known how they are: a stale one is as it was. */
export function listFreshProfiles(installation: InstallationReport): readonly ProfileReport[] {
  const stale = findStaleOwners(installation);
  return stale.size === 0 ? installation.profiles : installation.profiles.filter(({ owner }) => !stale.has(owner));
}

/** The path of a login, for several lie in one directory; else the state directory. */
export function placeOfReport({
  kind,
  stateDir,
  stores,
}: Pick<InstallationReport, "kind" | "stateDir" | "stores">): string {
  return kind === "login" ? (stores[0]?.path ?? stateDir) : stateDir;
}

/** The host that a path is of, or its address; undefined for this one, and for those that are not watched. */
export function findRemote<R extends Pick<RemoteReport, "name" | "address">>(
  remotes: readonly R[],
  path: string,
): R | undefined {
  return remotes.find(({ name, address }) => path === address || path.startsWith(`${name}:`));
}

/** Where was looked: the places, and the other hosts that were asked. */
export type Looked = Pick<Snapshot, "searched" | "remotes">;

/** Where an installation could be named that was not found: on this host, and on which others. */
export function findWhereToMend({ searched, remotes }: Looked): {
  readonly isHere: boolean;
  readonly remotes: readonly string[];
} {
  // What the others say or said; one of which nothing is known is no place to mend.
  const told = remotes.filter((one) => one.isUp === true || searched.some((path) => findRemote([one], path)));
  const isHere = told.length === 0 || searched.some((path) => findRemote(remotes, path) === undefined);
  return { isHere, remotes: told.map(({ name }) => name) };
}

/** Whether there is nothing where something was looked for; what a host holds that does not answer is not known. */
export function isNothingFound({ installations, searched, remotes }: Snapshot): boolean {
  return installations.length === 0 && (searched.length > 0 || remotes.every(({ isUp }) => isUp === true));
}
