import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { GENERATED_DOCS } from "../../scripts/generated-docs.ts";
import { METRIC_TABLE } from "../../src/metrics/table.ts";
import { type Dashboard, NAMES, panelsOf, queriesOf, readDashboard, ROOT } from "./dashboards.ts";

const panels = NAMES.flatMap(panelsOf);

/** What Prometheus adds to every scrape, and prom-client's own that the dashboards use. */
const FOREIGN_METRICS = [
  "up",
  "scrape_duration_seconds",
  "scrape_samples_scraped",
  "process_cpu_seconds_total",
  "process_open_fds",
  "process_resident_memory_bytes",
  "nodejs_heap_size_used_bytes",
];

test.each(GENERATED_DOCS.filter(({ path }) => path.startsWith("grafana/")))(
  "$path is what the code renders",
  ({ path, render }) => {
    expect(readFileSync(join(ROOT, path), "utf8"), "run npm run docs").toBe(render());
  },
);

describe.each(NAMES.map((name) => [name, readDashboard(name)] as const))("%s", (name, dashboard) => {
  it("keeps the uid that bookmarks and links name", () => {
    expect(dashboard.uid).toBe(name);
    expect(dashboard.title).not.toBe("");
    expect(dashboard.description).not.toBe("");
  });

  it("asks for its data source when it is imported by hand, and finds one when it is provisioned", () => {
    expect(dashboard.__inputs).toMatchObject([{ name: "DS_PROMETHEUS", type: "datasource", pluginId: "prometheus" }]);
    const variable = dashboard.templating.list.find(({ name: found }) => found === "datasource");
    expect(variable).toMatchObject({
      type: "datasource",
      query: "prometheus",
      current: { text: "default", value: "${DS_PROMETHEUS}" },
    });
    // An import replaces every mention of an input; nothing but the variable may be tied to one data source.
    expect(JSON.stringify(dashboard).match(/\$\{DS_PROMETHEUS\}/g)).toHaveLength(1);
  });

  it("links runbooks that there are", () => {
    const runbooks = [...JSON.stringify(dashboard).matchAll(/\\"runbook\\", \\"(\w+)\\"/g)].map(
      ([, runbook]) => runbook,
    );
    expect(runbooks.length > 0).toBe(name.endsWith("overview"));
    expect(runbooks.filter((runbook) => !existsSync(join(ROOT, `docs/runbooks/${runbook}.md`)))).toEqual([]);
  });

  it("names the plugins that it needs", () => {
    const types = new Set(panelsOf(name).map(({ panel }) => panel.type));
    const required = dashboard.__requires.filter(({ type }) => type === "panel").map(({ id }) => id);
    expect(required).toEqual([...types].toSorted());
  });

  it("gives every panel and row an id and a title of its own", () => {
    const ids = dashboard.panels.map(({ id }) => id);
    const titles = dashboard.panels.map(({ title }) => title);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it("has no panel on top of another, beside the grid, or with a gap before it", () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(dashboard.panels.filter(({ gridPos: { x, w } }) => x < 0 || x + w > 24)).toEqual([]);
    expect(cells.length).toBe(24 * height(dashboard));
  });

  it("lets every list choose several or all, whatever is in their names", () => {
    const lists = dashboard.templating.list.filter(({ type }) => type === "query");
    for (const list of lists) {
      expect(list).toMatchObject({
        multi: true,
        includeAll: true,
        allValue: ".*",
        datasource: { uid: "${datasource}" },
      });
    }
  });
});

describe.each(panels)("$name", ({ panel }) => {
  it("explains itself: title, description, unit, and a word for no data", () => {
    expect(panel.title).not.toBe("");
    expect(panel.description).toMatch(/^.{20,}[.]$/);
    expect(panel.fieldConfig?.defaults.unit).toMatch(/^\w+$/);
    expect(panel.fieldConfig?.defaults.noValue).toMatch(/^[a-z]/);
  });

  it("asks the data source that is chosen on top", () => {
    const sources = [panel, ...(panel.targets ?? [])].map(({ datasource }) => datasource);
    expect(new Set(sources.map((source) => JSON.stringify(source)))).toEqual(
      new Set(['{"type":"prometheus","uid":"${datasource}"}']),
    );
  });

  it("shows values in columns with a title, and says nothing in a cell that is empty", () => {
    if (panel.type !== "table") return;
    const { renameByName = {}, excludeByName = {} } =
      panel.transformations?.find(({ id }) => id === "organize")?.options ?? {};
    const values = ["Value", ...(panel.targets ?? []).map(({ refId }) => `Value #${refId}`)];
    expect(values.filter((field) => !(field in renameByName) && !(field in excludeByName))).toEqual([]);
    expect(panel.fieldConfig?.overrides).toContainEqual({
      matcher: { id: "byRegexp", options: ".*" },
      properties: [{ id: "noValue", value: "–" }],
    });
  });

  it("settles and sorts columns that it has", () => {
    const { renameByName = {} } = panel.transformations?.find(({ id }) => id === "organize")?.options ?? {};
    const titles = Object.values(renameByName);
    const settled = (panel.fieldConfig?.overrides ?? [])
      .filter(({ matcher }) => matcher.id === "byName")
      .map(({ matcher }) => matcher.options);
    const sorted = (panel.options?.sortBy ?? []).map(({ displayName }) => displayName);
    const named = panel.type === "table" ? [...settled, ...sorted] : [];
    expect(named.filter((title) => !titles.includes(title))).toEqual([]);
  });
});

describe.each(panels.flatMap(queriesOf))("$name", ({ target, panel }) => {
  it("uses only metrics that there are", () => {
    const ours = METRIC_TABLE.flatMap(({ name, type }) => (type === "histogram" ? [`${name}_bucket`] : [name]));
    const used = metricsOf(target.expr);
    expect(used).not.toEqual([]);
    expect(used.filter((metric) => ![...ours, ...FOREIGN_METRICS].includes(metric))).toEqual([]);
  });

  it("follows the lists on top", () => {
    const selectors = target.expr.match(/\{[^}]*\}/g) ?? [];
    expect(selectors.length).toBe(metricsOf(target.expr).length);
    expect(selectors.filter((one) => !one.startsWith('{job=~"$job", instance=~"$instance"'))).toEqual([]);
  });

  it("asks for now where now is shown, and for a range where there is a time axis", () => {
    const isNow = ["stat", "table"].includes(panel.type);
    expect([target.instant === true, target.range === true]).toEqual([isNow, !isNow]);
  });
});

function height({ panels: all }: Dashboard): number {
  return Math.max(...all.map(({ gridPos: { y, h } }) => y + h));
}

/** Every selector of ours has braces. */
function metricsOf(expr: string): readonly string[] {
  return [...expr.matchAll(/([a-z_]\w*)\{/g)].map(([, name]) => name!);
}
