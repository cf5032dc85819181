import { UNTIL_END, valueWords } from "../palette.ts";
import { select, valueFor } from "../query.ts";
import { asRunbook, withRunbook } from "../runbooks.ts";
import { AGENT, EXPORTER, INSTALLATION, PROFILE, PROVIDER, REASON, RUNBOOK, seconds, table, worded } from "../table.ts";

const PROFILE_VERDICT = "agent_auth_profile_verdict";
const SET_UP = select("agent_auth_agent_verdict", "agent", 'reason!="not_set_up"');
const CAN_ANSWER = select("agent_auth_agent_can_answer", "agent");

/** A store in which nothing is yet belongs to an agent that nobody set up; that it is silent is no trouble. */
export const SILENT = `${SET_UP} and ignoring (verdict, reason) ${CAN_ANSWER} == 0`;
const UNKNOWN = `${SET_UP} unless ignoring (verdict, reason) ${CAN_ANSWER}`;

const UNSERVED = `count without (provider) (${select("agent_auth_provider_usable_profiles", "agent")} == 0 and ${select("agent_auth_provider_in_use", "agent")} == 1)`;

const CREDENTIALS = [
  `2 * ${select(PROFILE_VERDICT, "profile", 'verdict="critical"')}`,
  `1 * ${select(PROFILE_VERDICT, "profile", 'verdict="warning"')}`,
].join(" or ");

/** An agent that is silent does not count as one on its fallback too. */
const AGENTS = `${asRunbook(`3 * (${SILENT})`, "AgentAuthAgentCannotAnswer")} or ignoring (runbook) ${withRunbook(
  [
    `2 * ${select("agent_auth_agent_verdict", "agent", 'verdict="critical"')}`,
    `1 * ${select("agent_auth_agent_verdict", "agent", 'verdict="warning"')}`,
  ].join(" or "),
)}`;

const EXPIRES_IN = `${select("agent_auth_profile_expiry_timestamp_seconds", "profile")} - time()`;
const ERRORS = select("agent_auth_profile_errors", "profile");

export const FIX_FIRST = table({
  id: 21,
  title: "What to fix first",
  description:
    "Every agent and credential that is critical or a warning, the worst first. The runbook has the command that mends it. An owner _shared is the store that all agents of an installation read.",
  width: 24,
  height: 11,
  queries: [
    `${withRunbook(CREDENTIALS)} or label_replace(${AGENTS}, "profile", "the agent itself", "", "")`,
    valueFor(CREDENTIALS, EXPIRES_IN, ["verdict", "reason", "type"]),
    valueFor(CREDENTIALS, ERRORS, ["verdict", "reason"]),
  ],
  columns: [
    worded("A", "Verdict", [
      valueWords({ 3: ["cannot answer", "critical"], 2: ["critical", "critical"], 1: ["warning", "warning"] }),
    ]),
    INSTALLATION,
    AGENT,
    PROVIDER,
    PROFILE,
    REASON,
    seconds("B", "Expires in", UNTIL_END),
    { of: "C", title: "Failures in a row" },
    RUNBOOK,
    EXPORTER,
  ],
  order: [
    ["Verdict", "down"],
    ["Expires in", "up"],
  ],
  empty: "nothing to fix",
});

export const CANNOT_ANSWER = table({
  id: 22,
  title: "Why agents cannot answer",
  description:
    "No usable credential for the model or a fallback of it; or a store that cannot be read, so that nobody knows.",
  width: 24,
  height: 6,
  queries: [
    `${asRunbook(`0 * (${SILENT})`, "AgentAuthAgentCannotAnswer")} or ${withRunbook(`-1 * (${UNKNOWN})`)}`,
    valueFor(SILENT, UNSERVED, ["verdict", "reason"]),
  ],
  columns: [
    worded("A", "Can it answer", [valueWords({ 0: ["no", "critical"], [-1]: ["unknown", "warning"] })]),
    INSTALLATION,
    AGENT,
    REASON,
    { of: "B", title: "Providers without a usable credential" },
    RUNBOOK,
    EXPORTER,
  ],
  order: [["Can it answer", "down"]],
  empty: "every agent can answer",
});
