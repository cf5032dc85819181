import type { Family } from "./condition.ts";

/** What tells one condition from another. */
export interface ConditionPlace {
  readonly installation: string;
  readonly agent: string;
  readonly family: Family;
  readonly profile: string | null;
}

/** The stable key of a condition: `openclaw/ops/expiry/anthropic:default`, or `openclaw/ops/answer` without a profile. */
export function conditionKey({
  installation,
  agent,
  family,
  profile,
}: Omit<ConditionPlace, "family"> & { readonly family: string }): string {
  return [installation, agent, family, ...(profile === null ? [] : [profile])].map(escape).join("/");
}

/** What a key stands for. The family is the word found there, which an older or newer version may have written. */
export function parseConditionKey(key: string): Omit<ConditionPlace, "family"> & { readonly family: string } {
  const [installation = "", agent = "", family = "", profile] = key.split("/").map(unescape);
  return { installation, agent, family, profile: profile ?? null };
}

function escape(part: string): string {
  return part.replaceAll("%", "%25").replaceAll("/", "%2F");
}

function unescape(part: string): string {
  return part.replaceAll("%2F", "/").replaceAll("%25", "%");
}
