import { lines, verdicts } from "../graph.ts";
import { select, valueFor, verdictRank } from "../query.ts";
import { AGENT, EXPORTER, INSTALLATION, PROVIDER, table } from "../table.ts";

const USABLE = select("agent_auth_provider_usable_profiles", "provider");
const IN_USE = `${select("agent_auth_provider_in_use", "provider")} == 1`;
const CHANGES = `changes(${USABLE}[$__range])`;

const SERVED = `${IN_USE} and ${CHANGES} > 0`;

export const HISTORY = [
  verdicts({
    id: 41,
    title: "Agents",
    description: "The verdict on each agent over time.",
    width: 24,
    queries: [["{{instance}} {{installation}}/{{agent}}", verdictRank("agent_auth_agent_verdict", "agent")]],
  }),
  verdicts({
    id: 42,
    title: "Credentials that needed somebody",
    description: "The verdict over time on each credential that was critical or a warning within the time range.",
    width: 24,
    queries: [
      [
        "{{instance}} {{installation}}/{{agent}} {{profile}}",
        `${verdictRank("agent_auth_profile_verdict", "profile")} and ignoring (verdict, reason) present_over_time(${select("agent_auth_profile_verdict", "profile", 'verdict=~"critical|warning"')}[$__range] @ end())`,
      ],
    ],
    empty: "none needed anybody",
  }),
  lines({
    id: 43,
    title: "Usable credentials where that changed",
    description:
      "A step down is a credential that OpenClaw no longer uses: it fails over to the next one. At 0 it fails over to another provider, or falls silent.",
    width: 12,
    queries: [
      [
        "{{instance}} {{installation}}/{{agent}} {{provider}}",
        `${USABLE} and ${IN_USE} and changes(${USABLE}[$__range] @ end()) > 0`,
      ],
    ],
    unit: "short",
    empty: "no failover in this time range",
  }),
  table({
    id: 44,
    title: "Failovers",
    description:
      "How often the number of usable credentials changed within the time range, for providers that the agent uses.",
    width: 12,
    queries: [`${CHANGES} > 0 and ${IN_USE}`, valueFor(SERVED, USABLE, [])],
    columns: [{ of: "A", title: "Changes" }, { of: "B", title: "Usable now" }, INSTALLATION, AGENT, PROVIDER, EXPORTER],
    order: [["Changes", "down"]],
    empty: "no failover in this time range",
  }),
];
