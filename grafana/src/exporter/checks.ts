import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { HeatmapColorMode, HeatmapColorOptionsBuilder, PanelBuilder } from "@grafana/grafana-foundation-sdk/heatmap";
import { PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { bars, LEAST_STEP, lines, rates } from "../graph.ts";
import { DATA_SOURCE, range, select } from "../query.ts";

const BUCKETS = `sum by (le) (rate(${select("agent_auth_check_duration_seconds_bucket", "exporter")}[$__rate_interval]))`;

const HEATMAP: Panel = new PanelBuilder()
  .id(24)
  .title("How long checks took")
  .description("Each column is a stretch of time, each field a duration; the more checks took as long, the darker.")
  .datasource(DATA_SOURCE)
  .span(8)
  .height(8)
  .interval(LEAST_STEP)
  .withTarget(
    range(
      `sum by (le) (increase(${select("agent_auth_check_duration_seconds_bucket", "exporter")}[$__rate_interval]))`,
      "{{le}}",
    ).format(PromQueryFormat.Heatmap),
  )
  .unit("s")
  .noValue("no check in this time range")
  .color(new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme("Blues").steps(32))
  .build();

export const CHECKS: readonly Panel[] = [
  bars({
    id: 21,
    title: "Checks by outcome",
    description: "ok: everything was read. problems: something could not be read. failed: the check itself broke off.",
    width: 8,
    queries: [
      [
        "{{outcome}}",
        `sum by (outcome) (increase(${select("agent_auth_checks_total", "exporter")}[$__rate_interval]))`,
      ],
    ],
    unit: "short",
    grades: { ok: "ok", problems: "warning", failed: "critical" },
  }),
  bars({
    id: 22,
    title: "Checks that did not happen",
    description: "Scheduled checks that were missed: the process slept, or the check before was still running.",
    width: 8,
    queries: [
      [
        "{{instance}}",
        `sum by (instance) (increase(${select("agent_auth_checks_missed_total", "exporter")}[$__rate_interval]))`,
      ],
    ],
    unit: "short",
  }),
  lines({
    id: 23,
    title: "Age of the last good check",
    description:
      "It rises from zero to the schedule's interval and falls back. Where it only rises, checks are stuck or fail.",
    width: 8,
    queries: [["{{instance}}", `time() - ${select("agent_auth_last_successful_check_timestamp_seconds", "exporter")}`]],
    unit: "s",
  }),
  HEATMAP,
  rates({
    id: 25,
    title: "Duration of a check",
    description: "Half of the checks were faster than p50, nine of ten than p90.",
    width: 8,
    queries: [
      ["p50", `histogram_quantile(0.5, ${BUCKETS})`],
      ["p90", `histogram_quantile(0.9, ${BUCKETS})`],
      ["p99", `histogram_quantile(0.99, ${BUCKETS})`],
    ],
    unit: "s",
    grades: { p50: "ok", p90: "warning", p99: "critical" },
  }),
  bars({
    id: 26,
    title: "Series left out",
    description:
      "More series than metrics.maxSeries allows: what is cut is missing here and in alerts. Raise the limit.",
    width: 8,
    queries: [
      [
        "{{instance}}",
        `sum by (instance) (increase(${select("agent_auth_series_dropped_total", "exporter")}[$__rate_interval]))`,
      ],
    ],
    unit: "short",
  }),
];
