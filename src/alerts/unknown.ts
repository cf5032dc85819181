import { isBlinding, isOutOfReach } from "../problem.ts";
import { findRemote, type InstallationReport, placeOfReport, type ProfileReport, type Snapshot } from "../snapshot.ts";
import { isInShard } from "../shard.ts";
import { parseConditionKey } from "./condition-key.ts";
import type { ConditionSet } from "./condition.ts";
import { FAMILY_OF_REASON } from "./profile-family.ts";
import { createPlaceTests } from "./places.ts";
import { wasSearched } from "./scope.ts";

/**
 * Tells which absent conditions a snapshot is silent about. Known to be over is what was looked for and is not there:
 * an installation, agent or profile that was deleted, in a place that was searched and could be read.
 */
export function createUnknownTest(snapshot: Snapshot): Omit<ConditionSet, "conditions"> {
  const installations = new Map(snapshot.installations.map((one) => [one.id, one]));
  const indexes = new Map<InstallationReport, Index>();
  // An installation may lie in a home that could not be searched, on its own host.
  // That nothing was found is said of no path, and everything was searched for it.
  const blinding = snapshot.problems.filter((found) => isBlinding(found) && found.path !== "");
  const unread = new Set(blinding.map(({ path }) => findRemote(snapshot.remotes, path)?.name));
  const isHostRead = (place: string): boolean => !unread.has(findRemote(snapshot.remotes, place)?.name);
  const searched = new Set(snapshot.searched);
  // One that is being asked for the first time tells nothing yet.
  const remotes = new Set(snapshot.remotes.filter(({ isUp }) => isUp !== null).map(({ name }) => name));
  const isOurs = (agent: string, place: string | undefined): boolean =>
    place === undefined || isInShard(snapshot.shard ?? null, place, agent);
  const isUnknown: ConditionSet["isUnknown"] = (key, place) => {
    const { installation, agent, family, profile } = parseConditionKey(key);
    const report = installations.get(installation);
    // Whoever tells of it now, it is not us.
    if (!isOurs(agent, place)) return true;
    // A host may be called as an installation is.
    if (family === "remote") return !remotes.has(installation);
    if (report === undefined || isElsewhere(report, place)) {
      return place === undefined || !wasSearched(place, searched) || !isHostRead(place);
    }
    if (isOutOfReach(report)) return true;
    // Built when first asked: mostly nobody is.
    const seen = indexes.get(report) ?? indexOf(report);
    indexes.set(report, seen);
    if (!seen.isRead) return family !== "installation";
    if (family === "installation" || family === "store") return false;
    if (profile === null) return (seen.owners.get(agent) ?? [agent]).some((owner) => seen.unread.has(owner));
    if (seen.unread.has(agent)) return true;
    const row = seen.profiles.get(`${agent}/${profile}`);
    return row !== undefined && isMasked(row, family);
  };
  const places = createPlaceTests(snapshot);
  return {
    isUnknown,
    isUnwatched(key, place) {
      const { installation, agent, family } = parseConditionKey(key);
      // Another host under its new address.
      if (family === "remote" && snapshot.remotes.some(({ name }) => name === installation)) return false;
      return isOurs(agent, place) && isUnknown(key, place) && places.isUnwatched(place);
    },
    homeOf: (key, place) => (isOurs(parseConditionKey(key).agent, place) ? places.homeOf(place) : "unknown"),
  };
}

/** Another installation has the label by now. */
function isElsewhere(report: InstallationReport, place: string | undefined): boolean {
  return place !== undefined && placeOfReport(report) !== place;
}

interface Index {
  readonly isRead: boolean;
  /** Owners of stores that could not be read this time. */
  readonly unread: ReadonlySet<string>;
  /** Agent to the owners of the stores that it reads. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
  readonly profiles: ReadonlyMap<string, ProfileReport>;
}

function indexOf({ problems, stores, agents, profiles }: InstallationReport): Index {
  return {
    isRead: !problems.some(isBlinding),
    unread: new Set(stores.filter(({ isUp }) => !isUp).map(({ owner }) => owner)),
    owners: new Map(agents.map(({ id, storeOwners }) => [id, storeOwners])),
    profiles: new Map(profiles.map((profile) => [`${profile.owner}/${profile.profileId}`, profile])),
  };
}

/**
 * A profile has one verdict, its gravest. While it is about something else, a lesser trouble told before may well go on:
 * nobody looked. Over it is when its own signs are gone.
 */
function isMasked(profile: ProfileReport, family: string): boolean {
  const told = FAMILY_OF_REASON[profile.verdictReason];
  if (told === null || told === family) return false;
  switch (family) {
    case "unusable":
      return profile.unusable !== null;
    case "expiry":
      return profile.status !== "ok" && profile.status !== "static" && !profile.isRefreshable;
    default:
      return true;
  }
}
