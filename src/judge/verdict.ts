import type { Credential } from "../credential.ts";
import type { Policy } from "../policy.ts";
import { VERDICTS, type ProfileVerdictReason, type Unusable, type Verdict } from "../snapshot.ts";
import type { Health } from "./health.ts";
import type { RefreshState } from "./refresh.ts";

/** A window that ends later than this is beyond any back-off that OpenClaw computes (24 h at most). */
export const IMPLAUSIBLE_WINDOW_MS = 7 * 86_400_000;

/** Everything that decides what a profile's condition means for a person. */
export interface Situation {
  readonly credential: Credential;
  readonly health: Health;
  readonly refresh: RefreshState;
  readonly unusable: Unusable | null;
  /** Since when it has been unusable without a break, as far as observed. */
  readonly unusableSince: Date | null;
  /** When a token without a recorded end was first seen. */
  readonly firstSeenAt: Date | null;
  /** Another profile or credential answers for the provider, for every agent that uses this one. */
  readonly isServedElsewhere: boolean;
  /** It would be tried for a provider in use by at least one agent. */
  readonly isUsed: boolean;
  /** The same refresh token is stored under another owner that refreshes it as well. */
  readonly isRefreshTokenShared: boolean;
}

export interface ProfileVerdict {
  readonly verdict: Verdict;
  readonly reason: ProfileVerdictReason;
}

/** The gravest of all that can be said; among equals the one that comes first here. */
export function judgeProfile(situation: Situation, policy: Policy, now: Date): ProfileVerdict {
  const worst = [
    judgeRefreshState(situation),
    judgeEnd(situation, policy, now),
    judgeAge(situation, policy, now),
    judgeWindow(situation, policy, now),
    situation.isRefreshTokenShared ? ({ verdict: "warning", reason: "shared_refresh_token" } as const) : null,
  ].reduce(graver, null);
  const found = worst ?? { verdict: "ok", reason: isRefreshDue(situation) ? "refreshable" : "ok" };
  // Nobody waits for a profile that no agent would try.
  return situation.isUsed || found.verdict === "ok" ? found : { ...found, verdict: "info" };
}

/** True when OpenClaw renews the credential by itself: an OAuth login with a refresh token that nothing speaks against. */
export function isRefreshable({ credential, refresh }: Pick<Situation, "credential" | "refresh">): boolean {
  const hasRefresh = credential.hasRefresh || credential.fence === "pending";
  return credential.type === "oauth" && hasRefresh && refresh !== "failed" && refresh !== "failing";
}

/** True when an agent could answer with it at this moment, its windows aside. */
export function canServe(situation: Pick<Situation, "credential" | "health" | "refresh">): boolean {
  switch (situation.health.status) {
    case "ok":
    case "expiring":
    case "static":
      return true;
    case "expired":
      return isRefreshable(situation);
    case "missing":
      return situation.health.reasonCode === "invalid_expires" && isRefreshable(situation);
  }
}

function rank({ verdict }: ProfileVerdict): number {
  return VERDICTS.indexOf(verdict);
}

function graver(worst: ProfileVerdict | null, next: ProfileVerdict | null): ProfileVerdict | null {
  if (next === null) return worst;
  return worst === null || rank(next) > rank(worst) ? next : worst;
}

function judgeRefreshState({ refresh }: Situation): ProfileVerdict | null {
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

function isRefreshDue(situation: Situation): boolean {
  const { status } = situation.health;
  return (status === "expired" || status === "expiring") && isRefreshable(situation);
}

function judgeEnd(situation: Situation, policy: Policy, now: Date): ProfileVerdict | null {
  const { health, isServedElsewhere } = situation;
  const ifLast = isServedElsewhere ? "warning" : "critical";
  switch (health.status) {
    case "ok":
    case "static":
      return null;
    case "expired":
      return isRefreshable(situation) ? null : { verdict: ifLast, reason: "expired" };
    case "expiring": {
      if (isRefreshable(situation)) return null;
      const remainingMs = (health.expiresAt?.getTime() ?? 0) - now.getTime();
      return { verdict: remainingMs <= policy.criticalWithinMs ? ifLast : "warning", reason: "expiring" };
    }
    case "missing":
      if (canServe(situation)) return { verdict: "warning", reason: "invalid_expires" };
      return { verdict: ifLast, reason: missingReason(health) };
  }
}

function missingReason({ reasonCode }: Health): ProfileVerdictReason {
  return reasonCode === null || reasonCode === "expires_in_seconds" ? "missing_credential" : reasonCode;
}

function judgeAge({ credential, firstSeenAt }: Situation, policy: Policy, now: Date): ProfileVerdict | null {
  const lifetimeMs = policy.staticTokenLifetimeMs;
  if (lifetimeMs === null || firstSeenAt === null || credential.type !== "token") return null;
  const ageMs = now.getTime() - firstSeenAt.getTime();
  return ageMs >= lifetimeMs - policy.warnWithinMs ? { verdict: "warning", reason: "token_age" } : null;
}

function judgeWindow(situation: Situation, policy: Policy, now: Date): ProfileVerdict | null {
  const { unusable, unusableSince, isServedElsewhere } = situation;
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
