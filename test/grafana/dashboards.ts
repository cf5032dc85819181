import { readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

/** As much of Grafana's classic dashboard model as the tests look at. */
export interface Dashboard {
  readonly __inputs: readonly { readonly name: string; readonly type: string; readonly pluginId: string }[];
  readonly __requires: readonly { readonly type: string; readonly id: string }[];
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: DataSource;
  readonly interval?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string; readonly noValue?: string };
    readonly overrides: readonly Override[];
  };
  readonly transformations?: readonly {
    readonly id: string;
    readonly options: Record<string, Record<string, unknown>>;
  }[];
  readonly options?: { readonly sortBy?: readonly { readonly displayName: string }[] };
}

export interface Override {
  readonly matcher: { readonly id: string; readonly options: string };
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly format?: string;
  readonly datasource: DataSource;
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query?: unknown;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly datasource?: DataSource;
  readonly current?: { readonly text: unknown; readonly value: unknown };
}

interface DataSource {
  readonly type?: string;
  readonly uid?: string;
}

export const NAMES = ["agent-auth-overview", "agent-auth-exporter"] as const;

/** What is committed, as an operator imports it. */
export function readDashboard(name: string): Dashboard {
  return JSON.parse(readFileSync(join(ROOT, `grafana/${name}.json`), "utf8")) as Dashboard;
}

export interface NamedPanel {
  /** `agent-auth-overview: Next ends` */
  readonly name: string;
  readonly panel: Panel;
}

export interface PanelQuery extends NamedPanel {
  readonly target: Target;
}

/** All but the titles of rows. */
export function panelsOf(name: string): readonly NamedPanel[] {
  const { panels } = readDashboard(name);
  return panels
    .filter(({ type }) => type !== "row")
    .map((panel) => ({ name: `${name.slice("agent-auth-".length)}: ${panel.title}`, panel }));
}

export function queriesOf({ name, panel }: NamedPanel): readonly PanelQuery[] {
  return (panel.targets ?? []).map((target) => ({ name: `${name} ${target.refId}`, panel, target }));
}
