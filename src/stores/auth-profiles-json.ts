import { EMPTY_STATE } from "../credential.ts";
import { fileProblem } from "../files.ts";
import type { Problem } from "../problem.ts";
import type { Era } from "../provider.ts";
import type { FormatReading, ParseContext, StoreDocuments, StoreFormat } from "./format.ts";
import { parseProfiles } from "./profiles.ts";
import { isRecord } from "../record.ts";
import { mergeStates, parseState } from "./state.ts";

/**
 * `<agentDir>/auth-profiles.json`, the store of Clawdbot, Moltbot and OpenClaw up to 2026.4.
 *
 * - Top level: `version` (1), `profiles` (id → credential), and `order`, `lastGood`, `usageStats`.
 * - `version` is reported, never a gate; other keys are ignored.
 * - Without an object `profiles` it is not this format: upstream then sees no store at all, we say `wrong_shape`.
 * - Entries that upstream drops in silence are counted as `invalid_entry`.
 * - All instants are Unix milliseconds.
 * - Written in place before 2026.4.29, so a reader may meet half a file.
 */
export const authProfilesJson: StoreFormat = {
  title: "auth-profiles.json with its state inside",
  parse: (documents, context) => parseProfileStore(documents, "json", context),
};

/** The object `{version, profiles, …}` that every generation of OpenClaw keeps, in a file or in a database row. */
export function parseProfileStore({ store, state }: StoreDocuments, era: Era, context: ParseContext): FormatReading {
  if (!isRecord(store) || !isRecord(store["profiles"])) {
    const message = "has no object `profiles`; expected a credential store. Restore it or log in again";
    const problems = [fileProblem("wrong_shape", context.path, message)];
    return { credentials: [], state: EMPTY_STATE, problems, version: null };
  }
  const { digest } = context;
  const { credentials, problems, renamed } = parseProfiles(store["profiles"], { era }, context);
  const names = { era, digest, renamed };
  return {
    credentials,
    problems: state === null || isRecord(state) ? problems : [...problems, describeState(context.path)],
    state: mergeStates(parseState(store, names), parseState(state, names)),
    version: parseVersion(store["version"]),
  };
}

function describeState(path: string): Problem {
  return fileProblem("wrong_shape", path, "has a state that is no object, which hides cooldowns; restore or remove it");
}

function parseVersion(version: unknown): number | null {
  return typeof version === "number" && Number.isFinite(version) ? version : null;
}
