import type { AlertMemory } from "./alert-store.ts";
import { STRANGER_KEEP_MS } from "./policy.ts";

/** Longer than one that still runs leaves between two looks; after a change of the config nobody waits a week. */
const TWIN_KEEP_MS = 2 * 3_600_000;

/** How long the process lives that uses the alerts' state, from which follows what it does without a file. */
export type Lifetime = "lasting" | "one_run" | "command";

/** Of two processes with one config, one that runs on may not have read the change of it that the other has. */
export function scopeOf(scope: string | undefined, lifetime: Exclude<Lifetime, "command">): string {
  return `${lifetime} ${scope ?? ""}`;
}

/** The config alone, whoever looks by it. */
export function configOf(scope: string): string {
  return scope.replace(/^(?:lasting|one_run) /, "");
}

/** How long a place counts as watched by others after they looked at it: those with our config soon read what it is now. */
export function keepMsOf(theirs: string, ours: string): number {
  return configOf(theirs) === configOf(ours) ? TWIN_KEEP_MS : STRANGER_KEEP_MS;
}

/** The scope of whoever tells by this config: of both kinds the one that looked last, where any did. */
export function lastScope(scope: string | undefined, seen: AlertMemory["seen"] = []): string {
  const ours = (["lasting", "one_run"] as const).map((lifetime) => scopeOf(scope, lifetime));
  const looks = seen.filter((look) => ours.includes(look.scope)).toSorted((a, b) => b.at.getTime() - a.at.getTime());
  return looks[0]?.scope ?? scopeOf(scope, "lasting");
}

/** What helps against that, mostly. */
export const PLACE_REMEDY = "make its directory one that this user can write, or name another with --storage.path";

/** What becomes of alerts while no file can be kept: the middle of a sentence, between why and what helps. */
export const WITHOUT_FILE: Readonly<Record<Lifetime, string>> = {
  lasting: "so alerts are kept in memory, and what is firing is told again after a restart",
  one_run:
    "so nothing is remembered from one run to the next: what is firing is told at every run, without waiting for " +
    "alerts.hold, and nobody is told when it is over",
  command: "so there are no silences and no messages to look at or change",
};

/** The same for a file that was good until now: what was in it is still known. */
export const UNWRITABLE: Readonly<Record<Exclude<Lifetime, "command">, string>> = {
  lasting:
    "the alerts' state cannot be written; going on in memory, told again after a restart; agent-auth doctor says what may be wrong",
  one_run:
    "the alerts' state cannot be written; what is new is told at every run until it can; agent-auth doctor says what may be wrong",
};
