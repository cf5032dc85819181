import { isBlinding, isOutOfReach, type Problem } from "../problem.ts";
import { isInShard } from "../shard.ts";
import { findLogins } from "../shown-command.ts";
import {
  type AgentReport,
  type AgentVerdictReason,
  type InstallationReport,
  placeOfReport,
  type ProfileReport,
  type ProviderReport,
  type RemoteReport,
  type Snapshot,
  type StoreReport,
  type Verdict,
  VERDICTS,
} from "../snapshot.ts";
import { CLI_OWNER, SHARED_OWNER } from "../stores/store.ts";
import { conditionKey } from "./condition-key.ts";
import { describeLackingAgent, describeProfileCondition, type Lack } from "./condition-words.ts";
import type { Condition, ConditionSet, Family, Severity } from "./condition.ts";
import { markLookalikes } from "./lookalikes.ts";
import { FAMILY_OF_REASON } from "./profile-family.ts";
import { createUnknownTest } from "./unknown.ts";

/**
 * What needs attention, each once: a profile by kind of trouble, an agent that lacks a provider, a store or installation
 * that could not be read. An agent that is blind because of a store makes no condition of its own. `remindAtMs` is how
 * long before the end of a credential somebody wants to hear of it, which may be before it needs attention.
 */
export function findConditions(snapshot: Snapshot, remindAtMs: readonly number[] = []): ConditionSet {
  const until = new Date(snapshot.at.getTime() + Math.max(0, ...remindAtMs));
  // What is known of a host that does not answer is of another time.
  const known = snapshot.installations.filter((installation) => !isOutOfReach(installation));
  const ofInstallations = known.flatMap((installation) => [
    ...ofProblems(installation),
    ...installation.stores.flatMap((store) => ofStore(installation, store)),
    ...installation.agents.flatMap((agent) => ofAgent(installation, agent)),
    ...installation.profiles.flatMap((profile) => [
      ...ofProfile(installation, profile, snapshot.at),
      ...ofFarEnd(installation, profile, snapshot.at, until),
    ]),
  ]);
  const isOurs = ({ place = "", agent }: Condition): boolean => isInShard(snapshot.shard ?? null, place, agent);
  const conditions = [...snapshot.remotes.flatMap(ofRemote), ...ofInstallations].filter(isOurs);
  const all = markLookalikes(worstOfEach(conditions), snapshot.installations);
  return { conditions: addLogins(all, snapshot), ...createUnknownTest(snapshot) };
}

/** One owner may have several stores: what is told of them is told once, the gravest. */
function worstOfEach(conditions: readonly Condition[]): readonly Condition[] {
  const worst = new Map<string, Condition>();
  for (const condition of conditions) {
    const known = worst.get(condition.key);
    if (known === undefined || atMost(condition.severity, known.severity) !== condition.severity)
      worst.set(condition.key, condition);
  }
  return [...worst.values()];
}

/** Commands for a host that is asked over SSH say where they log in. */
function addLogins(conditions: readonly Condition[], snapshot: Snapshot): readonly Condition[] {
  const logins = findLogins(snapshot);
  return conditions.map((condition) => {
    const login = logins.get(condition.installation);
    return login === undefined || condition.action === null ? condition : { ...condition, login };
  });
}

function ofProfile(installation: InstallationReport, profile: ProfileReport, at: Date): readonly Condition[] {
  const family = FAMILY_OF_REASON[profile.verdictReason];
  if (family === null || profile.verdict === "ok") return [];
  return [
    make(installation, profile.owner, family, {
      provider: profile.provider,
      profile: profile.profileId,
      reason: profile.verdictReason,
      severity: profile.verdict,
      expiresAt: family === "unusable" ? (profile.unusable?.until ?? null) : endOf(profile, at),
      summary: describeProfileCondition(installation, profile),
      action: profile.action,
    }),
  ];
}

/**
 * An end that is not near yet, but that somebody wants to be reminded of; or one that passed since another host looked,
 * which is no sign that it was mended.
 */
