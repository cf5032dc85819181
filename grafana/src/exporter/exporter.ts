import { renderDashboard } from "../dashboard.ts";
import { EXPORTER_VARIABLES } from "../variables.ts";
import { CHECKS } from "./checks.ts";
import { HEALTH } from "./health.ts";
import { NOTIFICATIONS } from "./notifications.ts";
import { PROCESS } from "./process.ts";

/** Whether the exporters themselves work: without them no news is no good news. */
export function renderExporter(): string {
  return renderDashboard({
    uid: "agent-auth-exporter",
    title: "Agent credentials: exporter",
    description:
      "Whether the exporters check, are scraped, and deliver what they have to tell. Made by agent-auth-exporter.",
    from: "now-24h",
    variables: EXPORTER_VARIABLES,
    sections: [
      { id: 1, title: "Health", panels: HEALTH },
      { id: 2, title: "Checks", panels: CHECKS },
      { id: 3, title: "Notifications", panels: NOTIFICATIONS },
      { id: 4, title: "Scrapes and process", panels: PROCESS },
    ],
  });
}
