import type { StoreReport } from "../snapshot.ts";
import { pair } from "./label.ts";
import { AGENT, CHECK_OUTCOMES, emitDate, emitProblems } from "./metric.ts";
import type { CheckMetric, HistogramMetric } from "./metric.ts";

export const CHECK_DURATION: HistogramMetric = {
  name: "agent_auth_check_duration_seconds",
  type: "histogram",
  per: "exporter",
  help: "How long a check of everything took.",
  labels: [],
  absent: "in the one-shot output of check",
  query: "histogram_quantile(0.9, sum by (le) (rate(agent_auth_check_duration_seconds_bucket[1h])))",
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
};

export const CHECK_METRICS: readonly CheckMetric[] = [
  {
    name: "agent_auth_store_last_success_timestamp_seconds",
    type: "gauge",
    per: "store",
    help: "When the store was last looked at and could be read, as a Unix time.",
    labels: AGENT,
    absent: "it could never be read",
    query: "time() - agent_auth_store_last_success_timestamp_seconds",
    collect(state, emit) {
      for (const { labels, report } of state.stores) {
        emitDate(emit, labels, lastSuccessOf(report, state.generatedAt));
      }
    },
  },
  {
    name: "agent_auth_discovery_problems",
    type: "gauge",
    per: "exporter",
    help: "Problems of the search for installations, such as a home that may not be entered, by reason.",
    labels: ["reason"],
    absent: "never; every reason is there at 0",
    query: "sum by (reason) (agent_auth_discovery_problems) > 0",
    collect(state, emit) {
      emitProblems(emit, "", state.problems);
    },
  },
  {
    name: "agent_auth_checks_total",
    type: "counter",
    per: "exporter",
    help: "Checks since the start, by outcome: ok, problems (something could not be read) or failed (the check broke off).",
    labels: ["outcome"],
    absent: "in the one-shot output of check",
    query: "sum by (outcome) (increase(agent_auth_checks_total[1h]))",
    collect({ worker }, emit) {
      if (worker === null) return;
      for (const outcome of CHECK_OUTCOMES) emit.series(`outcome="${outcome}"`, worker.checks[outcome]);
    },
  },
  {
    name: "agent_auth_checks_missed_total",
    type: "counter",
    per: "exporter",
    help: "Scheduled checks that did not happen at their time: the process slept, or the check before was still running.",
    labels: [],
    absent: "in the one-shot output of check",
    query: "increase(agent_auth_checks_missed_total[1h])",
    collect({ worker }, emit) {
      if (worker !== null) emit.series("", worker.checksMissed);
    },
  },
  {
    name: "agent_auth_last_check_timestamp_seconds",
    type: "gauge",
    per: "exporter",
    help: "When the last check ended, as a Unix time.",
    labels: [],
    absent: "before the first check",
    query: "time() - agent_auth_last_check_timestamp_seconds",
    collect(state, emit) {
      emitDate(emit, "", state.lastCheckAt);
    },
  },
  {
    name: "agent_auth_last_successful_check_timestamp_seconds",
    type: "gauge",
    per: "exporter",
    help: "When the last check that did not break off ended, as a Unix time.",
    labels: [],
    absent: "before the first such check",
    query: "time() - agent_auth_last_successful_check_timestamp_seconds",
    collect(state, emit) {
      emitDate(emit, "", state.lastSuccessfulCheckAt);
    },
  },
  {
    name: "agent_auth_last_check_code",
    type: "gauge",
    per: "exporter",
    help: "Exit code of the last check: 0 ok, 1 expired or missing, 2 expiring, 3 not everything could be checked.",
    labels: [],
    absent: "before the first check",
    query: "agent_auth_last_check_code > 0",
    collect({ checkCode }, emit) {
      if (checkCode !== null) emit.series("", checkCode);
    },
  },
  {
    name: "agent_auth_next_check_timestamp_seconds",
    type: "gauge",
    per: "exporter",
    help: "When the schedule starts the next check, as a Unix time.",
    labels: [],
    absent: "before the first check, and in the one-shot output of check",
    query: "agent_auth_next_check_timestamp_seconds - time()",
    collect({ worker }, emit) {
      emitDate(emit, "", worker?.nextCheckAt ?? null);
    },
  },
  {
    name: "agent_auth_config_last_reload_successful",
    type: "gauge",
    per: "exporter",
    help: "Whether the last attempt to load the config, and the web config, succeeded; after a failure the one before stays in force.",
    labels: [],
    absent: "in the one-shot output of check",
    query: "agent_auth_config_last_reload_successful",
    collect({ worker }, emit) {
      if (worker !== null) emit.series("", Number(worker.isConfigGood));
    },
  },
  {
    name: "agent_auth_config_last_reload_success_timestamp_seconds",
    type: "gauge",
    per: "exporter",
    help: "When the config in force was loaded, as a Unix time.",
    labels: [],
    absent: "in the one-shot output of check",
    query: "time() - agent_auth_config_last_reload_success_timestamp_seconds",
    collect({ worker }, emit) {
      emitDate(emit, "", worker?.configLoadedAt ?? null);
    },
  },
  {
    name: "agent_auth_warn_window_seconds",
    type: "gauge",
    per: "exporter",
    help: "How long before its end a credential is expiring.",
    labels: [],
    absent: "before the first check",
    query:
      "agent_auth_profile_expiry_timestamp_seconds - time() < on (job, instance) group_left () agent_auth_warn_window_seconds",
    collect(state, emit) {
      if (state.generatedAt !== null) emit.series("", state.warnWithinMs / 1_000);
    },
  },
  {
    name: "agent_auth_series_dropped_total",
    type: "counter",
    per: "exporter",
    help: "Series left out because of metrics.maxSeries, summed over the checks.",
    labels: [],
    absent: "never",
    query: "increase(agent_auth_series_dropped_total[1h])",
    collect(state, emit) {
      emit.series("", state.seriesDropped);
    },
  },
  {
    name: "agent_auth_publications_total",
    type: "counter",
    per: "exporter",
    help: "Attempts to hand the metrics to a place besides the scrape since the start, by place and outcome: delivered or failed.",
    labels: ["place", "outcome"],
    absent: "nothing is published, and in the one-shot output of check",
    query: 'increase(agent_auth_publications_total{outcome="failed"}[1h])',
    collect({ worker }, emit) {
      for (const { name, delivered, failed } of worker?.publications ?? []) {
        emit.series(`${pair("place", name)},outcome="delivered"`, delivered);
        emit.series(`${pair("place", name)},outcome="failed"`, failed);
      }
    },
  },
  {
    name: "agent_auth_build_info",
    type: "gauge",
    per: "exporter",
    help: "1, with the version, the commit it was built from, and the version of Node.js it runs on.",
    labels: ["version", "revision", "node_version"],
    absent: "never",
    query: "count by (version) (agent_auth_build_info)",
    collect({ build }, emit) {
      emit.series(
        [
          pair("version", build.version),
          pair("revision", build.revision),
          pair("node_version", build.nodeVersion),
        ].join(),
        1,
      );
    },
  },
  {
    name: "agent_auth_demo",
    type: "gauge",
    per: "exporter",
    help: "1 while the data shown is the embedded demo and not of this host.",
    labels: [],
    absent: "in the one-shot output of check",
    query: "agent_auth_demo",
    collect({ worker }, emit) {
      if (worker !== null) emit.series("", Number(worker.isDemo));
    },
  },
];

/** When all stores of an owner could be read last; null if one never was, which is the worst of them. */
export function lastSuccessOf(stores: readonly StoreReport[], generatedAt: Date | null): Date | null {
  const dates = stores.map(({ isUp, readAt }) => (isUp ? generatedAt : readAt));
  return dates.reduce((best, date) => (best === null || date === null ? null : date < best ? date : best));
}
