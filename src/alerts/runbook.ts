import type { Condition, Family } from "./condition.ts";

/** Page of each family in docs/runbooks; the alerts of deploy/prometheus have the same names. */
const PAGE_OF_FAMILY: Readonly<Record<Family, string>> = {
  expiry: "AgentAuthCredentialInvalid",
  refresh: "AgentAuthRefreshFailing",
  unusable: "AgentAuthUnusable",
  sharing: "AgentAuthRefreshTokenShared",
  answer: "AgentAuthAgentCannotAnswer",
  fallback: "AgentAuthFallbackWithoutCredential",
  store: "AgentAuthStoreUnreadable",
  installation: "AgentAuthDiscoveryProblem",
  remote: "AgentAuthRemoteUnreachable",
};

/** Reasons with a page of their own within their family. */
const PAGE_OF_REASON: Readonly<Record<string, string>> = {
  expired: "AgentAuthExpired",
  expiring: "AgentAuthExpiring",
  token_age: "AgentAuthExpiring",
  migration_required: "AgentAuthMigrationRequired",
};

/** Name of the runbook that says what to do about a condition, without its `.md`. */
export function runbookOf({ family, reason }: Pick<Condition, "family" | "reason">): string {
  return PAGE_OF_REASON[reason] ?? PAGE_OF_FAMILY[family];
}
