import type { MetricObjectWithValues, MetricValue } from "prom-client";
import { escapeLabelValue } from "./label.ts";
import type { HistogramMetric } from "./metric.ts";
import type { TextWriter } from "./text.ts";

/** What prom-client measures: the duration of checks and, if wanted, the process itself. */
export interface RuntimeMetrics {
  observeCheck(durationSeconds: number): void;
  /** Reads the current values; this looks into `/proc`, so it belongs to a check and not to a scrape. */
  read(): Promise<readonly RuntimeFamily[]>;
}

export type RuntimeFamily = MetricObjectWithValues<MetricValue<string>>;

/**
 * The delay histogram of the event loop wakes the process up all the time, which drains a phone, and gauges that end in
 * `_total` are what `promtool check metrics` objects to.
 */
const UNWANTED = /^nodejs_eventloop_lag|^nodejs_active_\w+_total$/;
const HOUR_MS = 3_600_000;

/** Loads prom-client; `hasProcess` adds its process and Node.js metrics. */
export async function createRuntimeMetrics(duration: HistogramMetric, hasProcess: boolean): Promise<RuntimeMetrics> {
  const { Histogram, Registry, collectDefaultMetrics } = await import("prom-client");
  const registry = new Registry();
  const { name, help, buckets } = duration;
  const histogram = new Histogram({ name, help, buckets: [...buckets], registers: [registry] });
  if (hasProcess) {
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: HOUR_MS });
    for (const metric of registry.getMetricsAsArray()) {
      if (UNWANTED.test(metric.name)) registry.removeSingleMetric(metric.name);
    }
  }
  return {
    observeCheck: (durationSeconds) => histogram.observe(durationSeconds),
    read: () => registry.getMetricsAsJSON(),
  };
}

/**
 * Writes prom-client's families. Its own rendering cannot serve both formats from one registry: asking for OpenMetrics
 * renames the counters for good.
 */
export function writeRuntime(writer: TextWriter, families: readonly RuntimeFamily[]): void {
  for (const { name, help, type, values } of families) {
    // Typed as an enum of numbers, in fact the word itself.
    writer.family({ name, help, type: String(type) }, (emit) => {
      for (const value of values) {
        const labels = Object.entries(value.labels)
          .map(([key, text]) => `${key}="${escapeLabelValue(String(text))}"`)
          .join();
        if ("metricName" in value && value.metricName !== name)
          writer.line(String(value.metricName), labels, value.value);
        else emit.series(labels, value.value);
      }
    });
  }
}
