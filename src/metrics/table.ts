import { AGENT_METRICS, PROVIDER_METRICS } from "./agent-metrics.ts";
import { ALERT_METRICS } from "./alert-metrics.ts";
import { CHECK_DURATION, CHECK_METRICS } from "./exporter-metrics.ts";
import type { CheckMetric, HistogramMetric, StoreMetric } from "./metric.ts";
import { PROFILE_METRICS } from "./profile-metrics.ts";
import { REMOTE_METRICS } from "./remote-metrics.ts";
import { STORE_METRICS } from "./store-metrics.ts";

/** Made once for as long as the stores do not change. Beyond `metrics.maxSeries` rows are left out (cap.ts). */
export const METRICS_OF_STORES: readonly StoreMetric[] = [
  ...AGENT_METRICS,
  ...STORE_METRICS,
  ...PROVIDER_METRICS,
  ...PROFILE_METRICS,
];

/** Made anew with every check; of these, only what tells of a store goes with it when it is left out. */
export const METRICS_OF_CHECK: readonly CheckMetric[] = [...CHECK_METRICS, ...REMOTE_METRICS, ...ALERT_METRICS];

/** Everything this exporter says beside prom-client's metrics of the process: the source of docs/metrics.md. */
export const METRIC_TABLE: readonly (StoreMetric | CheckMetric | HistogramMetric)[] = [
  ...METRICS_OF_STORES,
  ...METRICS_OF_CHECK,
  CHECK_DURATION,
];
