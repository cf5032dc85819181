import { STATUSES } from "../snapshot.ts";
import { PROFILE, emitDate } from "./metric.ts";
import type { StoreMetric } from "./metric.ts";

/** OpenClaw's failure reasons up to 2026.9; a word it adds later shows as `other`. */
const UNUSABLE_REASONS: ReadonlySet<string> = new Set([
  "auth",
  "auth_permanent",
  "billing",
  "empty_response",
  "format",
  "model_not_found",
  "no_error_details",
  "overloaded",
  "rate_limit",
  "session_expired",
  "subscription_limit",
  "timeout",
  "unclassified",
  "unknown",
]);

export const PROFILE_METRICS: readonly StoreMetric[] = [
  {
    name: "agent_auth_profile_verdict",
    type: "gauge",
    per: "profile",
    help: "1 for the current verdict on the credential (ok, info, warning, critical) and its reason; it knows of refresh and use.",
    labels: [...PROFILE, "verdict", "reason"],
    absent: "every verdict and reason but the current one",
    query: 'count by (verdict, reason) (agent_auth_profile_verdict{verdict!="ok"})',
    collect(view, emit) {
      for (const { labels, report } of view.profiles) {
        emit.series(`${labels},verdict="${report.verdict}",reason="${report.verdictReason}"`, 1);
      }
    },
  },
  {
    name: "agent_auth_profile_expiry_timestamp_seconds",
    type: "gauge",
    per: "profile",
    help: "When the credential ends, as a Unix time; it stays after that time has passed.",
    labels: [...PROFILE, "type"],
    absent: "no end is recorded, or none that can be a date",
    query: "agent_auth_profile_expiry_timestamp_seconds - time() < 86400",
    collect(view, emit) {
      for (const { labels, report } of view.profiles) {
        emitDate(emit, `${labels},type="${report.type}"`, report.expiresAt);
      }
    },
  },
  {
    name: "agent_auth_profile_unusable",
    type: "gauge",
    per: "profile",
    help: "Whether OpenClaw itself leaves the credential aside now: in a cooldown, disabled or blocked.",
    labels: PROFILE,
    absent: "never",
    query: "avg_over_time(agent_auth_profile_unusable[1d]) > 0",
    collect(view, emit) {
      for (const { labels, report } of view.profiles) emit.series(labels, Number(report.unusable !== null));
    },
  },
  {
    name: "agent_auth_profile_unusable_until_timestamp_seconds",
    type: "gauge",
    per: "profile",
    help: "When the credential may be used again, as a Unix time, with the kind of window and OpenClaw's reason.",
    labels: [...PROFILE, "kind", "reason"],
    absent: "while the credential is usable",
    query: "sort_desc(agent_auth_profile_unusable_until_timestamp_seconds - time())",
    collect(view, emit) {
      for (const { labels, report } of view.profiles) {
        if (report.unusable === null) continue;
        const { kind, reason, until } = report.unusable;
        emitDate(emit, `${labels},kind="${kind}",reason="${UNUSABLE_REASONS.has(reason) ? reason : "other"}"`, until);
      }
    },
  },
  {
    name: "agent_auth_profile_refreshable",
    type: "gauge",
    per: "profile",
    help: "Whether a refresh token is stored, so that the end of the access token needs nobody.",
    labels: PROFILE,
    absent: "never",
    query:
      "agent_auth_profile_expiry_timestamp_seconds and on (installation, agent, provider, profile) (agent_auth_profile_refreshable == 0)",
    collect(view, emit) {
      for (const { labels, report } of view.profiles) emit.series(labels, Number(report.isRefreshable));
    },
  },
  {
    name: "agent_auth_profile_errors",
    type: "gauge",
    per: "profile",
    help: "Consecutive failures that OpenClaw counts for the credential; it sets them back to 0 after a success.",
    labels: PROFILE,
    absent: "never",
    query: "topk(5, agent_auth_profile_errors)",
    collect(view, emit) {
      for (const { labels, report } of view.profiles) emit.series(labels, report.errorCount);
    },
  },
  {
    name: "agent_auth_profile_last_used_timestamp_seconds",
    type: "gauge",
    per: "profile",
    help: "When OpenClaw last used the credential, as a Unix time.",
    labels: PROFILE,
    absent: "no use is recorded",
    query: "time() - agent_auth_profile_last_used_timestamp_seconds",
    collect(view, emit) {
      for (const { labels, report } of view.profiles) emitDate(emit, labels, report.lastUsedAt);
    },
  },
  {
    name: "agent_auth_profile_last_failure_timestamp_seconds",
    type: "gauge",
    per: "profile",
    help: "When the credential last failed, as a Unix time.",
    labels: PROFILE,
    absent: "no failure is recorded",
    query: "time() - agent_auth_profile_last_failure_timestamp_seconds < 3600",
    collect(view, emit) {
      for (const { labels, report } of view.profiles) emitDate(emit, labels, report.lastFailureAt);
    },
  },
  {
    name: "agent_auth_profile_status",
    type: "gauge",
    per: "profile",
    help: "OpenClaw's status of the credential: 1 for the current word, 0 for the others.",
    labels: [...PROFILE, "type", "status"],
    absent: "never",
    query: "count by (status) (agent_auth_profile_status == 1)",
    collect(view, emit) {
      for (const { labels, report } of view.profiles) {
        emit.oneHot(`${labels},type="${report.type}"`, "status", STATUSES, report.status);
      }
    },
  },
];
