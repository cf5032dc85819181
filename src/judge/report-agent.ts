import type { AgentReading, InstallationReading } from "../discovery/installation.ts";
import type { AgentReport, EffectiveProfile, ProfileReport } from "../snapshot.ts";
import { addCredential, repairCommand, type Target } from "./action.ts";
import { isServed, judgeAgent, type AgentVerdict } from "./agent-verdict.ts";
import { hasAnsweringModel, type AgentView } from "./agents.ts";
import type { JudgingContext } from "./profiles.ts";
import type { FindTarget } from "./report-profile.ts";
import { placeOf, subjectOf } from "./watch.ts";

export interface AgentSubject {
  readonly installation: InstallationReading;
  readonly agent: AgentReading;
  readonly view: AgentView;
  /** Finds the row of a credential it sees. */
  readonly profileOf: (seen: EffectiveProfile) => ProfileReport | undefined;
  readonly findTarget: FindTarget;
}

/** The row of one agent. */
export function reportAgent(
  { installation, agent, view, profileOf, findTarget }: AgentSubject,
  { policy, now, watch, horizon }: JudgingContext,
): Omit<AgentReport, "checkCode"> {
  const { providers, profiles, candidates } = view;
  const read = [agent.ownStore, agent.baseStore].filter((store) => store !== null);
  const stores = read.map((store) => {
    const failingSince = store.isUp
      ? null
      : watch.since("unreadable", subjectOf(placeOf(installation.stateDir), store.owner));
    if (failingSince !== null) horizon.after(store.readAt ?? failingSince, policy.staleAfterMs);
    return { store, failingSince };
  });
  const found = judgeAgent(
    {
      id: agent.id,
      isListed: agent.isListed,
      stores,
      providers,
      candidates,
      isConfigBroken: installation.isConfigBroken,
      hasModel: hasAnsweringModel(agent),
      isEmpty: profiles.length === 0,
    },
    policy,
    now,
  );
  return {
    id: agent.id,
    isListed: agent.isListed,
    canAnswer: found.canAnswer,
    verdict: found.verdict,
    reason: found.reason,
    message: found.message,
    action: mendAgent(found, view, profileOf, () => findTarget(agent.id, read[0]?.format ?? "")),
    storeOwners: read.map(({ owner }) => owner),
    providers,
    profiles,
  };
}

function mendAgent(
  found: AgentVerdict,
  { providers, profiles }: AgentView,
  profileOf: (seen: EffectiveProfile) => ProfileReport | undefined,
  findTarget: () => Target,
): string | null {
  if (found.reason === "migration_required" || found.reason === "config_invalid") return repairCommand(findTarget());
  const provider = providers.find((one) => one.provider === found.provider);
  if (provider === undefined || isServed(provider)) return null;
  for (const seen of profiles.filter((one) => one.provider === provider.provider)) {
    const action = profileOf(seen)?.action ?? null;
    if (action !== null) return action;
  }
  return provider.total === 0 ? addCredential(provider.provider, findTarget()) : null;
}
