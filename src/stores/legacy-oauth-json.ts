import { EMPTY_STATE } from "../credential.ts";
import { fileProblem } from "../files.ts";
import { nameDefaultProfile } from "./auth-profiles-flat.ts";
import type { StoreFormat } from "./format.ts";
import { parseProfiles } from "./profiles.ts";
import { isRecord } from "../record.ts";

/**
 * `<state>/credentials/oauth.json`, the OAuth logins of the first versions.
 *
 * - A map of provider to `{access, refresh, expires, …}`; every entry is of type `oauth`.
 * - It belongs to the agent `main` alone.
 * - Upstream imports each entry as `<provider>:default` unless that id exists, so it is read only where no newer store
 *   does.
 * - There is no state.
 */
export const legacyOauthJson: StoreFormat = {
  title: "credentials/oauth.json of the first versions",
  parse: ({ store }, context) => {
    if (!isRecord(store)) {
      const problems = [fileProblem("wrong_shape", context.path, "is no map of providers to OAuth logins")];
      return { credentials: [], state: EMPTY_STATE, problems, version: null };
    }
    const typed = Object.fromEntries(
      Object.entries(store).map(([key, raw]) => [key, isRecord(raw) ? { ...raw, type: "oauth" } : raw]),
    );
    const options = { era: "json", nameProfile: nameDefaultProfile, isKeyedByProvider: true } as const;
    const { credentials, problems } = parseProfiles(typed, options, context);
    return { credentials, problems, state: EMPTY_STATE, version: null };
  },
};
