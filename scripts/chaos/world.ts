import type { ProfileReport, Snapshot } from "../../src/snapshot.ts";
import { buildInstallation, buildProfile, buildSnapshot } from "../../test/snapshot-builder.ts";

/*
 * A world in which, with every step, another agent's token is about to end. One step later it has ended, and two steps
 * after that it is replaced. So each agent makes three facts that somebody must hear of.
 */
const MENDED_AFTER = 3;

/** How many steps it takes until everything that began is over. */
export function stepsFor(agents: number): number {
  return agents + MENDED_AFTER;
}

export function snapshotAt(step: number, agents: number, now: Date): Snapshot {
  const profiles = Array.from({ length: agents }, (_, agent) => profileAt(step - agent, agent, now));
  return buildSnapshot({ generatedAt: now, at: now, installations: [buildInstallation({ profiles, agents: [] })] });
}

/** Everything that must arrive at least once. */
export function factsOf(agents: number): readonly string[] {
  return Array.from({ length: agents }, (_, agent) => [
    factOf(nameOf(agent), "firing", "warning"),
    factOf(nameOf(agent), "firing", "critical"),
    factOf(nameOf(agent), "resolved", "critical"),
  ]).flat();
}

export function factOf(agent: string, status: string, severity: string): string {
  return `${agent} ${status} ${severity}`;
}

/** What tells whoever hears it more than a warning does; nothing does for other facts. */
export function graverOf(fact: string): string {
  return fact.replace(" firing warning", " firing critical");
}

function profileAt(age: number, agent: number, now: Date): ProfileReport {
  const owner = nameOf(agent);
  const endsAt = new Date(now.getTime() + 3_600_000);
  if (age < 0 || age >= MENDED_AFTER) return buildProfile({ owner });
  if (age === 0)
    return buildProfile({
      owner,
      status: "expiring",
      verdict: "warning",
      verdictReason: "expiring",
      expiresAt: endsAt,
    });
  return buildProfile({ owner, status: "expired", verdict: "critical", verdictReason: "expired", expiresAt: now });
}

function nameOf(agent: number): string {
  return `agent-${agent}`;
}
