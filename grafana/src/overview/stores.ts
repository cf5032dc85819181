import type { Band } from "../palette.ts";
import { absentWord, valueWords } from "../palette.ts";
import { select, valueFor } from "../query.ts";
import { asRunbook, withRunbook } from "../runbooks.ts";
import { AGENT, EXPORTER, INSTALLATION, REASON, RUNBOOK, seconds, table, worded } from "../table.ts";

const PROBLEMS = `${select("agent_auth_store_problems", "store")} > 0`;
const AGE: readonly Band[] = [
  { from: null, grade: "ok" },
  { from: 3600, grade: "warning" },
  { from: 86_400, grade: "critical" },
];

function since(metric: string): string {
  return valueFor(PROBLEMS, `time() - ${select(metric, "store")}`, ["reason"]);
}

const ELSEWHERE = [
  select("agent_auth_installation_problems", "installation"),
  `label_replace(${select("agent_auth_discovery_problems", "exporter")}, "installation", "the search itself", "", "")`,
]
  .map((problems) => `${problems} > 0`)
  .join(" or ");

const READ_AT = seconds("C", "Last good reading", AGE);

export const STORES = [
  table({
    id: 51,
    title: "Stores with problems",
    description:
      "What could not be read, and why. Until it can be, the last good reading is shown everywhere: it may be out of date.",
    width: 12,
    queries: [
      withRunbook(valueFor(PROBLEMS, select("agent_auth_store_up", "store"), ["reason"])),
      PROBLEMS,
      since("agent_auth_store_last_success_timestamp_seconds"),
      since("agent_auth_store_modified_timestamp_seconds"),
    ],
    columns: [
      worded("A", "State", [valueWords({ 0: ["cannot be read", "critical"], 1: ["read, but for some", "warning"] })]),
      INSTALLATION,
      AGENT,
      REASON,
      { of: "B", title: "Problems" },
      {
        ...READ_AT,
        settings: [...(READ_AT.settings ?? []), { id: "mappings", value: [absentWord("never", "critical")] }],
      },
      seconds("D", "Last written", [{ from: null, grade: "info" }]),
      RUNBOOK,
      EXPORTER,
    ],
    order: [["State", "up"]],
    empty: "every store can be read",
  }),
  table({
    id: 52,
    title: "Problems elsewhere",
    description: "Configs that are broken, and directories that could not be searched.",
    width: 6,
    queries: [asRunbook(ELSEWHERE, "AgentAuthDiscoveryProblem")],
    columns: [INSTALLATION, REASON, { of: "A", title: "Problems" }, RUNBOOK, EXPORTER],
    order: [["Problems", "down"]],
    empty: "none",
  }),
  table({
    id: 53,
    title: "Stores that others may read",
    description: "Files with credentials that more than their owner may read or write: chmod 600 mends it.",
    width: 6,
    queries: [asRunbook(`${select("agent_auth_store_insecure_mode", "store")} == 1`, "AgentAuthStoreInsecure")],
    columns: [
      worded("A", "Access", [valueWords({ 1: ["others too", "warning"] })]),
      INSTALLATION,
      AGENT,
      RUNBOOK,
      EXPORTER,
    ],
    order: [["Installation", "up"]],
    empty: "none",
  }),
];
