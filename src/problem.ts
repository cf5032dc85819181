/** Why something could not be read as it should. These words are metric label values and part of the public contract. */
export const PROBLEM_REASONS = [
  "not_found",
  "permission_denied",
  "not_regular",
  "too_large",
  "bad_json",
  "wrong_shape",
  "sqlite_busy",
  "sqlite_corrupt",
  "sqlite_no_table",
  "empty_file",
  "migration_required",
  "symlink_loop",
  "config_invalid",
  "newer_schema",
  "invalid_entry",
] as const;

/**
 * Why nothing is known of another host: it does not answer, has not looked at its stores for long, or had no time to
 * answer yet. No store has them, so the metrics of stores leave them out.
 */
export const REMOTE_REASONS = ["unreachable", "outdated", "pending"] as const;
export type RemoteReason = (typeof REMOTE_REASONS)[number];

export type ProblemReason = (typeof PROBLEM_REASONS)[number] | RemoteReason;

export interface Problem {
  readonly reason: ProblemReason;
  /** The file concerned; paths are for the CLI and the log, never for a metric. */
  readonly path: string;
  /** One sentence for a person: what was expected, what was found, what to do. It never quotes file content. */
  readonly message: string;
  /** How many entries this stands for; 1 unless the reason is `invalid_entry`. */
  readonly count: number;
}

/** Problems that a person should hear of, but that did not keep us from judging what is there. */
const HARMLESS: ReadonlySet<ProblemReason> = new Set(["newer_schema", "invalid_entry"]);

export function problem<R extends ProblemReason>(
  reason: R,
  path: string,
  message: string,
  count = 1,
): Problem & { readonly reason: R } {
  return { reason, path, message, count };
}

/** True when the problem means that something could not be checked (exit code 3, `store_up 0`). */
export function isBlinding(found: Problem): boolean {
  return !HARMLESS.has(found.reason);
}

/** Whether these are the problems of something on another host that does not tell how things are there now. */
export function isOutOfReach({ problems }: { readonly problems: readonly Problem[] }): boolean {
  return problems.some(({ reason }) => REMOTE_REASONS.some((word) => word === reason));
}

/** Those of an installation that are not said of the whole: that a host does not answer concerns all on it alike. */
export function listOwnProblems(
  { problems }: { readonly problems: readonly Problem[] },
  whole: { readonly problems: readonly Problem[] },
): readonly Problem[] {
  const isSaid = ({ reason, path }: Problem): boolean =>
    whole.problems.some((said) => said.reason === reason && said.path === path);
  return problems.filter((problem) => !isSaid(problem));
}
