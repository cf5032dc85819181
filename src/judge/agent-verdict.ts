import { isBlinding } from "../problem.ts";
import type { Policy } from "../policy.ts";
import { VERDICTS, type AgentVerdictReason, type ProviderReport, type Verdict } from "../snapshot.ts";
import { SHARED_OWNER, type Store } from "../stores/store.ts";

export interface AgentSituation {
  readonly id: string;
  readonly isListed: boolean;
  /** Stores it reads, each with since when it has been unreadable; null while it is readable. */
  readonly stores: readonly { readonly store: Store; readonly failingSince: Date | null }[];
  readonly providers: readonly ProviderReport[];
  /** Provider to the profiles that would be tried for it. */
  readonly candidates: ReadonlyMap<string, readonly string[]>;
  readonly isConfigBroken: boolean;
  /** A model is configured, so that we know which provider it answers with. */
  readonly hasModel: boolean;
  /** It sees no profile at all, neither its own nor an inherited one. */
  readonly isEmpty: boolean;
}

export interface AgentVerdict {
  readonly canAnswer: boolean | null;
  readonly verdict: Verdict;
  readonly reason: AgentVerdictReason;
  readonly message: string;
  /** The provider that the message is about. */
  readonly provider: string | null;
}

/** Whether the agent can answer, and the gravest thing to say of it. */
export function judgeAgent(situation: AgentSituation, policy: Policy, now: Date): AgentVerdict {
  const canAnswer = judgeAnswer(situation);
  const lacking = judgeProviders(situation, canAnswer);
  const worst = [
    ...lacking.filter(({ verdict }) => verdict === "critical"),
    // Of two warnings the one that may be the cause of the other.
    ...situation.stores.flatMap((entry) => judgeStore(situation, entry, policy, now)),
    ...lacking,
    ...judgeSetUp(situation),
  ].reduce<Finding | null>((best, next) => (best === null || rank(next) > rank(best) ? next : best), null);
  const found = worst ?? { verdict: "ok" as const, reason: "ok" as const, message: "", provider: null };
  // A directory that the roster does not name is a leftover: worth a look, not a call.
  const verdict = situation.isListed || found.verdict === "ok" ? found.verdict : "info";
  return { ...found, verdict, canAnswer };
}

/** True when a provider can be answered for at this moment. */
export function isServed(provider: Pick<ProviderReport, "usable" | "otherCredentials">): boolean {
  return provider.usable > 0 || provider.otherCredentials.length > 0;
}

interface Finding {
  readonly verdict: Verdict;
  readonly reason: AgentVerdictReason;
  readonly message: string;
  readonly provider: string | null;
}

function rank({ verdict }: Finding): number {
  return VERDICTS.indexOf(verdict);
}

/** Nothing good was ever read of a store, so what it holds is unknown. An unmigrated one is known: OpenClaw sees nothing. */
function isUnknown({ store }: { readonly store: Store }): boolean {
  return !store.isUp && store.readAt === null && !store.problems.some(({ reason }) => reason === "migration_required");
}

function judgeAnswer({ stores, providers, hasModel, isConfigBroken }: AgentSituation): boolean | null {
  const answering = hasModel
    ? providers.filter(({ role }) => role === "primary" || role === "fallback")
    : providers.filter(({ isInUse }) => isInUse);
  if (answering.some(isServed)) return true;
  return (isConfigBroken && !hasModel) || stores.some(isUnknown) ? null : false;
}

function judgeProviders(situation: AgentSituation, canAnswer: boolean | null): readonly Finding[] {
  const findings: Finding[] = [];
  // A broken config that was read before still says which models the agent answers with.
  const isBlind = (situation.isConfigBroken && !situation.hasModel) || situation.stores.some(isUnknown);
  for (const report of situation.providers) {
    if (!report.isInUse) continue;
    if (!isServed(report)) {
      if (!isBlind) findings.push(withoutCredential(situation, report, canAnswer));
    } else if (report.usable === 1 && report.otherCredentials.length === 0) {
      const configured = situation.candidates.get(report.provider)?.length ?? 0;
      if (configured > 1) {
        const message = `agent ${situation.id} has one usable ${report.provider} credential left of ${configured}`;
        findings.push({ verdict: "info", reason: "last_credential", message, provider: report.provider });
      }
    }
  }
  return findings;
}

function withoutCredential(situation: AgentSituation, report: ProviderReport, canAnswer: boolean | null): Finding {
  const { provider, role, total, status } = report;
  const why = total === 0 ? "none is stored" : status === "expired" ? "expired" : "none is usable now";
  const isVital = role === "primary" || (!situation.hasModel && canAnswer === false);
  if (isVital) {
    const effect = canAnswer === true ? "answers only through a fallback model" : "cannot answer";
    const message = `agent ${situation.id} ${effect}: no usable ${provider} credential (${why})`;
    return { verdict: "critical", reason: "no_usable_credential", message, provider };
  }
  const use = role === null ? provider : `${role} provider ${provider}`;
  const message = `agent ${situation.id} has no usable credential for ${use} (${why})`;
  return { verdict: "warning", reason: "fallback_without_credential", message, provider };
}

function judgeStore(
  { id, isEmpty }: AgentSituation,
  { store, failingSince }: AgentSituation["stores"][number],
  policy: Policy,
  now: Date,
): readonly Finding[] {
  const found = store.problems.find(isBlinding);
  if (store.isUp || found === undefined) return [];
  const goodUntil = store.readAt ?? failingSince ?? now;
  const isLong = now.getTime() - goodUntil.getTime() > policy.staleAfterMs;
  const isEmptied = found.reason === "migration_required" && isEmpty;
  return [
    {
      verdict: isLong || isEmptied ? "critical" : "warning",
      reason: found.reason,
      message: `${describeReader(id, store)}${found.message}`,
      provider: null,
    },
  ];
}

/** An agent that inherits has a fault that is not below its own directory. */
function describeReader(id: string, { owner }: Store): string {
  if (owner === id) return "";
  return `agent ${id} reads the ${owner === SHARED_OWNER ? "shared store" : `store of ${owner}`}: `;
}

function judgeSetUp(situation: AgentSituation): readonly Finding[] {
  const { providers, stores, isConfigBroken, id } = situation;
  if (isConfigBroken) {
    const message = `agent ${id} may not start: the config of its installation cannot be understood`;
    return [{ verdict: "warning", reason: "config_invalid", message, provider: null }];
  }
  if (providers.some(({ isInUse }) => isInUse)) return [];
  if (stores.length === 0) {
    const message = `agent ${id} was never given a credential or a model`;
    return [{ verdict: "info", reason: "not_set_up", message, provider: null }];
  }
  if (stores.some(({ store }) => !store.isUp)) return [];
  const message = `agent ${id} cannot answer: its store is empty and no model is configured`;
  return [{ verdict: "critical", reason: "no_usable_credential", message, provider: null }];
}