function ofFarEnd(
  installation: InstallationReport,
  profile: ProfileReport,
  at: Date,
  until: Date,
): readonly Condition[] {
  const { status, isRefreshable, expiresAt, provider, usedBy, verdictReason } = profile;
  if (status !== "ok" || isRefreshable || FAMILY_OF_REASON[verdictReason] === "expiry") return [];
  if (expiresAt === null || expiresAt > until) return [];
  const isUsed = installation.agents.some(
    ({ id, isListed, providers }) =>
      isListed && usedBy.includes(id) && providers.some((one) => one.provider === provider && one.isInUse),
  );
  const expiring = { ...profile, verdictReason: "expiring", verdict: isUsed ? "warning" : "info" } as const;
  return ofProfile(installation, expiring, at);
}

/** Only what is about to expire has its end ahead; elsewhere it is one that OpenClaw misreads or does not get to. */
function endOf({ expiresAt, verdictReason }: ProfileReport, at: Date): Date | null {
  return expiresAt !== null && (verdictReason === "expiring" || expiresAt <= at) ? expiresAt : null;
}

function ofAgent(installation: InstallationReport, agent: AgentReport): readonly Condition[] {
  if (agent.verdict === "ok") return [];
  const { id, reason, verdict, action } = agent;
  const lacks = findLacks(installation, agent);
  const answer = lacks.find(({ provider }) => provider.role === "primary") ?? lacks[0] ?? null;
  const common = { profile: null, reason, severity: verdict, expiresAt: null, provider: null, action };
  const found: Condition[] = [];
  switch (reason) {
    case "no_usable_credential":
      found.push(
        make(installation, id, "answer", {
          ...common,
          ...(answer === null ? { summary: agent.message } : describeLack(agent, answer)),
        }),
      );
      break;
    case "last_credential":
    case "not_set_up":
      found.push(make(installation, id, "answer", { ...common, summary: agent.message }));
      break;
    default:
  }
  const fallback = lacks.find((lack) => lack !== answer || reason === "fallback_without_credential");
  if (fallback !== undefined && TELLS_OF_PROVIDERS.has(reason)) {
    const severity = reason === "fallback_without_credential" ? verdict : atMost(verdict, "warning");
    const own = { reason: "fallback_without_credential", severity, action: actionOf(fallback) ?? action };
    found.push(make(installation, id, "fallback", { ...common, ...describeLack(agent, fallback), ...own }));
  }
  return found;
}

/** Reasons that leave no doubt about what the stores hold. */
const TELLS_OF_PROVIDERS: ReadonlySet<AgentVerdictReason> = new Set([
  "no_usable_credential",
  "fallback_without_credential",
]);

function findLacks({ profiles }: InstallationReport, agent: AgentReport): readonly Lack[] {
  const rows = new Map(profiles.map((profile) => [`${profile.owner}/${profile.profileId}`, profile]));
  const lacking = agent.providers.filter((one) => one.isInUse && one.usable === 0 && one.otherCredentials.length === 0);
  return lacking.map((provider: ProviderReport) => ({
    provider,
    profiles: agent.profiles
      .filter((seen) => seen.provider === provider.provider)
      .map(({ owner, profileId, unusable }) => {
        const row = rows.get(`${owner}/${profileId}`);
        // The window is the agent's own: another may use the same credential freely.
        return row === undefined ? undefined : { ...row, unusable };
      })
      .filter((row) => row !== undefined),
  }));
}

function describeLack(agent: AgentReport, lack: Lack) {
  const { profiles, provider } = lack;
  const isOver = profiles.length > 0 && profiles.every(({ status }) => status === "expired");
  const waits = profiles.filter(isOnlyCooling);
  const ends = isOver
    ? profiles.map(({ expiresAt }) => expiresAt)
    : waits.map(({ unusable }) => unusable?.until ?? null);
  const times = ends.filter((at) => at !== null).map((at) => at.getTime());
  return {
    provider: provider.provider,
    summary: describeLackingAgent(agent, lack),
    expiresAt: times.length === 0 ? null : new Date(isOver ? Math.max(...times) : Math.min(...times)),
    ...(waits.length > 0 ? { heldLike: "cooldown" } : {}),
  };
}

