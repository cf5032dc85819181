import type { Credential, Usage } from "../credential.ts";
import type { InstallationReading } from "../discovery/installation.ts";
import type { Policy } from "../policy.ts";
import type { Unusable, UnusableKind } from "../snapshot.ts";
import { CLI_OWNER, type Store } from "../stores/store.ts";
import { judgeHealth, type Health } from "./health.ts";
import type { Horizon } from "./horizon.ts";
import { subjectOf, type Watch } from "./watch.ts";
import { judgeRefresh, type RefreshState } from "./refresh.ts";
import { findUnusable } from "./unusable.ts";

/** One credential of one store, with what is known of it before anyone asks who uses it. */
export interface ProfileFacts {
  readonly installation: string;
  readonly store: Store;
  readonly credential: Credential;
  /** Under which observations are remembered. */
  readonly key: string;
  readonly health: Health;
  readonly refresh: RefreshState;
  readonly unusable: Unusable | null;
  readonly unusableSince: Date | null;
  readonly firstSeenAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly lastFailureAt: Date | null;
  readonly errorCount: number;
}

export interface JudgingContext {
  readonly policy: Policy;
  readonly now: Date;
  /** Home of the person who will type the commands in `action`. */
  readonly home: string;
  readonly watch: Watch;
  readonly horizon: Horizon;
}

/**
 * Gathers the facts of a credential. `inherited` are the records that other agents keep of it: OpenClaw counts failures
 * where the agent runs, not where the credential lives.
 */
export function gatherFacts(
  { id: installation, stateDir }: Pick<InstallationReading, "id" | "stateDir">,
  store: Store,
  credential: Credential,
  inherited: readonly Usage[],
  context: JudgingContext,
): ProfileFacts {
  const { policy, now, watch, horizon } = context;
  const key = subjectOf(stateDir, `${store.owner}/${credential.profileId}`);
  const own = store.state.usage.get(credential.profileId);
  const usages = own === undefined ? inherited : [own, ...inherited];
  const unusable = gravestUnusable(credential.provider, usages, now);
  const unusableSince = unusable === null ? null : watch.since("unusable", key);
  horizon.credential(credential, policy);
  for (const usage of usages) horizon.usage(usage, policy, unusableSince);
  return {
    installation,
    store,
    credential,
    key,
    health: judgeHealth(credential, policy.warnWithinMs, now),
    refresh: worstRefresh(credential, usages, key, context),
    unusable,
    unusableSince,
    firstSeenAt: firstSeen(stateDir, store, credential, context),
    lastUsedAt: latest(usages.map((usage) => usage.lastUsedAt)),
    lastFailureAt: latest(usages.map((usage) => usage.lastFailureAt)),
    errorCount: Math.max(0, ...usages.map((usage) => usage.errorCount)),
  };
}

function gravestUnusable(provider: string, usages: readonly Usage[], now: Date): Unusable | null {
  const found = usages.map((usage) => findUnusable(provider, usage, now)).filter((one) => one !== null);
  found.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || b.until.getTime() - a.until.getTime());
  return found[0] ?? null;
}

/** Gravest first. */
const KINDS: readonly UnusableKind[] = ["disabled", "blocked", "cooldown"];

const GRAVITY: readonly RefreshState[] = ["idle", "running", "stuck", "failing", "failed"];

function worstRefresh(
  credential: Credential,
  usages: readonly Usage[],
  key: string,
  { policy, now, watch, horizon }: JudgingContext,
): RefreshState {
  if (credential.type !== "oauth") return "idle";
  const states = [undefined, ...usages].map((usage) =>
    judgeRefresh(credential, usage, policy, now, watch, horizon, key),
  );
  return GRAVITY.findLast((state) => states.includes(state)) ?? "idle";
}

/** Only a token of a store that never says when it ends has an age worth watching. */
function firstSeen(
  stateDir: string,
  store: Store,
  credential: Credential,
  { policy, watch, horizon }: JudgingContext,
): Date | null {
  const lifetimeMs = policy.staticTokenLifetimeMs;
  if (lifetimeMs === null || store.owner === CLI_OWNER) return null;
  if (credential.type !== "token" || credential.expiry.kind !== "none" || credential.secretDigest === null) return null;
  const since = watch.since("token", subjectOf(stateDir, credential.secretDigest));
  horizon.at(since.getTime() + lifetimeMs - policy.warnWithinMs);
  return since;
}

function latest(dates: readonly (Date | null)[]): Date | null {
  let last: Date | null = null;
  for (const date of dates) if (date !== null && (last === null || date > last)) last = date;
  return last;
}
