import type { Panel } from "../../test/grafana/dashboards.ts";
import type { Series } from "../../test/grafana/stack.ts";
import { FIELD_SETTINGS, type Frame, type GrafanaData } from "./grafana-data.ts";

export interface Answer {
  readonly refId: string;
  readonly series: readonly Series[];
}

/** What a figure or table says: its titles, and its rows in the order of the queries. */
export interface Shown {
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * Transforms, overrides and words by Grafana's own code; only the frames are ours, made as its Prometheus data source
 * makes them for the format `table`: a column per label, and `Value` with its query's letter where several answered.
 */
export async function showPanel(grafana: GrafanaData, panel: Panel, answers: readonly Answer[]): Promise<Shown> {
  const isTable = panel.type === "table";
  const answered = answers.filter(({ series }) => series.length > 0);
  const frames = answered.map(({ refId, series }) => {
    const labels = [...new Set(series.flatMap(({ metric }) => Object.keys(metric)))].toSorted();
    const value = isTable && answered.length > 1 ? `Value #${refId}` : "Value";
    return grafana.toDataFrame({
      refId,
      fields: [
        ...(isTable ? [{ name: "Time", type: "time" as const, values: series.map(() => 1) }] : []),
        ...(isTable ? labels : []).map((name) => ({
          name,
          type: "string" as const,
          values: series.map(({ metric }) => metric[name] ?? ""),
        })),
        { name: value, type: "number" as const, values: series.map((one) => Number(one.value?.[1])) },
      ],
    });
  });
  const transformed = await new Promise<readonly Frame[]>((next, error) => {
    grafana.transformDataFrame(panel.transformations ?? [], frames).subscribe({ next, error });
  });
  const shown = grafana.applyFieldOverrides({
    data: transformed,
    fieldConfig: panel.fieldConfig,
    fieldConfigRegistry: FIELD_SETTINGS,
    theme: grafana.createTheme(),
    replaceVariables: (text: string) => text,
    timeZone: "utc",
  });
  const [frame] = shown;
  if (frame === undefined) return { titles: [], rows: [] };
  return {
    titles: frame.fields.map((field) => grafana.getFieldDisplayName(field, frame, shown)),
    rows: Array.from({ length: frame.length }, (_, row) =>
      frame.fields.map(({ values, display }) => grafana.formattedValueToString(display?.(values[row]))),
    ),
  };
}
