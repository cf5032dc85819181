import {
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  LineInterpolation,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as TimelineBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import type { Grade } from "./palette.ts";
import { COLOURS, VERDICT_RANKS } from "./palette.ts";
import { DATA_SOURCE, range } from "./query.ts";

interface Graph {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly width: number;
  /** Legend by expression. */
  readonly queries: readonly (readonly [legend: string, expr: string])[];
  readonly unit: string;
  /** Colours of the series that are worse than others, by their legend. */
  readonly grades?: Readonly<Record<string, Grade>>;
  readonly empty?: string;
}

/**
 * No step is shorter than this, the default schedule, so that `$__rate_interval` always holds a check, at whatever
 * interval Prometheus scrapes.
 */
export const LEAST_STEP = "5m";

/** A figure over time, as a line that steps. */
export function lines(graph: Graph): Panel {
  return plot(graph).lineInterpolation(LineInterpolation.StepAfter).lineWidth(2).build();
}

/** How many of something there were in each step. */
export function bars(graph: Graph): Panel {
  return plot(graph)
    .interval(LEAST_STEP)
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(80)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .build();
}

/** A rate or a quantile over time. */
export function rates(graph: Graph): Panel {
  return plot(graph).interval(LEAST_STEP).lineWidth(2).build();
}

function plot({ id, title, description, width, queries, unit, grades = {}, empty = "no data" }: Graph): PanelBuilder {
  const builder = new PanelBuilder()
    .id(id)
    .title(title)
    .description(description)
    .datasource(DATA_SOURCE)
    .span(width)
    .height(8)
    .targets(queries.map(([legend, expr], index) => range(expr, legend, "ABCDEF".charAt(index))))
    .unit(unit)
    .min(0)
    .noValue(empty)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(["lastNotNull", "max"]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  for (const [legend, grade] of Object.entries(grades)) {
    builder.overrideByName(legend, [{ id: "color", value: { mode: "fixed", fixedColor: COLOURS[grade] } }]);
  }
  return builder;
}

/** Verdicts over time: a word in each stretch, and its colour. */
export function verdicts(graph: Omit<Graph, "unit" | "grades">): Panel {
  const { id, title, description, width, queries, empty = "no data" } = graph;
  return new TimelineBuilder()
    .id(id)
    .title(title)
    .description(description)
    .datasource(DATA_SOURCE)
    .span(width)
    .height(10)
    .targets(queries.map(([legend, expr], index) => range(expr, legend, "ABCDEF".charAt(index))))
    .unit("none")
    .noValue(empty)
    .mappings([VERDICT_RANKS])
    .mergeValues(true)
    .perPage(20)
    .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).showLegend(true).calcs([]))
    .build();
}
