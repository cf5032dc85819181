/**
 * Shows what the figures and tables of the dashboards say, by Grafana's own code on what a real Prometheus answers, and
 * prints them. Exits 1 when a column has no title of ours, or a cell says nothing, or a number where a word is meant.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { NAMES, type Panel, panelsOf, queriesOf } from "../test/grafana/dashboards.ts";
import { interpolate } from "../test/grafana/interpolate.ts";
import { DEMO, HEALTHY, type Stack, startStack, TOLD } from "../test/grafana/stack.ts";
import { requireProgram } from "../test/real-program.ts";
import { waitFor } from "../test/wait.ts";
import { type GrafanaData, loadGrafanaData } from "./grafana/grafana-data.ts";
import { type Shown, showPanel } from "./grafana/show-panel.ts";

const SHOWN = NAMES.flatMap(panelsOf).filter(({ panel }) => panel.type === "stat" || panel.type === "table");

/** A label that Prometheus adds in the test. */
const FOREIGN = "host";

const prometheus = requireProgram("prometheus");
if (prometheus !== null) {
  const directory = mkdtempSync(join(tmpdir(), "agent-auth-grafana-data-"));
  try {
    const complaints = await tryAll(loadGrafanaData(directory), await startStack(prometheus));
    for (const complaint of complaints) console.error(complaint);
    console.log(`${SHOWN.length} panels of 3 hosts, ${complaints.length} complaints`);
    process.exitCode = complaints.length === 0 ? 0 : 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function tryAll(grafana: GrafanaData, stack: Stack): Promise<readonly string[]> {
  const complaints: string[] = [];
  try {
    stack.change();
    await waitFor("the changes", async () => {
      const seen = await stack.query("agent_auth_notifications_dead > 0");
      return seen.length > 0 ? seen : null;
    });
    for (const job of [DEMO, TOLD, HEALTHY]) {
      for (const { name, panel } of SHOWN) {
        const answers = queriesOf({ name, panel }).map(async ({ target }) => {
          const expr = interpolate(target.expr, panel.interval, { job: [job] });
          return { refId: target.refId, series: await stack.query(expr) };
        });
        const shown = await showPanel(grafana, panel, await Promise.all(answers));
        print(`${job}, ${name}`, panel, shown);
        complaints.push(...complainOf(panel, shown).map((complaint) => `${job}, ${name}: ${complaint}`));
      }
    }
  } finally {
    await stack.stop();
  }
  return complaints;
}

function print(heading: string, panel: Panel, { titles, rows }: Shown): void {
  const lines = rows.length === 0 ? [[panel.fieldConfig?.defaults.noValue ?? ""]] : rows;
  const table = panel.type === "table" && rows.length > 0 ? [titles, ...lines] : lines;
  console.log(`\n${heading}\n${table.map((line) => `  ${line.join(" | ")}`).join("\n")}`);
}

function complainOf(panel: Panel, { titles, rows }: Shown): readonly string[] {
  const { defaults, overrides = [] } = panel.fieldConfig ?? { defaults: {} };
  const renamed = panel.transformations?.find(({ id }) => id === "organize")?.options["renameByName"] ?? {};
  const ours = [...Object.values(renamed), FOREIGN];
  const strange = panel.type === "table" ? titles.filter((title) => !ours.includes(title)) : [];
  const worded = overrides
    .filter(({ properties }) => properties.some(({ id }) => id === "mappings"))
    .map(({ matcher }) => matcher.options);
  const cells = rows.flatMap((row) => row.map((text, at) => ({ text, title: titles[at] ?? "" })));
  const bad = cells.filter(
    ({ text, title }) =>
      ["", "NaN", "undefined", "null", defaults.noValue].includes(text) ||
      (worded.includes(title) && title !== "Last good reading" && /\d/.test(text)),
  );
  return [
    ...strange.map((title) => `a column ${title} that nobody asked for`),
    ...bad.map(({ text, title }) => `${title} says "${text}"`),
  ];
}
