import type { Credential } from "../credential.ts";
import type { Status } from "../snapshot.ts";
import type { Health } from "./health.ts";

interface Profile {
  readonly credential: Pick<Credential, "type">;
  readonly health: Health;
}

export interface RolledUp {
  readonly status: Status;
  readonly expiresAt: Date | null;
}

/**
 * The status of a provider over the profiles in its effective order, as OpenClaw 2026.7.1 to 2026.9.6 gives it: the
 * worst one counts, and API keys count only where there is no OAuth login or token.
 */
export function rollUp(profiles: readonly Profile[]): RolledUp {
  const expirable = profiles.filter(({ credential }) => credential.type !== "api_key");
  if (expirable.length === 0) {
    const isStatic = has(profiles, "static") && !has(profiles, "missing");
    return { status: isStatic ? "static" : "missing", expiresAt: null };
  }
  return { status: worst(profiles, expirable), expiresAt: earliestEnd(expirable) };
}

function worst(profiles: readonly Profile[], expirable: readonly Profile[]): Status {
  if (has(expirable, "expired")) return "expired";
  if (has(profiles, "missing")) return "missing";
  return has(expirable, "expiring") ? "expiring" : "ok";
}

function has(profiles: readonly Profile[], status: Status): boolean {
  return profiles.some(({ health }) => health.status === status);
}

function earliestEnd(profiles: readonly Profile[]): Date | null {
  let first: Date | null = null;
  for (const { health } of profiles) {
    const { expiresAt } = health;
    if (expiresAt !== null && (first === null || expiresAt < first)) first = expiresAt;
  }
  return first;
}
