import { EMPTY_STATE, type StoreState, type Usage, type UsageWindow } from "../credential.ts";
import { type Era, normaliseProvider } from "../provider.ts";
import { isRecord, nonBlank, parseInstant } from "../record.ts";
import { showId, showText } from "./shown.ts";

export interface StateContext {
  readonly era: Era;
  readonly digest: (secret: string) => string;
  /** How ids of the store are shown that had to be altered. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** Failures that OpenClaw holds against one model when it notes which (`cooldownModel`). */
const MODEL_SCOPED: ReadonlySet<unknown> = new Set(["rate_limit", "timeout", "model_not_found"]);

/**
 * Order, last good profiles and failures, from the store itself or from the document kept beside it. Anything that is
 * not as expected is left out, as upstream does; failure reasons it does not know are kept.
 */
export function parseState(raw: unknown, context: StateContext): StoreState {
  if (!isRecord(raw)) return EMPTY_STATE;
  const state = {
    order: parseOrder(raw["order"], context),
    lastGood: parseLastGood(raw["lastGood"], context),
    usage: parseUsageStats(raw["usageStats"], context),
  };
  return state.order.size + state.lastGood.size + state.usage.size === 0 ? EMPTY_STATE : state;
}

const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

/** Key by key; `newer` wins. */
export function mergeStates(older: StoreState, newer: StoreState): StoreState {
  if (older === EMPTY_STATE) return newer;
  return {
    order: new Map([...older.order, ...newer.order]),
    lastGood: new Map([...older.lastGood, ...newer.lastGood]),
    usage: new Map([...older.usage, ...newer.usage]),
  };
}

function parseOrder(raw: unknown, context: StateContext): StoreState["order"] {
  return parseByProvider(raw, context, (value) => {
    if (!Array.isArray(value)) return null;
    const ids = value.flatMap((id: unknown) => nonBlank(id)?.trim() ?? []).map((id) => nameProfile(id, context));
    return ids.length === 0 ? null : ids;
  });
}

function parseLastGood(raw: unknown, context: StateContext): StoreState["lastGood"] {
  return parseByProvider(raw, context, (value) => {
    const id = nonBlank(value)?.trim();
    return id === undefined ? null : nameProfile(id, context);
  });
}

/** A provider under its present name wins over the same one under an alias. */
function parseByProvider<T>(
  raw: unknown,
  { era }: StateContext,
  parse: (value: unknown) => T | null,
): ReadonlyMap<string, T> {
  if (!isRecord(raw)) return NOTHING;
  const found = new Map<string, T>();
  for (const [key, value] of Object.entries(raw)) {
    const provider = normaliseProvider(key, era);
    const parsed = provider === "" ? null : parse(value);
    if (parsed === null) continue;
    const shown = showText(provider);
    if (!found.has(shown) || key.trim().toLowerCase() === provider) found.set(shown, parsed);
  }
  return found;
}

function parseUsageStats(raw: unknown, context: StateContext): StoreState["usage"] {
  if (!isRecord(raw)) return NOTHING;
  const found = new Map<string, Usage>();
  for (const [key, value] of Object.entries(raw)) {
    const id = key.trim();
    if (id !== "" && isRecord(value) && Object.keys(value).length > 0)
      found.set(nameProfile(id, context), parseUsage(value));
  }
  return found;
}

function nameProfile(id: string, { digest, renamed }: StateContext): string {
  return renamed.get(id) ?? showId(id, digest);
}

function parseUsage(raw: Readonly<Record<string, unknown>>): Usage {
  const isModelCooldown = MODEL_SCOPED.has(raw["cooldownReason"]);
  const isModelBlock = raw["blockedScope"] === "model";
  return {
    lastUsedAt: parseInstant(raw["lastUsed"]),
    lastFailureAt: parseInstant(raw["lastFailureAt"]),
    errorCount: parseCount(raw["errorCount"]),
    failureCounts: parseFailureCounts(raw["failureCounts"]),
    cooldown: parseWindow(raw["cooldownUntil"], raw["cooldownReason"], isModelCooldown ? raw["cooldownModel"] : null),
    disabled: parseWindow(raw["disabledUntil"], raw["disabledReason"], null),
    blocked: parseWindow(raw["blockedUntil"], raw["blockedReason"], isModelBlock ? raw["blockedModel"] : null),
  };
}

function parseWindow(untilMs: unknown, reason: unknown, model: unknown): UsageWindow | null {
  const until = parseInstant(untilMs);
  return until === null ? null : { until, reason: showWord(reason), model: showWord(model) };
}

function parseFailureCounts(raw: unknown): ReadonlyMap<string, number> {
  if (!isRecord(raw)) return NOTHING;
  const counts = new Map<string, number>();
  for (const [reason, value] of Object.entries(raw)) {
    const count = parseCount(value);
    if (count > 0) counts.set(showText(reason), count);
  }
  return counts;
}

function parseCount(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? Math.trunc(value) : 0;
}

function showWord(value: unknown): string | null {
  const word = nonBlank(value);
  return word === null ? null : showText(word.trim());
}
