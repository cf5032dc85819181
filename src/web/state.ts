import type { Snapshot } from "../snapshot.ts";

/** What the pages show; the worker replaces it after every check. */
export interface WebState {
  /** Null until the first check has ended. */
  readonly snapshot: Snapshot | null;
  readonly lastCheckAt: Date | null;
  readonly nextCheckAt: Date | null;
  /** When the third run of the schedule after the last check is due; past it, the worker is not ready any more. */
  readonly overdueAt: Date | null;
  readonly isDemo: boolean;
}

/** Null when the last check is recent enough, otherwise why it is not, in one sentence. */
export function explainUnready(state: WebState, now: Date): string | null {
  if (state.lastCheckAt === null) return "the first check has not ended yet";
  if (state.overdueAt !== null && now > state.overdueAt) {
    return `the last check ended at ${state.lastCheckAt.toISOString()}, and three more were due since`;
  }
  return null;
}
