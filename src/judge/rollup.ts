import type { CredentialType } from "../credential.ts";
import type { Status } from "../snapshot.ts";
import type { Health } from "./health.ts";

export interface RolledUp {
  readonly status: Status;
  readonly expiresAt: Date | null;
}

/**
 * The status of a provider over the profiles in its effective order, as OpenClaw 2026.7.1 to 2026.9.6 gives it: the
 * worst one counts, and API keys count only where there is no OAuth login or token.
 */
export function rollUp(profiles: readonly { readonly type: CredentialType; readonly health: Health }[]): RolledUp {
  const expirable = profiles.filter(({ type }) => type !== "api_key");
  const has = (status: Status, among = profiles): boolean => among.some(({ health }) => health.status === status);
  if (expirable.length === 0) {
    return { status: has("static") && !has("missing") ? "static" : "missing", expiresAt: null };
  }
  return { status: worst(has, expirable), expiresAt: earliest(expirable.map(({ health }) => health.expiresAt)) };
}

type Has<P> = (status: Status, among?: P) => boolean;

function worst<P>(has: Has<P>, expirable: P): Status {
  if (has("expired", expirable)) return "expired";
  if (has("missing")) return "missing";
  return has("expiring", expirable) ? "expiring" : "ok";
}

function earliest(dates: readonly (Date | null)[]): Date | null {
  let first: Date | null = null;
  for (const date of dates) if (date !== null && (first === null || date < first)) first = date;
  return first;
}
