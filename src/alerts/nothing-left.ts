import { basename } from "node:path";
import { isBlinding } from "../problem.ts";
import type { Snapshot } from "../snapshot.ts";
import { STATE_DIR } from "../state-dir.ts";
import type { AlertMemory, Episode, Look } from "./alert-store.ts";
import { conditionKey } from "./condition-key.ts";
import type { Condition, ConditionSet } from "./condition.ts";
import { configOf } from "./lifetime.ts";
import type { LookTimes } from "./stale.ts";

/** What a look says of whether there is anything to watch. */
export interface Watching {
  /** Nothing at all was found, and no other host is asked. */
  readonly isNothing: boolean;
  /** The state directory of one of this host that could be read; null for none. */
  readonly place: string | null;
}

export function findWatching({ installations, remotes }: Pick<Snapshot, "installations" | "remotes">): Watching {
  const found = installations.find(
    ({ kind, remote, problems }) => kind === "openclaw" && remote === undefined && !problems.some(isBlinding),
  );
  return { isNothing: installations.length === 0 && remotes.length === 0, place: found?.stateDir ?? null };
}

const NOTE_EVERY_MS = 86_400_000;

/** That there is something to watch, once a day: it is worth no write of its own at every look. */
export function noteWatching(
  { place }: Watching,
  { seen = [] }: Pick<AlertMemory, "seen">,
  { scope, lookedAt, now }: Pick<Look, "scope"> & { readonly lookedAt: LookTimes; readonly now: Date },
): readonly Look[] {
  if (place === null) return [];
  const isNoted = (look: Look): boolean =>
    look.place === place && look.scope === scope && Math.abs(now.getTime() - look.at.getTime()) < NOTE_EVERY_MS;
  return seen.some(isNoted) ? [] : [{ place, scope, at: lookedAt(place) }];
}

/**
 * The conditions of a look, and that nothing is left to watch where this config watched something before: told of the
 * place where that was last, once it is known to be gone. While one of these places may not be mounted, nobody knows.
 */
export function addNothingLeft(
  set: ConditionSet,
  { isNothing }: Watching,
  { seen = [], episodes }: Pick<AlertMemory, "seen" | "episodes">,
  scope: string,
): ConditionSet {
  if (!isNothing) return set;
  const told = episodes.find(isOfNothingLeft)?.condition;
  const places = told?.place === undefined ? listWatched(seen, scope) : [told.place];
  const known = places
    .map((place) => describe(place, labelOf(place, episodes)))
    .filter(({ key, place }) => !set.isUnwatched(key, place));
  const [last] = known;
  if (last === undefined || known.some(({ key, place }) => set.isUnknown(key, place))) return set;
  return { ...set, conditions: [...set.conditions, last] };
}

/** Places of this config, the one that was looked at last first; not those of logins. */
function listWatched(seen: readonly Look[], scope: string): readonly string[] {
  const ours = seen.filter((look) => configOf(look.scope) === configOf(scope) && isStateDir(look.place));
  const latest = ours.toSorted((a, b) => b.at.getTime() - a.at.getTime() || (a.place < b.place ? -1 : 1));
  return [...new Set(latest.map(({ place }) => place))];
}

function isOfNothingLeft({ endedAt, condition: { family, reason, place } }: Episode): boolean {
  return endedAt === null && family === "installation" && reason === "not_found" && isStateDir(place ?? "");
}

function isStateDir(place: string): boolean {
  return STATE_DIR.test(basename(place));
}

/** As it was called when something was told of it, else by its name. */
function labelOf(path: string, episodes: readonly Episode[]): string {
  const known = episodes.find(({ condition: { place } }) => place === path);
  return known?.condition.installation ?? basename(path).slice(1);
}

function describe(place: string, installation: string): Condition {
  const family = "installation";
  const common = { installation, agent: "", family, profile: null } as const;
  return {
    ...common,
    key: conditionKey(common),
    place,
    provider: null,
    reason: "not_found",
    severity: "warning",
    expiresAt: null,
    summary: `installation ${installation} cannot be used as it should: ${place} is gone, and nothing else is found to watch`,
    action: "agent-auth doctor  # shows where was searched; name where it is now, or remove agent-auth here",
  };
}
