import type { Checker } from "../check.ts";
import type { InstallationReport, Snapshot } from "../snapshot.ts";
import type { Host } from "./host.ts";
import type { HostView } from "./host-view.ts";
import { makeUnique } from "./target.ts";

export interface RemoteCheckerOptions {
  /** Looks at this host; null when only others are watched. */
  readonly local: Checker | null;
  readonly hosts: readonly Host[];
  /** `ask`: each check asks them all and waits; `last`: it takes what is known, and somebody else asks. */
  readonly by: "ask" | "last";
  readonly warnWithinMs: number;
  /** How old a last answer may get, or a remote's last check, before it is critical that nobody knows. */
  readonly staleAfterMs: number;
}

/**
 * A check that puts what other hosts say into one snapshot with what is found here. A host that does not answer keeps
 * its last answer, marked stale, with a problem of its own: it is not known how its agents are.
 */
export function createRemoteChecker({ local, hosts, by, warnWithinMs, staleAfterMs }: RemoteCheckerOptions): Checker {
  let last: Pick<Snapshot, "installations" | "problems"> = { installations: [], problems: [] };
  return {
    async check(now, at = now) {
      const [found] = await Promise.all([
        local?.check(now, at) ?? null,
        // What comes later is foretold from what is known by now.
        ...(by === "ask" && at.getTime() === now.getTime() ? hosts.map((host) => host.ask(() => now)) : []),
      ]);
      const views = hosts.map((host) => host.view(at, staleAfterMs));
      const merged = merge(found, views, { now, at, warnWithinMs });
      const { installations, problems } = merged;
      last = {
        installations: isSameList(last.installations, installations) ? last.installations : installations,
        problems: isSameList(last.problems, problems) ? last.problems : problems,
      };
      return { ...merged, ...last };
    },
  };
}

function isSameList<T>(before: readonly T[], after: readonly T[]): boolean {
  return before.length === after.length && before.every((one, index) => one === after[index]);
}

function merge(
  local: Snapshot | null,
  hosts: readonly HostView[],
  { now, at, warnWithinMs }: { readonly now: Date; readonly at: Date; readonly warnWithinMs: number },
): Snapshot {
  return {
    generatedAt: local?.generatedAt ?? now,
    at: local?.at ?? at,
    warnWithinMs,
    installations: nameApart([...(local?.installations ?? []), ...hosts.flatMap(({ part }) => part.installations)]),
    searched: [...(local?.searched ?? []), ...hosts.flatMap(({ part }) => part.searched)],
    problems: [...(local?.problems ?? []), ...hosts.flatMap(({ part }) => part.problems)],
    remotes: hosts.map(({ report }) => report),
    validUntil: earliest([local?.validUntil ?? null, ...hosts.map(({ validUntil }) => validUntil)]),
  };
}

function earliest(times: readonly (Date | null)[]): Date | null {
  return times.reduce((first, time) => (first === null || (time !== null && time < first) ? time : first), null);
}

/** A home `vps` here and a remote `vps` both make a `vps-openclaw`; of two with one id only one would be told of. */
function nameApart(installations: readonly InstallationReport[]): readonly InstallationReport[] {
  const taken = new Set<string>();
  return installations.map((installation) => {
    const id = makeUnique(installation.id, taken);
    taken.add(id);
    return id === installation.id ? installation : { ...installation, id };
  });
}
