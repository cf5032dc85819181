import { renderDashboard } from "../dashboard.ts";
import { AGENT_VARIABLES } from "../variables.ts";
import { ENDS } from "./ends.ts";
import { HEADLINE } from "./headline.ts";
import { HISTORY } from "./history.ts";
import { STORES } from "./stores.ts";
import { CANNOT_ANSWER, FIX_FIRST } from "./trouble.ts";

/** What a person must do about the agents of all hosts, the most urgent first. */
export function renderOverview(): string {
  return renderDashboard({
    uid: "agent-auth-overview",
    title: "Agent credentials: overview",
    description: "Which agents cannot answer, what to mend first, and what ends next. Made by agent-auth-exporter.",
    from: "now-24h",
    variables: AGENT_VARIABLES,
    sections: [
      { id: 1, title: "Now", panels: [...HEADLINE, FIX_FIRST, CANNOT_ANSWER] },
      { id: 2, title: "What ends next", panels: ENDS },
      { id: 3, title: "Over time", panels: HISTORY },
      { id: 4, title: "Stores", panels: STORES },
    ],
  });
}
