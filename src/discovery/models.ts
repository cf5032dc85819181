import { type Era, normaliseProvider } from "../provider.ts";
import { redactSecrets } from "../redact.ts";
import type { ModelRole, ProviderUse } from "./installation.ts";

/** A `model` or `imageModel` of the config. Null is "not said", an empty list of fallbacks is meant. */
export interface ModelChoice {
  readonly primary: string | null;
  readonly fallbacks: readonly string[] | null;
}

/** What one place of the config says of models: `agents.defaults`, or one agent over it. */
export interface ModelChoices {
  readonly model: ModelChoice | null;
  readonly imageModel: ModelChoice | null;
  readonly utilityModel: string | null;
}

/** How the config names models elsewhere, to make sense of a name without a provider. */
export interface ModelNames {
  /** Lower-case alias to `provider/model`, from `agents.defaults.models`. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Model id to provider, from `models.providers.*.models`. */
  readonly catalogue: ReadonlyMap<string, string>;
}

/** The agent talks with models of these roles. */
const ANSWERS: ReadonlySet<ModelRole> = new Set(["primary", "fallback"]);

const ROLES = ["primary", "fallback", "image", "utility"] as const satisfies readonly ModelRole[];

/**
 * Providers that an agent's models name, each once with its strongest role; empty when no model is configured.
 * A model of the agent replaces the default one, whose fallbacks stay unless the agent brings its own.
 */
export function findProviderUses(
  defaults: ModelChoices,
  override: ModelChoices | null,
  names: ModelNames,
  era: Era,
): readonly ProviderUse[] {
  const model = overlay(defaults.model, override?.model ?? null);
  const image = overlay(defaults.imageModel, override?.imageModel ?? null);
  const utility = override?.utilityModel ?? defaults.utilityModel;
  const asked: Readonly<Record<ModelRole, readonly (string | null)[]>> = {
    primary: [model.primary],
    fallback: model.fallbacks ?? [],
    image: [image.primary, ...(image.fallbacks ?? [])],
    utility: [utility],
  };
  const uses = new Map<string, { role: ModelRole; models: Set<string> }>();
  for (const role of ROLES) {
    for (const name of asked[role]) {
      const found = name === null ? null : resolveModel(name, names, era);
      if (found === null) continue;
      const use = uses.get(found.provider) ?? { role, models: new Set() };
      // Another model for images does not help an agent whose own one is shut out.
      if (ANSWERS.has(role) || !ANSWERS.has(use.role)) use.models.add(found.model);
      uses.set(found.provider, use);
    }
  }
  return [...uses].map(([provider, { role, models }]) => ({ provider, role, models: [...models] }));
}

/** Provider and model id of a name as configured: `provider/model`, an alias, or a bare model id. Null when blank. */
export function resolveModel(
  name: string,
  names: ModelNames,
  era: Era,
): { readonly provider: string; readonly model: string } | null {
  const asked = name.trim();
  const text = (names.aliases.get(asked.toLowerCase()) ?? asked).trim();
  if (text === "") return null;
  // Only the first slash divides: `openrouter/anthropic/claude-sonnet-4-5` is a model of openrouter.
  const slash = text.indexOf("/");
  if (slash > 0) return show(text.slice(0, slash), text.slice(slash + 1), era);
  const provider = names.catalogue.get(text) ?? FAMILIES.find(([shape]) => shape.test(text))?.[1] ?? DEFAULTS[era];
  return show(provider, text, era);
}

/** Both become visible, and a name can be a secret that was pasted in the wrong place. */
function show(provider: string, model: string, era: Era): { readonly provider: string; readonly model: string } {
  return { provider: redactSecrets(normaliseProvider(provider, era)), model: redactSecrets(model) };
}

/** Upstream would ask its default provider for these too, and fail; whoever wrote the name meant its maker. */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^claude/i, "anthropic"],
  [/^(?:gpt|chatgpt|o\d)/i, "openai"],
  [/^gemini/i, "google"],
];

/** What upstream asks for a bare name: anthropic up to 2026.4.4, openai after, which stores in SQLite since 2026.6.5. */
const DEFAULTS: Readonly<Record<Era, string>> = { json: "anthropic", sqlite: "openai" };

function overlay(base: ModelChoice | null, over: ModelChoice | null): ModelChoice {
  return {
    primary: over?.primary ?? base?.primary ?? null,
    fallbacks: over?.fallbacks ?? base?.fallbacks ?? null,
  };
}
