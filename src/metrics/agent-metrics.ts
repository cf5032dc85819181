import { STATUSES } from "../snapshot.ts";
import { AGENT, PROVIDER } from "./metric.ts";
import type { StoreMetric } from "./metric.ts";

export const AGENT_METRICS: readonly StoreMetric[] = [
  {
    name: "agent_auth_agent_can_answer",
    type: "gauge",
    per: "agent",
    help: "1 while the agent has a usable credential for its primary model or a fallback of it, 0 while it has none.",
    labels: AGENT,
    absent: "while unknown: a store cannot be read and nothing good was read before",
    query: "agent_auth_agent_can_answer == 0",
    collect(view, emit) {
      for (const { labels, report } of view.agents) {
        if (report.canAnswer !== null) emit.series(labels, Number(report.canAnswer));
      }
    },
  },
  {
    name: "agent_auth_agent_verdict",
    type: "gauge",
    per: "agent",
    help: "1 for the current verdict on the agent (ok, info, warning, critical) and its reason.",
    labels: [...AGENT, "verdict", "reason"],
    absent: "every verdict and reason but the current one",
    query: 'agent_auth_agent_verdict{verdict=~"warning|critical"}',
    collect(view, emit) {
      for (const { labels, report } of view.agents) {
        emit.series(`${labels},verdict="${report.verdict}",reason="${report.reason}"`, 1);
      }
    },
  },
  {
    name: "agent_auth_agent_check_code",
    type: "gauge",
    per: "agent",
    help: "Exit code of a check of this agent alone: 0 ok, 1 expired or missing, 2 expiring, 3 not everything could be checked.",
    labels: AGENT,
    absent: "never",
    query: "agent_auth_agent_check_code > 0",
    collect(view, emit) {
      for (const { labels, report } of view.agents) emit.series(labels, report.checkCode);
    },
  },
];

export const PROVIDER_METRICS: readonly StoreMetric[] = [
  {
    name: "agent_auth_provider_usable_profiles",
    type: "gauge",
    per: "provider",
    help: "Credentials of the provider that could answer for the agent now, inherited ones included.",
    labels: PROVIDER,
    absent: "the agent neither uses the provider nor has a credential for it",
    query: "agent_auth_provider_usable_profiles == 0 and agent_auth_provider_in_use == 1",
    collect(view, emit) {
      for (const { labels, report } of view.providers) emit.series(labels, report.usable);
    },
  },
  {
    name: "agent_auth_provider_profiles",
    type: "gauge",
    per: "provider",
    help: "Credentials of the provider that the agent can see, inherited ones included.",
    labels: PROVIDER,
    absent: "the agent neither uses the provider nor has a credential for it",
    query: "agent_auth_provider_usable_profiles / agent_auth_provider_profiles < 0.5",
    collect(view, emit) {
      for (const { labels, report } of view.providers) emit.series(labels, report.total);
    },
  },
  {
    name: "agent_auth_provider_in_use",
    type: "gauge",
    per: "provider",
    help: "Whether a model that the agent may ask belongs to the provider.",
    labels: PROVIDER,
    absent: "the agent neither uses the provider nor has a credential for it",
    query: "sum by (provider) (agent_auth_provider_in_use)",
    collect(view, emit) {
      for (const { labels, report } of view.providers) emit.series(labels, Number(report.isInUse));
    },
  },
  {
    name: "agent_auth_provider_status",
    type: "gauge",
    per: "provider",
    help: "OpenClaw's status of the provider over the credentials the agent can see: 1 for the current word, 0 for the others.",
    labels: [...PROVIDER, "status"],
    absent: "the agent neither uses the provider nor has a credential for it",
    query: 'agent_auth_provider_status{status=~"expired|missing"} == 1',
    collect(view, emit) {
      for (const { labels, report } of view.providers) emit.oneHot(labels, "status", STATUSES, report.status);
    },
  },
];
