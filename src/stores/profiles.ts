import type { Credential } from "../credential.ts";
import type { Problem } from "../problem.ts";
import type { Era } from "../provider.ts";
import { fileProblem } from "../files.ts";
import { type EntryContext, type EntryFlaw, parseEntry } from "./entry.ts";
import type { ParseContext } from "./format.ts";

export interface ProfileList {
  readonly credentials: readonly Credential[];
  /** One `invalid_entry` that counts all entries nothing can be made of, or none. */
  readonly problems: readonly Problem[];
  /** Ids that had to be altered, as they stand in the store, so that its state can name the same profiles. */
  readonly renamed: ReadonlyMap<string, string>;
}

export interface ProfileListOptions {
  readonly era: Era;
  /** Names a profile after its key in a store that does not use profile ids. */
  readonly nameProfile?: (key: string) => string;
  /** True when a key is the provider of an entry that names none. */
  readonly isKeyedByProvider?: boolean;
}

/** Parses the entries of a store, bad ones counted by flaw. */
export function parseProfiles(
  entries: Readonly<Record<string, unknown>>,
  options: ProfileListOptions,
  context: ParseContext,
): ProfileList {
  const credentials: Credential[] = [];
  const renamed = new Map<string, string>();
  const flaws = new Map<EntryFlaw, number>();
  const shared: EntryContext = { era: options.era, fallbackProvider: null, digest: context.digest };
  for (const [key, raw] of Object.entries(entries)) {
    const id = options.nameProfile?.(key) ?? key;
    const parsed = parseEntry(raw, id, options.isKeyedByProvider ? { ...shared, fallbackProvider: key } : shared);
    if (typeof parsed === "string") flaws.set(parsed, (flaws.get(parsed) ?? 0) + 1);
    else {
      credentials.push(parsed);
      if (parsed.profileId !== id) renamed.set(id.trim(), parsed.profileId);
    }
  }
  return { credentials, renamed, problems: flaws.size === 0 ? [] : [describeFlaws(flaws, context.path)] };
}

function describeFlaws(flaws: ReadonlyMap<EntryFlaw, number>, path: string): Problem {
  const counts = [...flaws].map(([flaw, count]) => `${count} × ${flaw}`).join(", ");
  const total = [...flaws.values()].reduce((sum, count) => sum + count, 0);
  const message = `holds entries that are no credentials (${counts}) and that OpenClaw ignores; remove or mend them`;
  return { ...fileProblem("invalid_entry", path, message), count: total };
}
