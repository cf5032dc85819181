import { pair } from "./label.ts";
import { type CheckMetric, emitDate } from "./metric.ts";

/** Of other hosts that are watched from here. */
export const REMOTE_METRICS: readonly CheckMetric[] = [
  {
    name: "agent_auth_remote_up",
    type: "gauge",
    per: "exporter",
    help: "Whether another host that is watched from here answered when it was asked last.",
    labels: ["remote"],
    absent: "no question to it has come to an end yet, or no other host is watched",
    query: "agent_auth_remote_up == 0",
    collect({ remotes }, emit) {
      for (const { name, isUp } of remotes) if (isUp !== null) emit.series(pair("remote", name), Number(isUp));
    },
  },
  {
    name: "agent_auth_remote_last_seen_timestamp_seconds",
    type: "gauge",
    per: "exporter",
    help: "When another host answered last, as a Unix time.",
    labels: ["remote"],
    absent: "it never answered, or no other host is watched",
    query: "time() - agent_auth_remote_last_seen_timestamp_seconds > 3600",
    collect({ remotes }, emit) {
      for (const { name, lastSeenAt } of remotes) emitDate(emit, pair("remote", name), lastSeenAt);
    },
  },
  {
    name: "agent_auth_remote_last_check_timestamp_seconds",
    type: "gauge",
    per: "exporter",
    help: "When another host had looked at its stores last, by our clock, as a Unix time.",
    labels: ["remote"],
    absent: "it never answered, or no other host is watched",
    query: "time() - agent_auth_remote_last_check_timestamp_seconds > 3600",
    collect({ remotes }, emit) {
      for (const { name, lastCheckAt } of remotes) emitDate(emit, pair("remote", name), lastCheckAt);
    },
  },
];
