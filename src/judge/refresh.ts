import type { Credential, Usage } from "../credential.ts";
import type { Policy } from "../policy.ts";
import type { Horizon } from "./horizon.ts";
import type { Watch } from "./watch.ts";

/** OpenClaw takes a refresh lock for dead after this time, so a refresh that runs longer is stuck. */
const REFRESH_STUCK_MS = 180_000;

/** How the refresh of an OAuth login fares: `idle` has nothing against it. */
export type RefreshState = "idle" | "running" | "stuck" | "failing" | "failed";

const AUTH_FAILURES: readonly string[] = ["auth", "auth_permanent", "session_expired"];

/**
 * OpenClaw refreshes lazily, when a request needs the login. An expired access token is therefore normal on an idle
 * agent, and trouble once requests came in after it expired or failed to authenticate.
 */
export function judgeRefresh(
  credential: Credential,
  usage: Usage | undefined,
  policy: Policy,
  now: Date,
  watch: Watch,
  horizon: Horizon,
  key: string,
): RefreshState {
  if (credential.fence === "failed") return "failed";
  if (credential.fence === "pending") {
    const since = watch.since("fence", key);
    horizon.after(since, REFRESH_STUCK_MS);
    return now.getTime() - since.getTime() > REFRESH_STUCK_MS ? "stuck" : "running";
  }
  if (!credential.hasRefresh || credential.expiry.kind !== "at" || usage === undefined) return "idle";
  const expiredForMs = now.getTime() - credential.expiry.at.getTime();
  if (expiredForMs < 0) return "idle";
  if (hasFailedSince(credential.expiry.at, usage)) return "failing";
  if (usage.lastUsedAt === null || usage.lastUsedAt <= credential.expiry.at) return "idle";
  // The very request that used it may be refreshing it this moment; allow that as long as upstream would.
  const usedSince = earlier(usage.lastUsedAt, watch.since("used-after-expiry", key));
  horizon.after(usedSince, REFRESH_STUCK_MS);
  const isInFlight = now.getTime() - usedSince.getTime() <= REFRESH_STUCK_MS;
  return expiredForMs > policy.refreshGraceMs && !isInFlight ? "failing" : "idle";
}

function hasFailedSince(expiredAt: Date, usage: Usage): boolean {
  if (usage.lastFailureAt === null || usage.lastFailureAt <= expiredAt) return false;
  const recorded = [usage.cooldown?.reason, usage.disabled?.reason].filter((reason) => typeof reason === "string");
  // Counts are kept for a day and more; what is recorded beside them says what the latest failure was.
  if (recorded.length > 0) return recorded.some((reason) => AUTH_FAILURES.includes(reason));
  return AUTH_FAILURES.some((reason) => (usage.failureCounts.get(reason) ?? 0) > 0);
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}
