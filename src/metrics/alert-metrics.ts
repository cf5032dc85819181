import { LATENCY_LIMITS, OUTCOMES } from "../alert-figures.ts";
import { pair } from "./label.ts";
import { type CheckMetric, emitDate } from "./metric.ts";

const NO_ALERTS = "no channel is configured, and in the one-shot output of check";

/** What the alerts have to tell of themselves: an alert about the alerts must not go through them. */
export const ALERT_METRICS: readonly CheckMetric[] = [
  {
    name: "agent_auth_alerts",
    type: "gauge",
    per: "alerts",
    help: "Conditions that hold, told or not, by severity.",
    labels: ["severity"],
    absent: NO_ALERTS,
    query: 'agent_auth_alerts{severity="critical"} > 0',
    collect({ worker }, emit) {
      for (const [severity, count] of worker?.alerts?.conditions ?? []) emit.series(pair("severity", severity), count);
    },
  },
  {
    name: "agent_auth_notifications_total",
    type: "counter",
    per: "alerts",
    help: "Attempts to deliver a message since the start: delivered, partial (some recipients refused it for good, the others have it), retried, refused for good, or dead because it was too old.",
    labels: ["channel", "outcome"],
    absent: NO_ALERTS,
    query: 'increase(agent_auth_notifications_total{outcome!="delivered"}[1h])',
    collect({ worker }, emit) {
      for (const { channel, outcomes } of worker?.alerts?.channels ?? []) {
        for (const outcome of OUTCOMES) {
          emit.series(`${pair("channel", channel)},${pair("outcome", outcome)}`, outcomes[outcome]);
        }
      }
    },
  },
  {
    name: "agent_auth_notification_latency_seconds",
    type: "histogram",
    per: "alerts",
    help: "From a message being written down to its arrival, attempts and waits included.",
    labels: ["channel"],
    absent: NO_ALERTS,
    query: "histogram_quantile(0.9, sum by (le, channel) (rate(agent_auth_notification_latency_seconds_bucket[1d])))",
    collect({ worker }, emit) {
      for (const { channel, latency } of worker?.alerts?.channels ?? []) {
        const labels = pair("channel", channel);
        for (const [place, limit] of LATENCY_LIMITS.entries()) {
          emit.part("_bucket", `${labels},le="${limit}"`, latency.within[place] ?? 0);
        }
        emit.part("_bucket", `${labels},le="+Inf"`, latency.count);
        emit.part("_sum", labels, latency.sumSeconds);
        emit.part("_count", labels, latency.count);
      }
    },
  },
  {
    name: "agent_auth_notifications_suppressed_total",
    type: "counter",
    per: "alerts",
    help: "How often a condition began not to be told, by the reason; unchanged is one that was told before.",
    labels: ["channel", "reason"],
    absent: NO_ALERTS,
    query: "sum by (reason) (increase(agent_auth_notifications_suppressed_total[1h]))",
    collect({ worker }, emit) {
      for (const { channel, suppressed } of worker?.alerts?.channels ?? []) {
        for (const [reason, count] of suppressed) {
          emit.series(`${pair("channel", channel)},${pair("reason", reason)}`, count);
        }
      }
    },
  },
  {
    name: "agent_auth_notifications_pending",
    type: "gauge",
    per: "alerts",
    help: "Messages that wait to be delivered.",
    labels: ["channel"],
    absent: NO_ALERTS,
    query: "agent_auth_notifications_pending > 0",
    collect({ worker }, emit) {
      for (const { channel, pending } of worker?.alerts?.channels ?? []) emit.series(pair("channel", channel), pending);
    },
  },
  {
    name: "agent_auth_notifications_dead",
    type: "gauge",
    per: "alerts",
    help: "Messages that were given up during the last 30 days; `agent-auth notify outbox` shows them.",
    labels: ["channel"],
    absent: NO_ALERTS,
    query: "agent_auth_notifications_dead > 0",
    collect({ worker }, emit) {
      for (const { channel, dead } of worker?.alerts?.channels ?? []) emit.series(pair("channel", channel), dead);
    },
  },
  {
    name: "agent_auth_outbox_oldest_pending_timestamp_seconds",
    type: "gauge",
    per: "alerts",
    help: "When the oldest message that waits was made, as a Unix time.",
    labels: ["channel"],
    absent: "nothing waits, and in the one-shot output of check",
    query: "time() - agent_auth_outbox_oldest_pending_timestamp_seconds",
    collect({ worker }, emit) {
      for (const { channel, oldestPendingAt } of worker?.alerts?.channels ?? []) {
        emitDate(emit, pair("channel", channel), oldestPendingAt);
      }
    },
  },
  {
    name: "agent_auth_silences",
    type: "gauge",
    per: "alerts",
    help: "Silences in force.",
    labels: [],
    absent: NO_ALERTS,
    query: "agent_auth_silences > 0",
    collect({ worker }, emit) {
      const figures = worker?.alerts ?? null;
      if (figures !== null) emit.series("", figures.silences);
    },
  },
  {
    name: "agent_auth_alert_store_up",
    type: "gauge",
    per: "alerts",
    help: "Whether what is told is kept in a file; at 0 it is told again after a restart.",
    labels: [],
    absent: NO_ALERTS,
    query: "agent_auth_alert_store_up == 0",
    collect({ worker }, emit) {
      const figures = worker?.alerts ?? null;
      if (figures !== null) emit.series("", Number(figures.isStoreUp));
    },
  },
  {
    name: "agent_auth_heartbeat_failures_total",
    type: "counter",
    per: "alerts",
    help: "Pings of the heartbeat that were not answered well.",
    labels: [],
    absent: "no heartbeat is configured, and in the one-shot output of check",
    query: "increase(agent_auth_heartbeat_failures_total[1h])",
    collect({ worker }, emit) {
      const failures = worker?.heartbeatFailures ?? null;
      if (failures !== null) emit.series("", failures);
    },
  },
];
