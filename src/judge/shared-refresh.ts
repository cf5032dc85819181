import type { ProfileFacts } from "./profiles.ts";

/**
 * Logins whose refresh token is stored a second time where it is refreshed independently: the first to refresh logs the
 * other out (`refresh_token_reused`). Copies of one profile id within an installation are not meant: OpenClaw keeps
 * those in step itself. Neither is a login that another CLI refreshes on behalf of both.
 */
export function findSharedRefreshTokens(all: readonly ProfileFacts[]): ReadonlySet<ProfileFacts> {
  const byDigest = new Map<string, ProfileFacts[]>();
  for (const facts of all) {
    const { refreshDigest, isExternallyManaged } = facts.credential;
    if (refreshDigest === null || isExternallyManaged) continue;
    const same = byDigest.get(refreshDigest);
    if (same === undefined) byDigest.set(refreshDigest, [facts]);
    else same.push(facts);
  }
  const shared = new Set<ProfileFacts>();
  for (const same of byDigest.values()) {
    for (const facts of same) if (same.some((other) => isIndependent(facts, other))) shared.add(facts);
  }
  return shared;
}

function isIndependent(a: ProfileFacts, b: ProfileFacts): boolean {
  return a.installation !== b.installation || a.credential.profileId !== b.credential.profileId;
}
