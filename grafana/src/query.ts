import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";

/** Follows the variable at the top of the dashboard. */
export const DATA_SOURCE = { type: "prometheus", uid: "${datasource}" };

const EXPORTER = 'job=~"$job", instance=~"$instance"';
const INSTALLATION = `${EXPORTER}, installation=~"$installation"`;

/** The owner of a profile or store may be the installation, whose store every agent reads. */
const SCOPES = {
  exporter: EXPORTER,
  installation: INSTALLATION,
  agent: `${INSTALLATION}, agent=~"$agent"`,
  store: `${INSTALLATION}, agent=~"$agent|_shared"`,
  provider: `${INSTALLATION}, agent=~"$agent", provider=~"$provider"`,
  profile: `${INSTALLATION}, agent=~"$agent|_shared", provider=~"$provider"`,
} as const;

/** A selector that follows the dashboard's variables. */
export function select(metric: string, scope: keyof typeof SCOPES, matchers = ""): string {
  return `${metric}{${[SCOPES[scope], matchers].filter((part) => part !== "").join(", ")}}`;
}

/**
 * The value of something else for each row, with the row's labels. Joins say which labels to ignore, never which to
 * match: whatever a Prometheus adds to tell hosts apart stays, and keeps hosts with the same `instance` apart.
 */
export function valueFor(rows: string, value: string, ignored: readonly string[]): string {
  return `0 * (${rows}) + ignoring (${ignored.join(", ")}) group_left () (${value})`;
}

/** `agent_auth_*_verdict` as a number from 0, ok, to 3, critical, whatever its reason. */
export function verdictRank(metric: string, scope: "agent" | "profile"): string {
  const ranks = ["ok", "info", "warning", "critical"].map(
    (verdict, rank) => `${rank} * ${select(metric, scope, `verdict="${verdict}"`)}`,
  );
  return `max without (verdict, reason) (${ranks.join(" or ")})`;
}

/** Of series that other programs have too, those of exporters; only these say whether they show their demo. */
export function ofExporters(expr: string): string {
  return `${expr} and ${select("agent_auth_demo", "exporter")}`;
}

/** What holds now. */
export function instant(expr: string, refId = "A"): DataqueryBuilder {
  return new DataqueryBuilder().datasource(DATA_SOURCE).expr(expr).instant().refId(refId);
}

/** What holds now, one row per series with a column per label. */
export function rows(expr: string, refId: string): DataqueryBuilder {
  return instant(expr, refId).format(PromQueryFormat.Table);
}

/** How it was over the time range. */
export function range(expr: string, legend: string, refId = "A"): DataqueryBuilder {
  return new DataqueryBuilder().datasource(DATA_SOURCE).expr(expr).range().refId(refId).legendFormat(legend);
}
