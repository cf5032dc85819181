import { type Snapshot, STATUSES } from "../snapshot.ts";
import { plural } from "./text.ts";

/** How many profiles and agents there are, and how they do, in one line. */
export function summariseSnapshot({ installations }: Snapshot): string {
  const profiles = installations.flatMap((installation) => installation.profiles);
  const agents = installations.flatMap((installation) => installation.agents);
  const counts = STATUSES.map((status) => [status, profiles.filter((p) => p.status === status).length] as const);
  const statuses = counts.filter(([, count]) => count > 0).map(([status, count]) => `${count} ${status}`);
  const silent = agents.filter(({ canAnswer }) => canAnswer === false).length;
  const unknown = agents.filter(({ canAnswer }) => canAnswer === null).length;
  const parts = [
    `${plural(profiles.length, "profile")}${statuses.length === 0 ? "" : `: ${statuses.join(", ")}`}`,
    `${plural(agents.length, "agent")}: ${agents.length - silent - unknown} can answer`,
    ...(silent > 0 ? [`${silent} cannot`] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
  ];
  return parts.join(" · ");
}
