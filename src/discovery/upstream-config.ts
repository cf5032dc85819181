import { type Problem, problem } from "../problem.ts";
import { redactSecrets } from "../redact.ts";
import { normaliseAgentId } from "./agent-id.ts";
import { hasReference, readKeyState } from "./config-variables.ts";
import { createShape, type Shape } from "./config-shape.ts";
import type { DeclaredProfile } from "./installation.ts";
import type { ModelChoice, ModelChoices, ModelNames } from "./models.ts";

export interface RosterEntry extends ModelChoices {
  readonly id: string;
  /** As written; null when the agent lives in its usual place. */
  readonly agentDir: string | null;
}

/** One of `models.providers`; of its key only whether there is one. */
export interface ConfiguredProvider {
  readonly id: string;
  /** Served by this very machine. */
  readonly isLoopback: boolean;
  /** `auth` of the entry, such as `aws-sdk`. */
  readonly auth: string | null;
  /** `unresolved` names a variable that has no value here. */
  readonly key: "present" | "unresolved" | "absent";
}

/** What we need of an OpenClaw config. Nothing in it is a secret; provider ids are not normalised yet. */
export interface UpstreamConfig {
  /** Null when the config names no agents, which means `main`. */
  readonly roster: readonly RosterEntry[] | null;
  readonly defaults: ModelChoices;
  readonly names: ModelNames;
  readonly providers: readonly ConfiguredProvider[];
  readonly declaredOrder: ReadonlyMap<string, readonly string[]>;
  readonly declaredProfiles: readonly DeclaredProfile[];
}

const NO_CHOICES: ModelChoices = { model: null, imageModel: null, utilityModel: null };

export const EMPTY_CONFIG: UpstreamConfig = {
  roster: null,
  defaults: NO_CHOICES,
  names: { aliases: new Map(), catalogue: new Map() },
  providers: [],
  declaredOrder: new Map(),
  declaredProfiles: [],
};

const MAX_PROBLEMS = 20;

const NO_VALUE = "a variable that has no value here";
const SET_VALUE = "set it in `.env` of the state directory or in our own environment";

/**
 * Takes from a config, its variables already filled in, what we use. A part of the wrong shape is a problem that names
 * the place, what was expected and the kind of what was found; the other parts still count.
 */
export function parseUpstreamConfig(
  raw: unknown,
  path: string,
  hasVariable: (name: string) => boolean,
): { readonly config: UpstreamConfig; readonly problems: readonly Problem[] } {
  const faults: string[] = [];
  const root = createShape(raw, "", (fault) => faults.push(fault));
  const agents = root.object("agents");
  const defaults = agents.object("defaults");
  const auth = root.object("auth");
  const providers = root.object("models").object("providers");
  const config: UpstreamConfig = {
    roster: parseRoster(agents),
    defaults: parseChoices(defaults),
    names: { aliases: parseAliases(defaults.object("models")), catalogue: parseCatalogue(providers) },
    providers: providers.children().map(([id, entry]) => parseProvider(id, entry, hasVariable)),
    declaredOrder: new Map(
      auth.object("order").entries((order, key) => order.strings(key)?.map(redactSecrets) ?? null),
    ),
    declaredProfiles: auth.object("profiles").children().flatMap(parseDeclaredProfile),
  };
  const problems = faults.slice(0, MAX_PROBLEMS).map((fault) => problem("config_invalid", path, redactSecrets(fault)));
  return { config, problems };
}

function parseRoster(agents: Shape): readonly RosterEntry[] | null {
  const entries = agents.object("entries");
  if (agents.kind("entries") === "an object") {
    return firstOfEachId(entries.children().map(([id, entry]) => parseEntry(id, entry)));
  }
  const list = agents.items("list");
  // Up to 7.x an empty list means `main`; later configs say `entries`.
  if (list.length === 0) return null;
  return firstOfEachId(list.map((entry) => parseEntry(entry.string("id") ?? "", entry)));
}

function parseEntry(id: string, entry: Shape): RosterEntry {
  const agentDir = entry.string("agentDir")?.trim() ?? "";
  if (hasReference(agentDir)) entry.fault("agentDir", "a directory", NO_VALUE, SET_VALUE);
  return { id: normaliseAgentId(id), agentDir: agentDir === "" ? null : agentDir, ...parseChoices(entry) };
}

function firstOfEachId(entries: readonly RosterEntry[]): readonly RosterEntry[] {
  const byId = new Map<string, RosterEntry>();
  for (const entry of entries) if (!byId.has(entry.id)) byId.set(entry.id, entry);
  return [...byId.values()];
}

function parseChoices(place: Shape): ModelChoices {
  return {
    model: parseChoice(place, "model"),
    imageModel: parseChoice(place, "imageModel"),
    utilityModel: parseChoice(place, "utilityModel")?.primary ?? null,
  };
}

function parseChoice(place: Shape, key: string): ModelChoice | null {
  const kind = place.kind(key);
  // `false` switches the utility model off.
  if (kind === "nothing" || (key === "utilityModel" && kind === "a boolean")) return null;
  if (kind === "a string") return { primary: modelName(place, key), fallbacks: null };
  if (kind !== "an object") {
    place.fault(key, 'a string or an object like {primary: "provider/model"}', kind);
    return null;
  }
  const choice = place.object(key);
  const fallbacks = choice.strings("fallbacks");
  if (fallbacks?.some(hasReference) === true) choice.fault("fallbacks", "models", NO_VALUE, SET_VALUE);
  return {
    primary: modelName(choice, "primary"),
    fallbacks: fallbacks?.filter((name) => !hasReference(name)) ?? null,
  };
}

function modelName(place: Shape, key: string): string | null {
  const name = place.string(key)?.trim() ?? "";
  if (name === "") return null;
  if (!hasReference(name)) return name;
  place.fault(key, "a model", NO_VALUE, SET_VALUE);
  return null;
}

function parseAliases(models: Shape): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const [ref, entry] of models.children()) {
    const alias = entry.string("alias")?.trim().toLowerCase() ?? "";
    if (alias !== "" && !aliases.has(alias)) aliases.set(alias, ref);
  }
  return aliases;
}

function parseCatalogue(providers: Shape): ReadonlyMap<string, string> {
  const catalogue = new Map<string, string>();
  for (const [provider, entry] of providers.children()) {
    for (const model of entry.items("models")) {
      const id = model.string("id");
      if (id !== null && !catalogue.has(id)) catalogue.set(id, provider);
    }
  }
  return catalogue;
}

function parseProvider(id: string, entry: Shape, hasVariable: (name: string) => boolean): ConfiguredProvider {
  const isLoopback = LOOPBACK.test(entry.string("baseUrl")?.trim() ?? "");
  return {
    id: redactSecrets(id),
    isLoopback,
    auth: entry.string("auth"),
    key: readKeyState(entry.value("apiKey"), hasVariable),
  };
}

const LOOPBACK = /^[a-z]+:\/\/(?:[^/@]*@)?(?:localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[::1\])(?::\d+)?(?:[/?#]|$)/i;

function parseDeclaredProfile([profileId, entry]: readonly [string, Shape]): readonly DeclaredProfile[] {
  const provider = entry.string("provider");
  if (provider === null) return [];
  return [
    {
      profileId: redactSecrets(profileId),
      provider: redactSecrets(provider),
      mode: entry.string("mode"),
      email: entry.string("email"),
    },
  ];
}
