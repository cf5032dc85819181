import { EMPTY_STATE } from "../credential.ts";
import { fileProblem } from "../files.ts";
import { parseEntry } from "./entry.ts";
import type { FormatReading, ParseContext } from "./format.ts";

/** A login as an entry of OpenClaw's own store, so that both are coerced by the same rules. */
export type LoginEntry = Readonly<Record<string, unknown>> & { readonly provider: string };

/** The reading of a login file with one credential. */
export function readingOf(profileId: string, entry: LoginEntry, { digest }: ParseContext): FormatReading {
  const owned = { ...entry, authFlow: "external-cli" };
  const credential = parseEntry(owned, profileId, { era: "sqlite", fallbackProvider: null, digest });
  const credentials = typeof credential === "string" ? [] : [credential];
  return { credentials, state: EMPTY_STATE, problems: [], version: null };
}

/** The reading of a file that is in order and holds no login. */
export const NO_LOGIN: FormatReading = { credentials: [], state: EMPTY_STATE, problems: [], version: null };

/** The reading of a file that another program must have written. */
export function notALogin(cli: string, { path }: ParseContext): FormatReading {
  const problems = [fileProblem("wrong_shape", path, `is no credential file of ${cli}; log in with it again`)];
  return { ...NO_LOGIN, problems };
}
