import { type Attributes, type HrTime, ValueType } from "@opentelemetry/api";
import { AggregationTemporality, DataPointType, type MetricData } from "@opentelemetry/sdk-metrics";
import type { MetricFamily } from "./families.ts";

/** When counting began and when it was read. */
export interface TimeSpan {
  readonly startedAt: Date;
  readonly now: Date;
}

/**
 * The metrics as OpenTelemetry has them: gauges stay gauges, counters are monotonic sums. Names stay as they are, for
 * whoever turns them into Prometheus' again adds a unit or `_total` only where it is missing.
 * https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 */
export function toMetricData({ name, type, help, samples }: MetricFamily, span: TimeSpan): MetricData {
  const unit = name.endsWith("_seconds") ? "s" : "";
  const head = {
    descriptor: { name, description: help, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const times = { startTime: toHrTime(span.startedAt), endTime: toHrTime(span.now) };
  const points = samples.map(({ labels, value }) => ({ ...times, attributes: labels, value }));
  switch (type) {
    case "counter":
      return { ...head, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: points };
    case "histogram":
      return { ...head, dataPointType: DataPointType.HISTOGRAM, dataPoints: toHistograms(samples, times) };
    default:
      return { ...head, dataPointType: DataPointType.GAUGE, dataPoints: points };
  }
}

/** One point for each set of labels; the counts of Prometheus' buckets hold those of the smaller ones too. */
function toHistograms(
  samples: MetricFamily["samples"],
  times: { readonly startTime: HrTime; readonly endTime: HrTime },
) {
  const keyOf = ({ labels: { le: _le, ...others } }: (typeof samples)[number]): string => JSON.stringify(others);
  return [...Map.groupBy(samples, keyOf)].map(([key, own]) => {
    const buckets = own.filter(({ suffix }) => suffix === "_bucket");
    const valueOf = (suffix: string): number => own.find((sample) => sample.suffix === suffix)?.value ?? 0;
    const counts = buckets.map(({ value }, index) => value - (buckets[index - 1]?.value ?? 0));
    const boundaries = buckets.map(({ labels }) => Number(labels["le"])).filter(Number.isFinite);
    const value = { buckets: { boundaries, counts }, sum: valueOf("_sum"), count: valueOf("_count") };
    return { ...times, attributes: JSON.parse(key) as Attributes, value };
  });
}

function toHrTime(date: Date): HrTime {
  const ms = date.getTime();
  return [Math.floor(ms / 1_000), (ms % 1_000) * 1_000_000];
}
