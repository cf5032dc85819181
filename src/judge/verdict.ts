import type { Policy } from "../policy.ts";
import { VERDICTS, type ProfileVerdictReason, type Verdict } from "../snapshot.ts";
import type { Health } from "./health.ts";
import type { ProfileFacts } from "./profiles.ts";

/** A window that ends later than this is beyond any back-off that OpenClaw computes (24 h at most). */
export const IMPLAUSIBLE_WINDOW_MS = 7 * 86_400_000;

/** Who depends on a credential. */
export interface Use {
  /** Ids of the agents that would try it. */
  readonly agents: readonly string[];
  /** Each of them would still be answered for without it. */
  readonly isServedElsewhere: boolean;
  /** At least one of them has its provider in use. */
  readonly isUsed: boolean;
}

/** Everything that decides what a profile's condition means for a person. */
export interface Situation {
  readonly facts: ProfileFacts;
  readonly use: Use;
  /** The same refresh token is stored under another owner that refreshes it as well. */
  readonly isRefreshTokenShared: boolean;
}

export interface ProfileVerdict {
  readonly verdict: Verdict;
  readonly reason: ProfileVerdictReason;
}

/** The gravest of all that can be said; among equals the one that comes first here. */
export function judgeProfile(
  { facts, use, isRefreshTokenShared }: Situation,
  policy: Policy,
  now: Date,
): ProfileVerdict {
  let worst = judgeRefreshState(facts);
  worst = graver(worst, judgeEnd(facts, use, policy, now));
  worst = graver(worst, judgeAge(facts, policy, now));
  worst = graver(worst, judgeWindow(facts, use, policy, now));
  worst = graver(worst, isRefreshTokenShared ? SHARED : null);
  if (worst === null) return isRefreshDue(facts) ? REFRESHABLE : FINE;
  // Nobody waits for a profile that no agent would try.
  return use.isUsed ? worst : { ...worst, verdict: "info" };
}

const FINE: ProfileVerdict = { verdict: "ok", reason: "ok" };
const REFRESHABLE: ProfileVerdict = { verdict: "ok", reason: "refreshable" };
const SHARED: ProfileVerdict = { verdict: "warning", reason: "shared_refresh_token" };

/** True when OpenClaw renews the credential by itself: an OAuth login with a refresh token that nothing speaks against. */
export function isRefreshable({ credential, refresh }: Pick<ProfileFacts, "credential" | "refresh">): boolean {
  const hasRefresh = credential.hasRefresh || credential.fence === "pending";
  return credential.type === "oauth" && hasRefresh && refresh !== "failed" && refresh !== "failing";
}

/** True when an agent could answer with it at this moment, its windows aside. */
export function canServe(facts: Pick<ProfileFacts, "credential" | "health" | "refresh">): boolean {
  switch (facts.health.status) {
    case "ok":
    case "expiring":
    case "static":
      return true;
    case "expired":
      return isRefreshable(facts);
    case "missing":
      return facts.health.reasonCode === "invalid_expires" && isRefreshable(facts);
  }
}

function rank({ verdict }: ProfileVerdict): number {
  return VERDICTS.indexOf(verdict);
}

function graver(worst: ProfileVerdict | null, next: ProfileVerdict | null): ProfileVerdict | null {
  if (next === null) return worst;
  return worst === null || rank(next) > rank(worst) ? next : worst;
}

function judgeRefreshState({ refresh }: ProfileFacts): ProfileVerdict | null {
  switch (refresh) {
    case "failed":
      return { verdict: "critical", reason: "refresh_failed" };
    case "failing":
      return { verdict: "critical", reason: "refresh_failing" };
    case "stuck":
      return { verdict: "warning", reason: "refresh_stuck" };
    case "idle":
    case "running":
      return null;
  }
}

function isRefreshDue(facts: ProfileFacts): boolean {
  const { status } = facts.health;
  return (status === "expired" || status === "expiring") && isRefreshable(facts);
}

function judgeEnd(facts: ProfileFacts, { isServedElsewhere }: Use, policy: Policy, now: Date): ProfileVerdict | null {
  const { health } = facts;
  const ifLast = isServedElsewhere ? "warning" : "critical";
  switch (health.status) {
    case "ok":
    case "static":
      return null;
    case "expired":
      return isRefreshable(facts) ? null : { verdict: ifLast, reason: "expired" };
    case "expiring": {
      if (isRefreshable(facts)) return null;
      const remainingMs = (health.expiresAt?.getTime() ?? 0) - now.getTime();
      return { verdict: remainingMs <= policy.criticalWithinMs ? ifLast : "warning", reason: "expiring" };
    }
    case "missing":
      if (canServe(facts)) return { verdict: "warning", reason: "invalid_expires" };
      return { verdict: ifLast, reason: missingReason(health) };
  }
}

function missingReason({ reasonCode }: Health): ProfileVerdictReason {
  return reasonCode === null || reasonCode === "expires_in_seconds" ? "missing_credential" : reasonCode;
}

function judgeAge({ credential, firstSeenAt }: ProfileFacts, policy: Policy, now: Date): ProfileVerdict | null {
  const lifetimeMs = policy.staticTokenLifetimeMs;
  if (lifetimeMs === null || firstSeenAt === null || credential.type !== "token") return null;
  const ageMs = now.getTime() - firstSeenAt.getTime();
  return ageMs >= lifetimeMs - policy.warnWithinMs ? { verdict: "warning", reason: "token_age" } : null;
}

function judgeWindow(
  { unusable, unusableSince }: ProfileFacts,
  { isServedElsewhere }: Use,
  policy: Policy,
  now: Date,
): ProfileVerdict | null {
  if (unusable === null) return null;
  if (unusable.until.getTime() - now.getTime() > IMPLAUSIBLE_WINDOW_MS) {
    return { verdict: "warning", reason: "implausible_window" };
  }
  if (unusable.kind !== "cooldown") {
    return { verdict: isServedElsewhere ? "info" : "warning", reason: unusable.kind };
  }
  const lastedMs = unusableSince === null ? 0 : now.getTime() - unusableSince.getTime();
  return { verdict: lastedMs > policy.cooldownGraceMs ? "warning" : "info", reason: "cooldown" };
}
