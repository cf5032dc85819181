import { conditionKey } from "../../src/alerts/condition-key.ts";
import type { Condition, ConditionSet } from "../../src/alerts/condition.ts";
import type { ChannelPolicy } from "../../src/alerts/policy.ts";

/** A token of agent ops that is about to expire, unless told otherwise. */
export function condition(over: Partial<Omit<Condition, "key">> = {}): Condition {
  const base = {
    installation: "openclaw",
    agent: "ops",
    provider: "anthropic",
    profile: "anthropic:default",
    family: "expiry",
    reason: "expiring",
    severity: "warning",
    expiresAt: null,
    summary: "the token anthropic:default of agent ops is about to expire",
    action: "openclaw models auth paste-token --provider anthropic --profile-id anthropic:default --agent ops",
    ...over,
  } as const;
  return { ...base, key: conditionKey(base) };
}

/** Nothing is unknown but the keys named, and nothing unwatched. */
export function setOf(
  conditions: readonly Condition[],
  unknown: readonly string[] = [],
  unwatched: readonly string[] = [],
): ConditionSet {
  return {
    conditions,
    isUnknown: (key) => unknown.includes(key) || unwatched.includes(key),
    isUnwatched: (key) => unwatched.includes(key),
    homeOf: () => "unknown",
  };
}

/** A channel that wants to hear everything at any time. */
export function channel(over: Partial<ChannelPolicy> = {}): ChannelPolicy {
  return {
    name: "mail",
    minSeverity: "info",
    match: [],
    sendResolved: true,
    quietHours: null,
    evening: null,
    refreshEveryMs: null,
    ...over,
  };
}
