import type { Stats } from "node:fs";
import { describeKind, identityOf, type JsonReading, lookAt, modificationTime, parseJson, pathIn } from "../files.ts";
import { isFlatStore } from "./auth-profiles-flat.ts";
import type { AgentStoreRequest } from "./reader.ts";
import { LOGIN_FORMATS, STORE_FORMATS } from "./registry.ts";
import { blindSighting, type Look, type Sighting } from "./sighting.ts";
import { type Watch, watchAbsence } from "./watch.ts";

/** What looking needs besides the path. */
export interface LookTools {
  readonly digest: (secret: string) => string;
  readonly readJson: (path: string, seen: Stats) => JsonReading;
}

const FORMATS = { ...STORE_FORMATS, ...LOGIN_FORMATS };

/** The newest JSON store of an agent directory that exists; null when there is none. */
export function lookAtJsonStores(request: AgentStoreRequest, tools: LookTools): Look<Sighting | null> {
  const profiles = lookAtProfiles(request.agentDir, tools);
  if (profiles.found !== null) return profiles;
  const legacy = lookAtJsonFile("legacy-auth-json", pathIn(request.agentDir, "auth.json"), tools);
  const watches = [...profiles.watches, ...legacy.watches];
  if (legacy.found !== null && holdsAnything(legacy.found)) return { found: legacy.found, watches };
  if (request.legacyOAuthPath === null) return { found: null, watches };
  const oauth = lookAtJsonFile("legacy-oauth-json", request.legacyOAuthPath, tools);
  const found = oauth.found !== null && holdsAnything(oauth.found) ? oauth.found : null;
  return { found, watches: [...watches, ...oauth.watches] };
}

/** A store of one file. Null when there is none. */
export function lookAtJsonFile(format: Sighting["format"], path: string, tools: LookTools): Look<Sighting | null> {
  const opened = openJson(path, tools);
  if (opened.kind === "absent") return { found: null, watches: opened.watches };
  if (opened.kind === "failed")
    return { found: blindSighting(format, path, opened.stats, [opened.problem]), watches: opened.watches };
  return {
    found: sightDocuments(format, path, opened.stats, { store: opened.value, state: null }, tools),
    watches: opened.watches,
  };
}

/** The store in a text that no file holds. */
export function sightText(format: Sighting["format"], path: string, text: string, { digest }: LookTools): Sighting {
  const parsed = parseJson(text, path);
  if (parsed.kind === "failed") return blindSighting(format, path, null, [parsed.problem]);
  const reading = FORMATS[format].parse({ store: parsed.value, state: null }, { path, modifiedAt: null, digest });
  return { format, path, stats: null, modifiedAt: null, schemaVersion: reading.version, reading };
}

/** True for a store that is not merely an empty map: it has credentials, or something that hides them. */
export function holdsAnything({ reading }: Sighting): boolean {
  return reading.credentials.length > 0 || reading.problems.length > 0;
}

function lookAtProfiles(agentDir: string, tools: LookTools): Look<Sighting | null> {
  const path = pathIn(agentDir, "auth-profiles.json");
  const opened = openJson(path, tools);
  const { watches } = opened;
  if (opened.kind === "absent") return { found: null, watches };
  if (opened.kind === "failed") {
    return { found: blindSighting("auth-profiles-json", path, opened.stats, [opened.problem]), watches };
  }
  const { value: store, stats } = opened;
  if (isFlatStore(store)) {
    return { found: sightDocuments("auth-profiles-flat", path, stats, { store, state: null }, tools), watches };
  }
  const beside = openJson(pathIn(agentDir, "auth-state.json"), tools);
  const format = beside.kind === "absent" ? "auth-profiles-json" : "auth-profiles-split";
  const state = beside.kind === "value" ? (beside.value ?? []) : null;
  const sighting = sightDocuments(format, path, stats, { store, state }, tools);
  const both = [...watches, ...beside.watches];
  if (beside.kind !== "failed") return { found: sighting, watches: both };
  const { reading } = sighting;
  return {
    found: { ...sighting, reading: { ...reading, problems: [...reading.problems, beside.problem] } },
    watches: both,
  };
}

type OpenedJson =
  | { readonly kind: "absent"; readonly watches: readonly Watch[] }
  | (JsonReading & { readonly watches: readonly Watch[] });

/** Looks before it opens, so that a device in place of a file is not even opened. */
function openJson(path: string, { readJson }: LookTools): OpenedJson {
  const look = lookAt(path);
  if (look.kind === "absent") return { kind: "absent", watches: [watchAbsence(path, look.isDangling)] };
  if (look.kind === "failed") return { ...look, stats: null, watches: [watchAbsence(path, true)] };
  const { stats } = look;
  if (!stats.isFile()) {
    const problem = describeKind(stats, path);
    return { kind: "failed", problem, stats, watches: [{ path, was: identityOf(stats) }] };
  }
  const reading = readJson(path, stats);
  if (reading.kind === "failed" && reading.problem.reason === "not_found") {
    return { kind: "absent", watches: [watchAbsence(path, true)] };
  }
  return { ...reading, watches: [{ path, was: identityOf(reading.stats ?? stats) }] };
}

function sightDocuments(
  format: Sighting["format"],
  path: string,
  stats: Stats,
  documents: { readonly store: unknown; readonly state: unknown },
  { digest }: LookTools,
): Sighting {
  const modifiedAt = modificationTime(stats);
  const reading = FORMATS[format].parse(documents, { path, modifiedAt, digest });
  return { format, path, stats, modifiedAt, schemaVersion: reading.version, reading };
}
