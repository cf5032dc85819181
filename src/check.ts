import type { HostReader } from "./discovery/host.ts";
import type { HostReading } from "./discovery/installation.ts";
import { judge } from "./judge/judge.ts";
import { isTokenAge, placeIn, placeOf } from "./judge/watch.ts";
import type { ObservationMemory } from "./observations.ts";
import type { Policy } from "./policy.ts";
import { isBlinding } from "./problem.ts";
import type { Snapshot } from "./snapshot.ts";

export interface CheckerOptions {
  readonly host: HostReader;
  readonly memory: ObservationMemory;
  readonly policy: Policy;
  /** Home of the person who will type the commands in `action`. */
  readonly home: string;
}

export interface Checker {
  /**
   * One cycle: discover, read, judge. `at` is the instant to judge, `now` unless somebody asks what a check would say at
   * another time; only a check of the present is remembered. While nothing changed, the installations are `===` those of
   * the snapshot before.
   */
  check(now: Date, at?: Date): Promise<Snapshot>;
}

/** Wires a look at the host to the judge and to the memory of what was observed since when. */
export function createChecker({ host, memory, policy, home }: CheckerOptions): Checker {
  let last: { readonly reading: HostReading; readonly snapshot: Snapshot } | null = null;
  return {
    async check(now, at = now) {
      await host.prepare();
      const reading = host.read(now);
      if (last !== null && last.reading.revision === reading.revision && isStillTrue(last.snapshot, at)) {
        last = { reading, snapshot: { ...last.snapshot, generatedAt: now, at } };
        return last.snapshot;
      }
      const { snapshot, observed } = judge(reading, { policy, observations: memory, home, readAt: now }, at);
      if (at === now) remember(memory, reading, observed, { now, policy });
      last = { reading, snapshot };
      return snapshot;
    },
  };
}

function isStillTrue({ at: judgedAt, validUntil }: Snapshot, at: Date): boolean {
  return at >= judgedAt && (validUntil === null || at < validUntil);
}

/** Forgets only what was looked for and is gone: an installation that was not read in full keeps all it had. */
function remember(
  memory: ObservationMemory,
  reading: HostReading,
  observed: ReadonlySet<string>,
  { now, policy }: { readonly now: Date; readonly policy: Policy },
): void {
  for (const key of observed) memory.observe(key, now);
  const seen = new Set(reading.installations.filter(isReadInFull).map(({ stateDir }) => placeOf(stateDir)));
  // The ages of tokens are looked at only where their life is configured.
  const isLookedFor = (key: string): boolean => policy.staticTokenLifetimeMs !== null || !isTokenAge(key);
  memory.forgetWhere((key) => !observed.has(key) && seen.has(placeIn(key)) && isLookedFor(key));
  memory.save();
}

function isReadInFull({ problems, stores }: HostReading["installations"][number]): boolean {
  return !problems.some(isBlinding) && stores.every(({ isUp }) => isUp);
}
