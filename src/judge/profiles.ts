import type { Credential, Usage } from "../credential.ts";
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

/** Where a credential is: the id of an installation, and its `placeOf`. */
export interface Whereabouts {
  readonly installation: string;
  readonly place: string;
}

/**
 * Gathers the facts of a credential. `inherited` are the records that other agents keep of it: OpenClaw counts failures
 * where the agent runs, not where the credential lives.
 */
export function gatherFacts(
  { installation, place }: Whereabouts,
  store: Store,
  credential: Credential,
  inherited: readonly Usage[],
  context: JudgingContext,
): ProfileFacts {
  const { policy, now, watch, horizon } = context;
  const key = subjectOf(place, `${store.owner}/${credential.profileId}`);
  const own = store.state.usage.get(credential.profileId);
  const usages = own === undefined ? inherited : [own, ...inherited];
  const unusable = gravestUnusable(credential.provider, usages, now);
  const unusableSince = unusable === null ? null : watch.since("unusable", key);
  horizon.credential(credential, policy);
  for (const usage of usages) horizon.usage(usage, policy, unusableSince);
  const { lastUsedAt, lastFailureAt, errorCount } = summarise(usages);
  return {
    installation,
    store,
    credential,
    health: judgeHealth(credential, policy.warnWithinMs, now),
    refresh: worstRefresh(credential, usages, key, context),
    unusable,
    unusableSince,
    firstSeenAt: firstSeen(place, store, credential, context),
    lastUsedAt,
    lastFailureAt,
    errorCount,
  };
}

function gravestUnusable(provider: string, usages: readonly Usage[], now: Date): Unusable | null {
  let gravest: Unusable | null = null;
  for (const usage of usages) {
    const found = findUnusable(provider, usage, now);
    if (found !== null && (gravest === null || isGraver(found, gravest))) gravest = found;
  }
  return gravest;
}

function isGraver(a: Unusable, b: Unusable): boolean {
  return a.kind === b.kind ? a.until > b.until : KINDS.indexOf(a.kind) < KINDS.indexOf(b.kind);
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
  let worst = judgeRefresh(credential, undefined, policy, now, watch, horizon, key);
  for (const usage of usages) {
    const state = judgeRefresh(credential, usage, policy, now, watch, horizon, key);
    if (GRAVITY.indexOf(state) > GRAVITY.indexOf(worst)) worst = state;
  }
  return worst;
}

/** Only a token of a store that never says when it ends has an age worth watching. */
function firstSeen(
  place: string,
  store: Store,
  credential: Credential,
  { policy, watch, horizon }: JudgingContext,
): Date | null {
  const lifetimeMs = policy.staticTokenLifetimeMs;
  if (lifetimeMs === null || store.owner === CLI_OWNER) return null;
  if (credential.type !== "token" || credential.expiry.kind !== "none" || credential.secretDigest === null) return null;
  const since = watch.since("token", subjectOf(place, credential.secretDigest));
  horizon.at(since.getTime() + lifetimeMs - policy.warnWithinMs);
  return since;
}

function summarise(usages: readonly Usage[]): Pick<ProfileFacts, "lastUsedAt" | "lastFailureAt" | "errorCount"> {
  let lastUsedAt: Date | null = null;
  let lastFailureAt: Date | null = null;
  let errorCount = 0;
  for (const usage of usages) {
    lastUsedAt = later(lastUsedAt, usage.lastUsedAt);
    lastFailureAt = later(lastFailureAt, usage.lastFailureAt);
    errorCount = Math.max(errorCount, usage.errorCount);
  }
  return { lastUsedAt, lastFailureAt, errorCount };
}

function later(a: Date | null, b: Date | null): Date | null {
  return a === null || (b !== null && b > a) ? b : a;
}
