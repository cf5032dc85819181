import { bars, lines, rates } from "../graph.ts";
import { select } from "../query.ts";

const LATENCY = `sum by (le, channel) (rate(${select("agent_auth_notification_latency_seconds_bucket", "exporter")}[$__rate_interval]))`;
const NO_CHANNEL = "no channel is configured";

function increase(metric: string, labels: string): string {
  return `sum by (${labels}) (increase(${select(metric, "exporter")}[$__rate_interval]))`;
}

export const NOTIFICATIONS = [
  bars({
    id: 31,
    title: "Attempts by outcome",
    description: "delivered; retried: it will be tried again; refused for good; dead: given up because it was too old.",
    width: 8,
    queries: [["{{channel}} {{outcome}}", increase("agent_auth_notifications_total", "channel, outcome")]],
    unit: "short",
    empty: NO_CHANNEL,
  }),
  lines({
    id: 32,
    title: "Messages waiting",
    description: "Written down and not delivered yet.",
    width: 8,
    queries: [["{{instance}} {{channel}}", select("agent_auth_notifications_pending", "exporter")]],
    unit: "short",
    empty: NO_CHANNEL,
  }),
  lines({
    id: 33,
    title: "Oldest message that waits",
    description: "How long the oldest message has been waiting. Nothing is shown while nothing waits.",
    width: 8,
    queries: [
      [
        "{{instance}} {{channel}}",
        `time() - ${select("agent_auth_outbox_oldest_pending_timestamp_seconds", "exporter")}`,
      ],
    ],
    unit: "s",
    empty: "nothing waits",
  }),
  rates({
    id: 34,
    title: "From writing down to arrival",
    description: "How long nine of ten messages took at most, attempts and waits included.",
    width: 8,
    queries: [["{{channel}}", `histogram_quantile(0.9, ${LATENCY})`]],
    unit: "s",
    empty: "nothing was delivered in this time range",
  }),
  lines({
    id: 35,
    title: "Messages given up",
    description: "Of the last 30 days. `agent-auth notify outbox` shows them.",
    width: 8,
    queries: [["{{instance}} {{channel}}", select("agent_auth_notifications_dead", "exporter")]],
    unit: "short",
    empty: NO_CHANNEL,
  }),
  bars({
    id: 36,
    title: "Not told, by reason",
    description: "How often a condition began not to be told. unchanged is one that was told before.",
    width: 8,
    queries: [["{{reason}}", increase("agent_auth_notifications_suppressed_total", "reason")]],
    unit: "short",
    empty: NO_CHANNEL,
  }),
  lines({
    id: 37,
    title: "Conditions that hold",
    description: "Told or not, by severity.",
    width: 8,
    queries: [["{{severity}}", `sum by (severity) (${select("agent_auth_alerts", "exporter")})`]],
    unit: "short",
    grades: { info: "info", warning: "warning", critical: "critical" },
    empty: NO_CHANNEL,
  }),
  lines({
    id: 38,
    title: "Silences in force",
    description: "`agent-auth notify silence` makes and ends them.",
    width: 8,
    queries: [["{{instance}}", select("agent_auth_silences", "exporter")]],
    unit: "short",
    empty: NO_CHANNEL,
  }),
  bars({
    id: 39,
    title: "Heartbeats without an answer",
    description:
      "Pings of the heartbeat that were not answered well. What waits for them will report the exporter as gone.",
    width: 8,
    queries: [["{{instance}}", increase("agent_auth_heartbeat_failures_total", "instance")]],
    unit: "short",
    empty: "no heartbeat is configured",
  }),
];
