import { EMPTY_STATE } from "../credential.ts";
import { fileProblem } from "../files.ts";
import type { StoreFormat } from "./format.ts";
import { parseProfiles } from "./profiles.ts";
import { isRecord, nonBlank } from "../record.ts";
import { isSecretRef } from "./secret-text.ts";

/**
 * `<agentDir>/auth-profiles.json` written by hand as provider → credential, which OpenClaw's doctor migrates since
 * 2026.4.27.
 *
 * - No `profiles` key; each key is a provider, each value an object such as `{apiKey}`.
 * - The type may be missing: a key or its ref makes it `api_key`, a token or its ref `token`, both OAuth tokens with a
 *   numeric `expires` make it `oauth`.
 * - The profile is `<provider>:default`, as doctor names it.
 * - There is no state.
 */
export const authProfilesFlat: StoreFormat = {
  title: "auth-profiles.json by provider",
  parse: ({ store }, context) => {
    if (!isFlatStore(store)) {
      const problems = [fileProblem("wrong_shape", context.path, "is no map of providers to credentials")];
      return { credentials: [], state: EMPTY_STATE, problems, version: null };
    }
    const typed = Object.fromEntries(Object.entries(store).map(([key, raw]) => [key, withType(raw)]));
    const options = { era: "json", nameProfile: nameDefaultProfile, isKeyedByProvider: true } as const;
    const { credentials, problems } = parseProfiles(typed, options, context);
    return { credentials, problems, state: EMPTY_STATE, version: null };
  },
};

/** The id that upstream gives a credential stored under its provider alone. */
export function nameDefaultProfile(provider: string): string {
  return `${provider.trim().toLowerCase()}:default`;
}

/** True for a map without `profiles` in which at least one value looks like a credential. */
export function isFlatStore(store: unknown): store is Readonly<Record<string, unknown>> {
  return isRecord(store) && !("profiles" in store) && Object.values(store).some((raw) => inferType(raw) !== null);
}

function withType(raw: unknown): unknown {
  return isRecord(raw) ? { ...raw, type: inferType(raw) } : raw;
}

function inferType(raw: unknown): string | null {
  if (!isRecord(raw)) return null;
  const declared = nonBlank(raw["type"]) ?? nonBlank(raw["mode"]);
  if (declared !== null) return declared;
  if (nonBlank(raw["key"]) ?? nonBlank(raw["apiKey"])) return "api_key";
  if (isSecretRef(raw["keyRef"])) return "api_key";
  if (nonBlank(raw["token"]) !== null || isSecretRef(raw["tokenRef"])) return "token";
  const hasTokens = nonBlank(raw["access"]) !== null && nonBlank(raw["refresh"]) !== null;
  return hasTokens && typeof raw["expires"] === "number" ? "oauth" : null;
}
