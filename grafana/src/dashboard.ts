import { DashboardCursorSync, DashboardLinkType, defaultDashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Panel, RowPanel, VariableModel } from "@grafana/grafana-foundation-sdk/dashboard";
import { INPUT } from "./variables.ts";

export interface Section {
  readonly title: string;
  /** Of the row; like those of the panels it never changes, because links to a panel name it. */
  readonly id: number;
  /** Those of one line have the same height and together 24 columns. */
  readonly panels: readonly Panel[];
}

export interface DashboardPlan {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly from: string;
  readonly variables: readonly VariableModel[];
  readonly sections: readonly Section[];
}

const TAG = "agent-auth";
const COLUMNS = 24;

/**
 * The JSON that Grafana imports, in the classic model: the newer one (`dashboardv2`) has no inputs, which an import by
 * hand asks for, and no Grafana before 12 reads it.
 */
export function renderDashboard(plan: DashboardPlan): string {
  const panels = layOut(plan.sections);
  const dashboard = {
    __inputs: [
      {
        name: INPUT,
        label: "Prometheus",
        description: "",
        type: "datasource",
        pluginId: "prometheus",
        pluginName: "Prometheus",
      },
    ],
    __requires: [
      { type: "grafana", id: "grafana", name: "Grafana", version: "11.0.0" },
      { type: "datasource", id: "prometheus", name: "Prometheus", version: "1.0.0" },
      ...panelTypes(panels).map((id) => ({ type: "panel", id, name: id, version: "" })),
    ],
    ...defaultDashboard(),
    id: null,
    uid: plan.uid,
    title: plan.title,
    description: plan.description,
    tags: [TAG],
    graphTooltip: DashboardCursorSync.Crosshair,
    time: { from: plan.from, to: "now" },
    refresh: "1m",
    links: [OTHER_DASHBOARDS],
    templating: { list: plan.variables },
    panels,
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

const OTHER_DASHBOARDS = {
  title: "Agent credentials",
  type: DashboardLinkType.Dashboards,
  icon: "external link",
  tooltip: "",
  tags: [TAG],
  asDropdown: false,
  targetBlank: false,
  includeVars: true,
  keepTime: true,
};

/** One section below the other; in each the panels from left to right, line by line. */
function layOut(sections: readonly Section[]): readonly (Panel | RowPanel)[] {
  const placed: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const { id, title, panels } of sections) {
    placed.push({ type: "row", id, title, collapsed: false, panels: [], gridPos: { x: 0, y, w: COLUMNS, h: 1 } });
    y += 1;
    let x = 0;
    for (const panel of panels) {
      const { w, h } = panel.gridPos ?? { w: COLUMNS, h: 8 };
      placed.push({ ...panel, gridPos: { x, y, w, h } });
      x += w;
      if (x < COLUMNS) continue;
      x = 0;
      y += h;
    }
  }
  return placed;
}

function panelTypes(panels: readonly (Panel | RowPanel)[]): readonly string[] {
  return [...new Set(panels.map(({ type }) => type))].filter((type) => type !== "row").toSorted();
}
