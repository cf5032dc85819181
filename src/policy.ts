/** What the operator decided about when something deserves attention. All durations in milliseconds. */
export interface Policy {
  readonly warnWithinMs: number;
  readonly criticalWithinMs: number;
  readonly refreshGraceMs: number;
  readonly cooldownGraceMs: number;
  /** Assumed life of a token without a recorded end; null is off. */
  readonly staticTokenLifetimeMs: number | null;
  readonly staleAfterMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** `warnWithinMs` is the window that `openclaw models status` uses itself. */
export const DEFAULT_POLICY: Policy = {
  warnWithinMs: 24 * HOUR,
  criticalWithinMs: HOUR,
  refreshGraceMs: 15 * MINUTE,
  cooldownGraceMs: 15 * MINUTE,
  staticTokenLifetimeMs: null,
  staleAfterMs: HOUR,
};
