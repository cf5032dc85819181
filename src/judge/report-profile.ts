import type { InstallationReading } from "../discovery/installation.ts";
import type { ProfileReport } from "../snapshot.ts";
import { CLI_OWNER, SHARED_OWNER, type Store } from "../stores/store.ts";
import { mendProfile, type Target } from "./action.ts";
import type { JudgingContext } from "./profiles.ts";
import { isRefreshable, judgeProfile, type Situation, type Use } from "./verdict.ts";

/** The row of one credential. */
export function reportProfile(
  situation: Situation,
  findTarget: FindTarget,
  { policy, now }: JudgingContext,
): ProfileReport {
  const { facts, use } = situation;
  const { credential, health, unusable, store } = facts;
  const { verdict, reason } = judgeProfile(situation, policy, now);
  const mending = { credential, owner: store.owner, reason, unusable };
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
    action: mendProfile(mending, () => findTarget(ownerAgent(store, use), store.format)),
  };
}

/** A shared credential is renewed through an agent that uses it. */
function ownerAgent({ owner }: Store, { agents }: Use): string {
  if (owner === CLI_OWNER) return "";
  return owner === SHARED_OWNER ? (agents[0] ?? "main") : owner;
}

/** Where a command for an agent must act; `format` is that of the store it is about. */
export type FindTarget = (agentId: string, format: string) => Target;

/** Knows the agents of one installation. */
export function createTargets({ cli, stateDir, agents }: InstallationReading, home: string): FindTarget {
  const agentDirs = new Map(agents.map(({ id, agentDir }) => [id, agentDir]));
  return (agentId, format) => ({ cli, stateDir, home, agentId, agentDir: agentDirs.get(agentId) ?? "", format });
}
