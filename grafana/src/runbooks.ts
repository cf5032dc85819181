import type { AgentVerdictReason, ProfileVerdictReason } from "../../src/snapshot.ts";

/** Alerts whose runbooks the dashboards open: pages of `docs/runbooks/`. */
export type Runbook =
  | "AgentAuthAgentCannotAnswer"
  | "AgentAuthExpired"
  | "AgentAuthExpiring"
  | "AgentAuthFallbackWithoutCredential"
  | "AgentAuthMigrationRequired"
  | "AgentAuthRefreshFailing"
  | "AgentAuthStoreUnreadable"
  | "AgentAuthUnusable";

type Reason = ProfileVerdictReason | AgentVerdictReason;

/** Which runbook explains a reason; null for what asks nothing of anybody. */
const RUNBOOK_OF_REASON: Readonly<Record<Reason, Runbook | null>> = {
  ok: null,
  refreshable: null,
  last_credential: null,
  not_set_up: null,
  refresh_failing: "AgentAuthRefreshFailing",
  refresh_failed: "AgentAuthRefreshFailing",
  refresh_stuck: "AgentAuthRefreshFailing",
  shared_refresh_token: "AgentAuthRefreshFailing",
  expired: "AgentAuthExpired",
  missing_credential: "AgentAuthExpired",
  invalid_expires: "AgentAuthExpired",
  malformed_api_key: "AgentAuthExpired",
  unresolved_ref: "AgentAuthExpired",
  setup_inactive: "AgentAuthExpired",
  expiring: "AgentAuthExpiring",
  token_age: "AgentAuthExpiring",
  disabled: "AgentAuthUnusable",
  blocked: "AgentAuthUnusable",
  cooldown: "AgentAuthUnusable",
  implausible_window: "AgentAuthUnusable",
  no_usable_credential: "AgentAuthAgentCannotAnswer",
  fallback_without_credential: "AgentAuthFallbackWithoutCredential",
  migration_required: "AgentAuthMigrationRequired",
  stale: "AgentAuthStoreUnreadable",
  not_found: "AgentAuthStoreUnreadable",
  permission_denied: "AgentAuthStoreUnreadable",
  not_regular: "AgentAuthStoreUnreadable",
  too_large: "AgentAuthStoreUnreadable",
  bad_json: "AgentAuthStoreUnreadable",
  wrong_shape: "AgentAuthStoreUnreadable",
  sqlite_busy: "AgentAuthStoreUnreadable",
  sqlite_corrupt: "AgentAuthStoreUnreadable",
  sqlite_no_table: "AgentAuthStoreUnreadable",
  empty_file: "AgentAuthStoreUnreadable",
  symlink_loop: "AgentAuthStoreUnreadable",
  config_invalid: "AgentAuthStoreUnreadable",
  newer_schema: "AgentAuthStoreUnreadable",
  invalid_entry: "AgentAuthStoreUnreadable",
  unreachable: "AgentAuthStoreUnreadable",
  outdated: "AgentAuthStoreUnreadable",
};

const RUNBOOKS_URL = "https://unpkg.com/agent-auth-exporter/docs/runbooks";

/** For a cell that holds a runbook's name. */
export const RUNBOOK_LINK = { title: "Open the runbook", url: `${RUNBOOKS_URL}/\${__value.raw}.md`, targetBlank: true };

/** Gives each series of a query that has a `reason` the label `runbook`, for a link to open. */
export function withRunbook(query: string): string {
  const reasons = new Map<Runbook, string[]>();
  for (const [reason, runbook] of Object.entries(RUNBOOK_OF_REASON)) {
    if (runbook !== null) reasons.set(runbook, [...(reasons.get(runbook) ?? []), reason]);
  }
  return [...reasons].reduce(
    (inner, [runbook, names]) => `label_replace(${inner}, "runbook", "${runbook}", "reason", "${names.join("|")}")`,
    query,
  );
}
