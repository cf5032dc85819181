import { pair } from "./label.ts";
import { AGENT, emitDate, emitProblems } from "./metric.ts";
import type { StoreMetric } from "./metric.ts";

export const STORE_METRICS: readonly StoreMetric[] = [
  {
    name: "agent_auth_installation_problems",
    type: "gauge",
    per: "installation",
    help: "Problems of the installation outside its stores, such as a broken config, by reason.",
    labels: ["installation", "reason"],
    absent: "never; every reason is there at 0",
    query: "sum by (installation, reason) (agent_auth_installation_problems) > 0",
    collect(view, emit) {
      for (const { labels, report } of view.installations) emitProblems(emit, labels, report.problems);
    },
  },
  {
    name: "agent_auth_store_up",
    type: "gauge",
    per: "store",
    help: "Whether the store could be read at the last check.",
    labels: AGENT,
    absent: "the agent has no store of its own",
    query: "agent_auth_store_up == 0",
    collect(view, emit) {
      for (const { labels, report } of view.stores) emit.series(labels, Number(report.every((store) => store.isUp)));
    },
  },
  {
    name: "agent_auth_store_problems",
    type: "gauge",
    per: "store",
    help: "Problems met in the store at the last check, by reason.",
    labels: [...AGENT, "reason"],
    absent: "the agent has no store of its own; otherwise every reason is there at 0",
    query: "sum by (reason) (agent_auth_store_problems) > 0",
    collect(view, emit) {
      for (const { labels, report } of view.stores) {
        emitProblems(
          emit,
          labels,
          report.flatMap((store) => store.problems),
        );
      }
    },
  },
  {
    name: "agent_auth_store_modified_timestamp_seconds",
    type: "gauge",
    per: "store",
    help: "When the store was last written, as a Unix time.",
    labels: AGENT,
    absent: "the time is not known",
    query: "time() - agent_auth_store_modified_timestamp_seconds > 7 * 86400",
    collect(view, emit) {
      for (const { labels, report } of view.stores) emitDate(emit, labels, latest(report.map((s) => s.modifiedAt)));
    },
  },
  {
    name: "agent_auth_store_insecure_mode",
    type: "gauge",
    per: "store",
    help: "Whether others than the owner may read or write the store's file.",
    labels: AGENT,
    absent: "the agent has no store of its own",
    query: "agent_auth_store_insecure_mode == 1",
    collect(view, emit) {
      for (const { labels, report } of view.stores) {
        emit.series(labels, Number(report.some((store) => store.hasInsecureMode)));
      }
    },
  },
  {
    name: "agent_auth_store_info",
    type: "gauge",
    per: "store",
    help: "1, with the format in which the store is kept.",
    labels: [...AGENT, "format"],
    absent: "the agent has no store of its own",
    query: "count by (format) (agent_auth_store_info)",
    collect(view, emit) {
      for (const { labels, report } of view.stores) {
        for (const format of new Set(report.map((store) => store.format))) {
          emit.series(`${labels},${pair("format", format)}`, 1);
        }
      }
    },
  },
];

function latest(dates: readonly (Date | null)[]): Date | null {
  return dates.reduce((best, date) => (best === null || (date !== null && date > best) ? date : best), null);
}