/** It could answer again as soon as its cooldown ends. */
function isOnlyCooling({ unusable, status, isRefreshable }: ProfileReport): boolean {
  return (
    unusable?.kind === "cooldown" && (status === "ok" || status === "static" || status === "expiring" || isRefreshable)
  );
}

function actionOf({ profiles }: Lack): string | null {
  return profiles.find(({ action }) => action !== null)?.action ?? null;
}

function ofStore(installation: InstallationReport, store: StoreReport): readonly Condition[] {
  const blinding = store.problems.find(isBlinding);
  const found = blinding ?? store.problems[0];
  if (found === undefined) return [];
  const readers = installation.agents.filter(
    ({ storeOwners, reason }) => storeOwners.includes(store.owner) && reason === found.reason,
  );
  const isHarmless = blinding === undefined;
  return [
    make(installation, store.owner, "store", {
      ...ofProblem(found, `the store of ${nameOwner(installation, store.owner)}`),
      severity: isHarmless ? "info" : (worstOf(readers) ?? "warning"),
      action: readers.find(({ action }) => action !== null)?.action ?? null,
    }),
  ];
}

function ofProblems(installation: InstallationReport): readonly Condition[] {
  const found = installation.problems.find(isBlinding);
  if (found === undefined) return [];
  const told = installation.agents.filter(({ reason }) => reason === found.reason);
  return [
    make(installation, "", "installation", {
      ...ofProblem(found, `installation ${installation.id}`),
      severity: worstOf(told) ?? "warning",
      action: told.find(({ action }) => action !== null)?.action ?? null,
    }),
  ];
}

/** Another host of which nothing is known. */
function ofRemote(report: RemoteReport): readonly Condition[] {
  const { name, address, verdict, problem, lastSeenAt, lastCheckAt } = report;
  if (problem === null || verdict === "ok") return [];
  const family = "remote";
  const common = { installation: name, agent: "", family, provider: null, profile: null } as const;
  const { reason, message } = problem;
  const knownAt = reason === "outdated" ? lastCheckAt : lastSeenAt;
  return [
    {
      ...common,
      key: conditionKey(common),
      place: address,
      reason,
      severity: verdict,
      expiresAt: null,
      ...(knownAt === null ? {} : { knownAt }),
      summary: report.lasting ?? message,
      action: null,
    },
  ];
}

function ofProblem({ reason, message }: Problem, what: string) {
  return {
    provider: null,
    profile: null,
    reason,
    expiresAt: null,
    summary: `${what} cannot be used as it should: ${message}`,
  };
}

function nameOwner({ id }: InstallationReport, owner: string): string {
  return owner === CLI_OWNER ? `the ${id} login` : owner === SHARED_OWNER ? `all agents of ${id}` : `agent ${owner}`;
}

function worstOf(agents: readonly AgentReport[]): Severity | null {
  let worst: Verdict = "ok";
  for (const { verdict } of agents) if (VERDICTS.indexOf(verdict) > VERDICTS.indexOf(worst)) worst = verdict;
  return worst === "ok" ? null : worst;
}

function atMost(severity: Severity, limit: Severity): Severity {
  return VERDICTS.indexOf(severity) > VERDICTS.indexOf(limit) ? limit : severity;
}

/** The label of each place that is there; not of one that two share. */
export function findLabels({ installations }: Snapshot): ReadonlyMap<string, string> {
  const places = Map.groupBy(installations, placeOfReport);
  return new Map([...places].flatMap(([place, [one, ...more]]) => (one && more.length === 0 ? [[place, one.id]] : [])));
}

function make(
  installation: InstallationReport,
  agent: string,
  family: Family,
  rest: Omit<Condition, "key" | "installation" | "place" | "agent" | "family">,
): Condition {
  const { id } = installation;
  const key = conditionKey({ installation: id, agent, family, profile: rest.profile });
  return { key, installation: id, place: placeOfReport(installation), agent, family, ...rest };
}
