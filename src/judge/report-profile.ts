import type { InstallationReading } from "../discovery/installation.ts";
import type { ProfileReport } from "../snapshot.ts";
import { CLI_OWNER, SHARED_OWNER, type Store } from "../stores/store.ts";
import { mendProfile, type Target } from "./action.ts";
import type { JudgingContext, ProfileFacts } from "./profiles.ts";
import { isRefreshable, judgeProfile } from "./verdict.ts";

/** Who depends on a credential. */
export interface Use {
  /** Ids of the agents that would try it. */
  readonly agents: readonly string[];
  /** Each of them would still be answered for without it. */
  readonly isServedElsewhere: boolean;
  /** At least one of them has its provider in use. */
  readonly isUsed: boolean;
}

/** The row of one credential. */
export function reportProfile(
  installation: InstallationReading,
  facts: ProfileFacts,
  use: Use,
  isRefreshTokenShared: boolean,
  { policy, now, home }: JudgingContext,
): ProfileReport {
  const { credential, health, unusable, store } = facts;
  const situation = { ...facts, isServedElsewhere: use.isServedElsewhere, isUsed: use.isUsed, isRefreshTokenShared };
  const { verdict, reason } = judgeProfile(situation, policy, now);
  const findTarget = (): Target => targetOf(installation, ownerAgent(store, use), store.format, home);
  return {
    owner: store.owner,
    profileId: credential.profileId,
    provider: credential.provider,
    type: credential.type,
    email: credential.email,
    status: health.status,
    reasonCode: health.reasonCode,
    expiresAt: health.expiresAt,
    isRefreshable: isRefreshable(facts),
    verdict,
    verdictReason: reason,
    unusable,
    lastUsedAt: facts.lastUsedAt,
    lastFailureAt: facts.lastFailureAt,
    errorCount: facts.errorCount,
    usedBy: use.agents,
    action: mendProfile({ credential, owner: store.owner, reason, unusable }, findTarget),
  };
}

/** A shared credential is renewed through an agent that uses it. */
function ownerAgent({ owner }: Store, { agents }: Use): string {
  if (owner === CLI_OWNER) return "";
  return owner === SHARED_OWNER ? (agents[0] ?? "main") : owner;
}

/** Where a command for an agent must act. */
export function targetOf(installation: InstallationReading, agentId: string, format: string, home: string): Target {
  const agentDir = installation.agents.find(({ id }) => id === agentId)?.agentDir ?? "";
  return { cli: installation.cli, stateDir: installation.stateDir, home, agentId, agentDir, format };
}
