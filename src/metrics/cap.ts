import { VERDICTS } from "../snapshot.ts";
import type { StoreMetric } from "./metric.ts";
import { METRICS_OF_STORES } from "./table.ts";
import { TextWriter } from "./text.ts";
import type { MetricView } from "./view.ts";

type Row<K extends "profiles" | "providers"> = MetricView[K][number];

/**
 * The view with so few profiles that at most `maxSeries` are written; where that is not enough, with fewer providers of
 * agents too. Each is kept whole or not at all, the worst first, so that the same ones are missing while nothing
 * changes. What is told of agents, stores and installations stays, however much that is.
 */
export function capView(view: MetricView, maxSeries: number): MetricView {
  const room = roomFor(view, maxSeries);
  const withoutProfiles = { ...view, profiles: [] };
  const forProfiles = room - count(withoutProfiles);
  if (forProfiles >= 0) {
    const sizeOf = (row: Row<"profiles">): number => count({ ...NOTHING, profiles: [row] }, "profile");
    return { ...view, profiles: fill(view.profiles, forProfiles, compareProfiles, sizeOf) };
  }
  const forProviders = room - count({ ...withoutProfiles, providers: [] });
  const sizeOf = (row: Row<"providers">): number => count({ ...NOTHING, providers: [row] }, "provider");
  return { ...withoutProfiles, providers: fill(view.providers, forProviders, compareProviders, sizeOf) };
}

/** How many series of `METRICS_OF_STORES` may be written. */
export function roomFor(view: MetricView, maxSeries: number): number {
  // One series of each store is renewed with every check, and has its place kept here.
  return maxSeries - view.stores.length;
}

function count(view: MetricView, per?: StoreMetric["per"]): number {
  const writer = new TextWriter("text");
  for (const metric of METRICS_OF_STORES) {
    if (per === undefined || metric.per === per) writer.family(metric, (emit) => metric.collect(view, emit));
  }
  return writer.written;
}

const NOTHING: MetricView = { installations: [], agents: [], providers: [], profiles: [], stores: [] };

/** The first rows, in the order of `compare`, that fit; in the order in which they came. */
function fill<T>(rows: readonly T[], room: number, compare: (a: T, b: T) => number, sizeOf: (row: T) => number) {
  const kept = new Set<T>();
  let left = room;
  for (const row of rows.toSorted(compare)) {
    left -= sizeOf(row);
    if (left < 0) break;
    kept.add(row);
  }
  return rows.filter((row) => kept.has(row));
}

function compareProfiles(a: Row<"profiles">, b: Row<"profiles">): number {
  const [left, right] = [a.report, b.report];
  return (
    VERDICTS.indexOf(right.verdict) - VERDICTS.indexOf(left.verdict) ||
    compareEnds(left.expiresAt, right.expiresAt) ||
    compareText(a.labels, b.labels)
  );
}

function compareProviders(a: Row<"providers">, b: Row<"providers">): number {
  const isLacking = ({ report }: Row<"providers">): number => Number(report.isInUse && report.usable === 0);
  return isLacking(b) - isLacking(a) || compareText(a.labels, b.labels);
}

/** The sooner one first; one without an end last. */
function compareEnds(a: Date | null, b: Date | null): number {
  const timeOf = (at: Date | null): number => at?.getTime() || Number.MAX_VALUE;
  return timeOf(a) - timeOf(b);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
