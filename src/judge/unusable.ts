import type { Usage, UsageWindow } from "../credential.ts";
import type { Unusable } from "../snapshot.ts";

/** OpenClaw ignores windows of these since 2026.2.24: they route to many upstreams themselves. */
const IGNORES_WINDOWS: ReadonlySet<string> = new Set(["openrouter", "kilocode"]);

/**
 * The window in which OpenClaw will not use the profile, or null. It ends with the latest of the windows recorded; at
 * that very instant the profile is usable again. Windows in the past stay on disk and mean nothing.
 */
export function findUnusable(provider: string, usage: Usage | undefined, now: Date): Unusable | null {
  if (usage === undefined || IGNORES_WINDOWS.has(provider)) return null;
  const { disabled, blocked, cooldown } = usage;
  const until = latest(disabled, blocked, cooldown);
  if (until === null || until <= now) return null;
  // A disable outranks a block, a block a cooldown: the graver cause is the one a person must act on.
  if (disabled !== null && disabled.until > now) {
    return { kind: "disabled", reason: disabled.reason ?? "unknown", until, model: null };
  }
  if (blocked !== null && blocked.until > now) {
    return { kind: "blocked", reason: blocked.reason ?? "unknown", until, model: scopeOf([blocked, cooldown], now) };
  }
  const reason = cooldown?.reason ?? mostFrequent(usage.failureCounts) ?? "unknown";
  return { kind: "cooldown", reason, until, model: cooldown?.model ?? null };
}

/** The one model that all windows in force are about; null as soon as one is about more. */
function scopeOf(windows: readonly (UsageWindow | null)[], now: Date): string | null {
  const scopes = new Set(windows.filter((one) => one !== null && one.until > now).map((one) => one?.model ?? null));
  const [only = null] = scopes;
  return scopes.size === 1 ? only : null;
}

/** True when the window shuts the profile out for all of these models; an empty list stands for any model. */
export function blocksEveryModel(unusable: Unusable, models: readonly string[]): boolean {
  if (unusable.model === null || models.length === 0) return true;
  return models.every((model) => model === unusable.model);
}

function latest(...windows: readonly (UsageWindow | null)[]): Date | null {
  let until: Date | null = null;
  for (const window of windows) {
    if (window !== null && (until === null || window.until > until)) until = window.until;
  }
  return until;
}

function mostFrequent(counts: ReadonlyMap<string, number>): string | null {
  let best: string | null = null;
  let most = 0;
  for (const [reason, count] of counts) {
    if (count > most) {
      best = reason;
      most = count;
    }
  }
  return best;
}
