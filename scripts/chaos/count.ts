import { factsOf, graverOf } from "./world.ts";

/** One line of the table. */
export interface Count {
  readonly scenario: string;
  /** Facts that somebody must hear of. */
  readonly raised: number;
  /** Of them, those that arrived at least once. */
  readonly delivered: number;
  /** Of the rest, those that left no more because something graver about the same had arrived before. */
  readonly overtaken: number;
  /** Arrivals beyond the first of each. */
  readonly duplicated: number;
  readonly lost: number;
}

export function countFacts(scenario: string, agents: number, received: readonly string[]): Count {
  const facts = factsOf(agents);
  const arrived = new Set(received);
  const delivered = facts.filter((fact) => arrived.has(fact)).length;
  const overtaken = facts.filter((fact) => !arrived.has(fact) && arrived.has(graverOf(fact))).length;
  return {
    scenario,
    raised: facts.length,
    delivered,
    overtaken,
    duplicated: received.length - arrived.size,
    lost: facts.length - delivered - overtaken,
  };
}

export function addCounts(scenario: string, counts: readonly Count[]): Count {
  const sum = (field: Exclude<keyof Count, "scenario">): number =>
    counts.reduce((total, count) => total + count[field], 0);
  return {
    scenario,
    raised: sum("raised"),
    delivered: sum("delivered"),
    overtaken: sum("overtaken"),
    duplicated: sum("duplicated"),
    lost: sum("lost"),
  };
}
