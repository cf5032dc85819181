import { listFreshProfiles, type Snapshot, STATUSES } from "../snapshot.ts";
import { plural } from "./text.ts";

/** How many profiles and agents there are, and how they do, in one line. */
export function summariseSnapshot({ installations }: Snapshot): string {
  const all = installations.flatMap((installation) => installation.profiles);
  const profiles = installations.flatMap(listFreshProfiles);
  const agents = installations.flatMap((installation) => installation.agents);
  const counts: readonly (readonly [word: string, count: number])[] = [
    ...STATUSES.map((status) => [status, profiles.filter((p) => p.status === status).length] as const),
    ["stale", all.length - profiles.length],
  ];
  const statuses = counts.filter(([, count]) => count > 0).map(([status, count]) => `${count} ${status}`);
  const silent = agents.filter(({ canAnswer }) => canAnswer === false).length;
  const unknown = agents.filter(({ canAnswer }) => canAnswer === null).length;
  const parts = [
    `${plural(all.length, "profile")}${statuses.length === 0 ? "" : `: ${statuses.join(", ")}`}`,
    `${plural(agents.length, "agent")}: ${agents.length - silent - unknown} can answer`,
    ...(silent > 0 ? [`${silent} cannot`] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
  ];
  return parts.join(" · ");
}
