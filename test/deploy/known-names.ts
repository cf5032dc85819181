import { CHECK_DURATION } from "../../src/metrics/exporter-metrics.ts";
import { createRuntimeMetrics } from "../../src/metrics/runtime.ts";
import { METRIC_TABLE } from "../../src/metrics/table.ts";
import { readNames } from "./promql-names.ts";
import { RECORDING_RULES } from "./rules.ts";

/** What Prometheus itself gives to every series of a target. */
const TARGET = ["job", "instance"];

type Labels = ReadonlyMap<string, readonly string[]>;

/** Every metric that a rule or a dashboard may ask for, with its labels: of our table, of prom-client, of Prometheus. */
export async function readKnownNames(): Promise<Labels> {
  const known = new Map<string, readonly string[]>();
  for (const { name, labels, type } of METRIC_TABLE) add(known, name, labels, type);
  const runtime = await createRuntimeMetrics(CHECK_DURATION, true);
  for (const { name, values, type } of await runtime.read()) {
    if (known.has(name) || known.has(`${name}_bucket`)) continue;
    add(known, name, [...new Set(values.flatMap(({ labels }) => Object.keys(labels)))], String(type));
  }
  for (const name of ["up", "scrape_duration_seconds", "scrape_samples_scraped"]) known.set(name, TARGET);
  for (const { record, expr } of RECORDING_RULES) {
    const names = readNames(expr).metrics.flatMap(({ name }) => known.get(name) ?? []);
    known.set(record, [...new Set(names)]);
  }
  const all = [...known.values()].flat();
  known.set("ALERTS", [...new Set(["alertname", "alertstate", "severity", ...all])]);
  return known;
}

/** What an expression asks for that does not exist, one line each; nothing where all is well. */
export function findUnknownNames(expression: string, known: Labels): readonly string[] {
  const { metrics, grouping, made } = readNames(expression);
  const unknown = metrics.flatMap(({ name, labels }) => {
    const has = known.get(name);
    if (has === undefined) return [`metric ${name}`];
    return labels.filter((label) => !has.includes(label)).map((label) => `label ${label} of ${name}`);
  });
  const asked = new Set([...metrics.flatMap(({ name }) => known.get(name) ?? []), ...made]);
  if (metrics.length === 0) return unknown;
  return [...unknown, ...grouping.filter((label) => !asked.has(label)).map((label) => `label ${label} of any metric`)];
}

function add(known: Map<string, readonly string[]>, name: string, labels: readonly string[], type: string): void {
  const all = [...labels, ...TARGET];
  if (type !== "histogram") {
    known.set(name, all);
    return;
  }
  known.set(`${name}_bucket`, [...all, "le"]);
  known.set(`${name}_sum`, all);
  known.set(`${name}_count`, all);
}
