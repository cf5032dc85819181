import { nameProfiles } from "../profile-names.ts";
import type { InstallationReport } from "../snapshot.ts";
import type { Condition } from "./condition.ts";
import { MASKED, type Show, shortenId } from "./shown.ts";

/** Conditions with what tells their profile from another of the same owner whose name in a message is the same. */
export function markLookalikes(
  conditions: readonly Condition[],
  installations: readonly InstallationReport[],
): readonly Condition[] {
  const nameApart = nameProfiles(installations, (id) => nameOf(id, MASKED));
  return conditions.map((condition) => {
    const { installation, agent, profile } = condition;
    if (profile === null) return condition;
    const name = nameOf(profile, MASKED);
    // One that is told in full needs nothing more.
    const apart = name === profile ? "" : nameApart(installation, agent, profile).slice(name.length);
    return apart === "" ? condition : { ...condition, apart };
  });
}

/** How a message calls the profile of a condition. */
export function nameOfProfile(profile: string, condition: Condition, show: Show): string {
  return nameOf(profile, show) + apartOf(condition, show);
}

/** A sentence about a condition, in which its profile is called as elsewhere in the message. */
export function showSentence(sentence: string, condition: Condition, show: Show): string {
  const { profile } = condition;
  const apart = apartOf(condition, show);
  return show(profile === null || apart === "" ? sentence : sentence.replace(profile, () => `${profile}${apart}`));
}

/** Nothing where `show` hides and cuts nothing of the profile. */
export function apartOf({ profile, apart = "" }: Condition, show: Show): string {
  return profile === null || nameOf(profile, show) === profile ? "" : apart;
}

function nameOf(profile: string, show: Show): string {
  return shortenId(show(profile));
}
