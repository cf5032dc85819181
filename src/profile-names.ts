import type { InstallationReport } from "./snapshot.ts";
import { tellApart } from "./tell-apart.ts";

/** The name of a profile, by the ids of its installation, of its owner and of itself. */
type NameProfile = (installation: string, owner: string, profileId: string) => string;

/** Names as `show` makes them of ids, and no two of one owner the same. Only those of owners that are asked for are made. */
export function nameProfiles(
  installations: readonly InstallationReport[],
  show: (profileId: string) => string,
): NameProfile {
  const known = new Map<string, ReadonlyMap<string, string>>();
  const nameAll = (installation: string, owner: string): ReadonlyMap<string, string> => {
    const profiles = installations.flatMap((one) => (one.id === installation ? one.profiles : []));
    const ids = profiles.filter((profile) => profile.owner === owner).map(({ profileId }) => profileId);
    return tellApart(ids, show, Infinity);
  };
  return (installation, owner, profileId) => {
    const place = JSON.stringify([installation, owner]);
    const names = known.get(place) ?? nameAll(installation, owner);
    known.set(place, names);
    return names.get(profileId) ?? show(profileId);
  };
}
