import { EMPTY_STATE } from "../credential.ts";
import { fileProblem } from "../files.ts";
import { nameDefaultProfile } from "./auth-profiles-flat.ts";
import type { StoreFormat } from "./format.ts";
import { parseProfiles } from "./profiles.ts";
import { isRecord } from "../record.ts";

/**
 * `<agentDir>/auth.json`, the store before auth-profiles.json.
 *
 * - A flat map of provider to credential, without a key `profiles`.
 * - Upstream imports each entry as `<provider>:default` and deletes the file.
 * - From 2026.2.13 to 2026.4 the embedded runtime wrote a cache of the same name: not a second truth, so it is read
 *   only where no newer store exists.
 * - The key is the provider of an entry that names none.
 * - There is no state.
 */
export const legacyAuthJson: StoreFormat = {
  title: "auth.json of the first versions",
  parse: ({ store }, context) => {
    if (!isRecord(store) || "profiles" in store) {
      const problems = [fileProblem("wrong_shape", context.path, "is no map of providers to credentials")];
      return { credentials: [], state: EMPTY_STATE, problems, version: null };
    }
    const options = { era: "json", nameProfile: nameDefaultProfile, isKeyedByProvider: true } as const;
    const { credentials, problems } = parseProfiles(store, options, context);
    return { credentials, problems, state: EMPTY_STATE, version: null };
  },
};
