import {
  TableCellBackgroundDisplayMode,
  TableCellDisplayMode,
  TableSortByFieldStateBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import type { DynamicConfigValue, Panel, ValueMapping } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/table";
import type { Band } from "./palette.ts";
import { bandWords, thresholds } from "./palette.ts";
import { DATA_SOURCE, rows } from "./query.ts";
import { RUNBOOK_LINK } from "./runbooks.ts";

export interface Column {
  /** A label, or the letter of the query whose value it shows. */
  readonly of: string;
  readonly title: string;
  readonly settings?: readonly DynamicConfigValue[];
}

interface Table {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly width: number;
  readonly height?: number;
  /** A, B, … in this order. All have the labels of the first, so that their rows are merged. */
  readonly queries: readonly string[];
  readonly columns: readonly Column[];
  /** Titles of columns, each with its direction. */
  readonly order: readonly (readonly [title: string, direction: "up" | "down"])[];
  /** What stands where there is no row. */
  readonly empty: string;
}

/** What tells a reader nothing that another column does not. */
const HIDDEN = ["Time", "Value", "Value #A", "__name__", "job", "type", "verdict"];

export const EXPORTER: Column = {
  of: "instance",
  title: "Exporter",
  settings: [
    {
      id: "links",
      value: [{ title: "Open the exporter's page", url: "${scheme}://${__value.raw}/", targetBlank: true }],
    },
  ],
};
export const INSTALLATION: Column = { of: "installation", title: "Installation" };
export const AGENT: Column = { of: "agent", title: "Agent" };
export const PROVIDER: Column = { of: "provider", title: "Provider" };
export const PROFILE: Column = { of: "profile", title: "Credential" };
export const REASON: Column = { of: "reason", title: "Reason" };
export const RUNBOOK: Column = { of: "runbook", title: "Runbook", settings: [{ id: "links", value: [RUNBOOK_LINK] }] };

/** Seconds, coloured by how many they are. */
export function seconds(of: string, title: string, bands: readonly Band[]): Column {
  return { of, title, settings: [unit("s"), ...coloured(TableCellDisplayMode.ColorText, bands)] };
}

/** The word of the band that a number is in. */
export function banded(of: string, title: string, bands: readonly Band[]): Column {
  return {
    of,
    title,
    settings: [...coloured(TableCellDisplayMode.ColorBackground, bands), { id: "mappings", value: bandWords(bands) }],
  };
}

/** A word for each value, with its colour behind it. */
export function worded(of: string, title: string, words: readonly ValueMapping[]): Column {
  return { of, title, settings: [background(TableCellDisplayMode.ColorBackground), { id: "mappings", value: words }] };
}

export function unit(value: string): DynamicConfigValue {
  return { id: "unit", value };
}

export function table(plan: Table): Panel {
  const { id, title, description, width, height = 8, queries, columns, order, empty } = plan;
  const builder = new PanelBuilder()
    .id(id)
    .title(title)
    .description(description)
    .datasource(DATA_SOURCE)
    .span(width)
    .height(height)
    .targets(queries.map((expr, index) => rows(expr, "ABCDEF".charAt(index))))
    .unit("none")
    .decimals(0)
    .noValue(empty)
    .filterable(true)
    .sortBy(
      order.map(([name, direction]) => new TableSortByFieldStateBuilder().displayName(name).desc(direction === "down")),
    )
    .withTransformation({ id: "merge", options: {} })
    .withTransformation({ id: "organize", options: organize(columns) })
    // Else each empty cell says what an empty table does.
    .overrideByRegexp(".*", [{ id: "noValue", value: "–" }]);
  for (const { title: name, settings = [] } of columns) {
    if (settings.length > 0) builder.overrideByName(name, [...settings]);
  }
  return builder.build();
}

/** Names, order, and what is left out; a label that is not named, such as one of the target, comes last. */
function organize(columns: readonly Column[]) {
  const fields = columns.flatMap(({ of, title }, index) => fieldsOf(of).map((field) => ({ field, title, index })));
  const shown = new Set(fields.map(({ field }) => field));
  return {
    excludeByName: Object.fromEntries(HIDDEN.filter((name) => !shown.has(name)).map((name) => [name, true])),
    indexByName: Object.fromEntries(fields.map(({ field, index }) => [field, index])),
    renameByName: Object.fromEntries(fields.map(({ field, title }) => [field, title])),
  };
}

/** Grafana leaves the letter away when only one query answered. */
function fieldsOf(of: string): readonly string[] {
  if (of === "A") return ["Value", "Value #A"];
  return /^[B-F]$/.test(of) ? [`Value #${of}`] : [of];
}

function coloured(type: TableCellDisplayMode, bands: readonly Band[]): readonly DynamicConfigValue[] {
  return [background(type), { id: "thresholds", value: thresholds(bands).build() }];
}

function background(type: TableCellDisplayMode): DynamicConfigValue {
  const isFilled = type === TableCellDisplayMode.ColorBackground;
  return {
    id: "custom.cellOptions",
    value: isFilled ? { type, mode: TableCellBackgroundDisplayMode.Basic } : { type },
  };
}
