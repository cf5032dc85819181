import { FAMILY_OF_REASON } from "../../src/alerts/profile-family.ts";
import { runbookOf } from "../../src/alerts/runbook.ts";
import { PROBLEM_REASONS } from "../../src/problem.ts";
import { PROFILE_VERDICT_REASONS } from "../../src/snapshot.ts";

/** Which page of docs/runbooks says what to do about the reason of a verdict or problem that asks for somebody. */
const RUNBOOKS: readonly (readonly [reason: string, runbook: string])[] = [
  ...PROFILE_VERDICT_REASONS.flatMap((reason) => {
    const family = FAMILY_OF_REASON[reason];
    return family === null ? [] : [[reason, runbookOf({ family, reason })] as const];
  }),
  ...[...PROBLEM_REASONS, "stale"].map((reason) => {
    const family = reason === "config_invalid" ? "installation" : "store";
    return [reason, runbookOf({ family, reason })] as const;
  }),
  ["no_usable_credential", "AgentAuthAgentOnFallback"],
  ["fallback_without_credential", runbookOf({ family: "fallback", reason: "fallback_without_credential" })],
];

const RUNBOOKS_URL = "https://unpkg.com/agent-auth-exporter/docs/runbooks";

/** For a cell that holds a runbook's name. */
export const RUNBOOK_LINK = { title: "Open the runbook", url: `${RUNBOOKS_URL}/\${__value.raw}.md`, targetBlank: true };

/** Gives each row of a query that has a `reason` the label `runbook`, for a link to open. */
export function withRunbook(rows: string): string {
  return [...Map.groupBy(RUNBOOKS, ([, runbook]) => runbook)].reduce(
    (inner, [runbook, pairs]) =>
      `label_replace(${inner}, "runbook", "${runbook}", "reason", "${pairs.map(([reason]) => reason).join("|")}")`,
    rows,
  );
}

/** The same runbook for every row. */
export function asRunbook(rows: string, runbook: string): string {
  return `label_replace(${rows}, "runbook", "${runbook}", "", "")`;
}
