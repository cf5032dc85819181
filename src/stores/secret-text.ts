import type { RefreshFence, SecretState } from "../credential.ts";
import { isRecord, nonBlank } from "../record.ts";

const REF_SOURCES: ReadonlySet<unknown> = new Set(["env", "file", "exec", "store"]);

/** `${NAME}` and `$NAME`, which upstream resolves from the environment. */
const ENV_REF = /^\s*\$(?:\{[A-Z][A-Z0-9_]{0,127}\}|[A-Z][A-Z0-9_]{0,127})\s*$/;

/** The command that the set-up shows, pasted where the key belongs; upstream calls it `malformed_api_key`. */
const ONBOARDING_COMMAND = /^openclaw\s+onboard\s(?:[^\n]{0,500}\s)?--auth-choice(?:[\s=]|$)/i;

const FENCE = /^openclaw-oauth-refresh-fence:v1:([a-f0-9]{32}):(failed:)?(access|refresh):[a-f0-9]{64}$/;

/** A pointer to a secret kept elsewhere: `{source, provider, id}`, or the name of an environment variable. */
export function isSecretRef(value: unknown): boolean {
  if (typeof value === "string") return ENV_REF.test(value);
  if (!isRecord(value) || !REF_SOURCES.has(value["source"]) || nonBlank(value["id"]) === null) return false;
  // Stores before 2026.5 leave the provider out and mean `default`; since then a ref has these three keys and no more.
  const { provider } = value as { provider?: unknown };
  return provider === undefined || (nonBlank(provider) !== null && Object.keys(value).length === 3);
}

/** Where the secret of a field with a ref beside it is. A ref object may also stand in the field itself. */
export function locateSecret(value: unknown, ref: unknown): SecretState {
  if (isSecretRef(ref) || isSecretRef(value)) return "ref";
  return nonBlank(value) === null ? "absent" : "inline";
}

export function isOnboardingCommand(value: string): boolean {
  return ONBOARDING_COMMAND.test(value.trim());
}

/** The state of the marker that stands in for both tokens while OpenClaw 9.x refreshes them. */
export function readFence(access: string | null, refresh: string | null, expires: unknown): RefreshFence {
  if (expires !== 1 || access === null || refresh === null) return "none";
  const first = FENCE.exec(access);
  const second = FENCE.exec(refresh);
  if (first?.[3] !== "access" || second?.[3] !== "refresh") return "none";
  if (first[1] !== second[1] || first[2] !== second[2]) return "none";
  return first[2] === undefined ? "pending" : "failed";
}
