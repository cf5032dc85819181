import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  ReduceDataOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import type { Panel, ValueMapping } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/stat";
import type { Band } from "./palette.ts";
import { thresholds, valueWords } from "./palette.ts";
import { DATA_SOURCE, instant, select } from "./query.ts";

interface Stat {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly expr: string;
  readonly unit: string;
  readonly bands: readonly Band[];
  /** What stands in place of a number. */
  readonly words?: readonly ValueMapping[];
  /** What stands where there is nothing to count. */
  readonly empty?: string;
}

/** One figure of the line on top; eight of them fill it. */
export function stat({ id, title, description, expr, unit, bands, words = [], empty = "no data" }: Stat): Panel {
  return new PanelBuilder()
    .id(id)
    .title(title)
    .description(description)
    .datasource(DATA_SOURCE)
    .span(3)
    .height(4)
    .withTarget(instant(expr))
    .unit(unit)
    .decimals(0)
    .noValue(empty)
    .mappings([...words])
    .thresholds(thresholds(bands))
    .colorMode(BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .build();
}

/** Says that nothing here is real while an exporter shows its demo. */
export function demoStat(id: number): Panel {
  return stat({
    id,
    title: "What is shown",
    description:
      "DEMO: at least one exporter found no agent and shows invented ones. Choose another job or instance to leave it out.",
    expr: `max(${select("agent_auth_demo", "exporter")})`,
    unit: "none",
    bands: [
      { from: null, grade: "ok" },
      { from: 1, grade: "warning" },
    ],
    words: [valueWords({ 0: ["your agents", "ok"], 1: ["DEMO: nothing here is real", "warning"] })],
  });
}

/** A target that does not answer keeps its last figures for five minutes, then it has none. */
export function downStat(id: number): Panel {
  return stat({
    id,
    title: "Exporters down",
    description:
      "Targets that Prometheus cannot scrape, of jobs that had an exporter within the time range. What they would tell is missing from every panel.",
    expr: `sum(${select("up", "exporter")} == bool 0 and on (job) present_over_time(${select("agent_auth_demo", "exporter")}[$__range]))`,
    unit: "short",
    bands: [
      { from: null, grade: "ok" },
      { from: 1, grade: "critical" },
    ],
    words: [valueWords({ 0: ["none", "ok"] })],
  });
}

/** Three checks of the default schedule were missed, then those of an hour. */
export const CHECK_AGE: readonly Band[] = [
  { from: null, grade: "ok" },
  { from: 900, grade: "warning" },
  { from: 3600, grade: "critical" },
];

export function checkAgeStat(id: number): Panel {
  return stat({
    id,
    title: "Oldest check",
    description:
      "How long ago the exporter that is most behind last looked at its stores. It does so every five minutes, unless its schedule says otherwise.",
    expr: `max(time() - ${select("agent_auth_last_successful_check_timestamp_seconds", "exporter")})`,
    unit: "s",
    bands: CHECK_AGE,
  });
}
