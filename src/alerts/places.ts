import { isAbsolute } from "node:path";
import { findRemote, type Snapshot } from "../snapshot.ts";
import type { HomeSight } from "./condition.ts";
import { lookForHome } from "./home-sight.ts";
import { isInScope, readScope, type Scope } from "./scope.ts";

/** What the search of a snapshot says of a place, by the paths alone. A place that nobody wrote down counts as watched. */
export interface PlaceTests {
  /** The config does not name it any more; what is not there today, or cannot be read, is watched all the same. */
  isUnwatched(place: string | undefined): boolean;
  homeOf(place: string | undefined): HomeSight;
}

export function createPlaceTests(snapshot: Snapshot): PlaceTests {
  const { remotes } = snapshot;
  const scopes = new Map<string, Scope>();
  const scopeOf = (prefix: string): Scope => {
    const known = scopes.get(prefix) ?? readScope(snapshot, prefix);
    scopes.set(prefix, known);
    return known;
  };
  const locate = (place: string | undefined): Located | "untold" | "nowhere" => {
    if (place === undefined) return "untold";
    if (isAbsolute(place)) return { path: place, scope: scopeOf("") };
    const remote = findRemote(remotes, place);
    if (remote === undefined) return "nowhere";
    // Where it looks is known from its answer only.
    if (remote.address === place || remote.isUp !== true || remote.problem !== null) return "untold";
    const prefix = `${remote.name}:`;
    return { path: place.slice(prefix.length), scope: scopeOf(prefix) };
  };
  return {
    isUnwatched(place) {
      const located = locate(place);
      return typeof located === "string" ? located === "nowhere" : !isInScope(located.path, located.scope);
    },
    homeOf(place) {
      const located = locate(place);
      return typeof located === "string" ? "unknown" : lookForHome(located.path, located.scope);
    },
  };
}

interface Located {
  /** On its host. */
  readonly path: string;
  readonly scope: Scope;
}
