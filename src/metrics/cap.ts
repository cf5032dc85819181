import type { Verdict } from "../snapshot.ts";
import { VERDICTS } from "../snapshot.ts";
import { lastSuccessOf } from "./exporter-metrics.ts";
import type { StoreMetric } from "./metric.ts";
import { METRICS_OF_STORES } from "./table.ts";
import { TextWriter } from "./text.ts";
import { EMPTY_VIEW, type MetricView } from "./view.ts";

/** A row of a view: kept whole, or left out whole. */
interface Row {
  readonly per: StoreMetric["per"];
  /** Nothing but this row. */
  readonly alone: MetricView;
  readonly labels: string;
  /** How much somebody would miss it. */
  readonly verdict: Verdict;
  /** Of two alike the one that ends sooner is missed more. */
  readonly endsAt: Date | null;
}

/** Of two that are equally bad, the earlier kind is kept. */
const KINDS: readonly StoreMetric["per"][] = ["installation", "agent", "store", "provider", "profile"];

/**
 * The rows of a view that are written with at most `maxSeries` series: the worst first, whatever they are, so that what
 * is left out is well as long as anything is. The same ones are missing while nothing changes.
 */
export function capView(view: MetricView, maxSeries: number): MetricView {
  const kept = new Set<unknown>();
  let left = maxSeries;
  for (const { per, alone } of listRows(view).toSorted(compareRows)) {
    left -= countOf(alone, per);
    if (left < 0) break;
    for (const rows of Object.values(alone)) for (const row of rows) kept.add(row);
  }
  const keep = <T>(rows: readonly T[]): readonly T[] => rows.filter((row) => kept.has(row));
  return {
    installations: keep(view.installations),
    agents: keep(view.agents),
    providers: keep(view.providers),
    profiles: keep(view.profiles),
    stores: keep(view.stores),
  };
}

/** How many series tell of these stores beside those that are made once: every check renews them. */
export function countRenewed(stores: MetricView["stores"]): number {
  return stores.filter(({ report }) => lastSuccessOf(report, new Date(0)) !== null).length;
}

function countOf(alone: MetricView, per: StoreMetric["per"]): number {
  const writer = new TextWriter("text");
  for (const metric of METRICS_OF_STORES) {
    if (metric.per === per) writer.family(metric, (emit) => metric.collect(alone, emit));
  }
  return writer.written + countRenewed(alone.stores);
}

function listRows({ installations, agents, stores, providers, profiles }: MetricView): readonly Row[] {
  const row = (
    per: Row["per"],
    labels: string,
    only: Partial<MetricView>,
    verdict: Verdict,
    endsAt: Date | null = null,
  ): Row => ({ per, labels, alone: { ...EMPTY_VIEW, ...only }, verdict, endsAt });
  return [
    ...installations.map((found) => {
      const isWell = found.report.problems.length === 0;
      return row("installation", found.labels, { installations: [found] }, isWell ? "ok" : "warning");
    }),
    ...agents.map((found) => row("agent", found.labels, { agents: [found] }, found.report.verdict)),
    ...stores.map((found) => {
      const isWell = found.report.every((store) => store.isUp && !store.hasInsecureMode && store.problems.length === 0);
      return row("store", found.labels, { stores: [found] }, isWell ? "ok" : "warning");
    }),
    ...providers.map((found) => {
      const isLacking = found.report.isInUse && found.report.usable === 0;
      return row("provider", found.labels, { providers: [found] }, isLacking ? "warning" : "ok");
    }),
    ...profiles.map((found) => {
      const { verdict, expiresAt } = found.report;
      return row("profile", found.labels, { profiles: [found] }, verdict, expiresAt);
    }),
  ];
}

function compareRows(a: Row, b: Row): number {
  return (
    VERDICTS.indexOf(b.verdict) - VERDICTS.indexOf(a.verdict) ||
    KINDS.indexOf(a.per) - KINDS.indexOf(b.per) ||
    compareEnds(a.endsAt, b.endsAt) ||
    compareText(a.labels, b.labels)
  );
}

/** The sooner one first; one without an end last. */
function compareEnds(a: Date | null, b: Date | null): number {
  const timeOf = (at: Date | null): number => at?.getTime() || Number.MAX_VALUE;
  return timeOf(a) - timeOf(b);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
