import { FAMILY_OF_REASON } from "../../src/alerts/profile-family.ts";
import { runbookOf } from "../../src/alerts/runbook.ts";
import { isBlinding, type ProblemReason } from "../../src/problem.ts";
import type { ProfileVerdictReason, Verdict } from "../../src/snapshot.ts";

/** The part of `/api/v1/status` that alerts come from. */
export interface Status {
  readonly installations: readonly Installation[];
}

interface Installation {
  readonly id: string;
  readonly problems: readonly Problem[];
  readonly stores: readonly Store[];
  readonly agents: readonly {
    readonly id: string;
    readonly canAnswer: boolean | null;
    readonly verdict: Verdict;
    readonly reason: string;
  }[];
  readonly profiles: readonly {
    readonly owner: string;
    readonly profileId: string;
    readonly verdict: Verdict;
    readonly verdictReason: ProfileVerdictReason;
  }[];
}

interface Store {
  readonly owner: string;
  readonly problems: readonly Problem[];
  readonly insecureMode: boolean;
}

interface Problem {
  readonly reason: ProblemReason;
  readonly path: string;
  readonly message: string;
  readonly count: number;
}

/** An alert as it is recognised again: name, severity, and where it is. */
export interface Alert {
  readonly name: string;
  readonly severity: string;
  /** Installation, agent and profile, as far as it has them. */
  readonly where: string;
}

/** What must fire for what is shown by now, said a second time without PromQL: the rules are judged by this. */
export function expectAlerts({ installations }: Status): readonly Alert[] {
  return [
    { name: "AgentAuthWatchdog", severity: "info", where: "" },
    ...installations.flatMap((installation) => [
      ...installation.problems
        .filter(isBlinding)
        .map(() => ({ name: "AgentAuthDiscoveryProblem", severity: "warning", where: installation.id })),
      ...installation.stores.flatMap((store) => ofStore(`${installation.id} ${store.owner}`, store)),
      ...installation.agents.flatMap((agent) => ofAgent(`${installation.id} ${agent.id}`, agent)),
      ...installation.profiles.flatMap((profile) => ofProfile(installation.id, profile)),
    ]),
  ];
}

function ofStore(where: string, { problems, insecureMode }: Store): readonly Alert[] {
  const ofProblems = problems.filter(isBlinding).flatMap(({ reason }) => {
    if (reason === "migration_required") return [{ name: "AgentAuthMigrationRequired", severity: "warning", where }];
    // A warning at first, and critical as it lasts.
    return ["warning", "critical"].map((severity) => ({ name: "AgentAuthStoreUnreadable", severity, where }));
  });
  return insecureMode ? [...ofProblems, { name: "AgentAuthStoreInsecure", severity: "warning", where }] : ofProblems;
}

function ofAgent(where: string, { canAnswer, verdict, reason }: Installation["agents"][number]): readonly Alert[] {
  if (verdict === "info") return [];
  if (canAnswer === false) return [{ name: "AgentAuthAgentCannotAnswer", severity: "critical", where }];
  if (reason === "no_usable_credential") return [{ name: "AgentAuthAgentOnFallback", severity: "critical", where }];
  if (reason !== "fallback_without_credential") return [];
  return [{ name: "AgentAuthFallbackWithoutCredential", severity: "warning", where }];
}

function ofProfile(
  installation: string,
  { owner, profileId, verdict, verdictReason }: Installation["profiles"][number],
): readonly Alert[] {
  const family = FAMILY_OF_REASON[verdictReason];
  if (family === null || (verdict !== "warning" && verdict !== "critical")) return [];
  const where = `${installation} ${owner} ${profileId}`;
  return [{ name: runbookOf({ family, reason: verdictReason }), severity: verdict, where }];
}
