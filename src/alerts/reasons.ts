import type { ProblemReason } from "../problem.ts";
import type { AGENT_VERDICT_REASONS, ProfileVerdictReason } from "../snapshot.ts";
import type { Family } from "./condition.ts";

type AgentReason = Exclude<(typeof AGENT_VERDICT_REASONS)[number], "ok" | "stale">;

/** What a condition can be told for: `hold`, `match` and silences name these. */
export type ConditionReason =
  | Exclude<ProfileVerdictReason, "ok" | "refreshable">
  | AgentReason
  // Nobody is told that a host had no time to answer yet.
  | Exclude<ProblemReason, "pending">;

interface ReasonText {
  /** What it may belong to. */
  readonly families: readonly Family[];
  readonly meaning: string;
}

const EXPIRY = ["expiry"] as const;
const REFRESH = ["refresh"] as const;
const UNUSABLE = ["unusable"] as const;
const PLACE = ["store", "installation"] as const;
const REMOTE = ["remote"] as const;

/** Every reason there is, gravest kinds first, with what it means for a person. */
export const CONDITION_REASONS: Readonly<Record<ConditionReason, ReasonText>> = {
  no_usable_credential: {
    families: ["answer"],
    meaning: "an agent has nothing to answer with at its primary provider",
  },
  fallback_without_credential: { families: ["fallback"], meaning: "the same for another provider it names" },
  last_credential: { families: ["answer"], meaning: "one usable credential is left of several" },
  not_set_up: { families: ["answer"], meaning: "no credential was ever set up" },
  expired: { families: EXPIRY, meaning: "it ended, and does not refresh itself" },
  expiring: { families: EXPIRY, meaning: "it ends soon, and does not refresh itself" },
  missing_credential: { families: EXPIRY, meaning: "the profile holds no secret" },
  invalid_expires: { families: EXPIRY, meaning: "its end is no date" },
  malformed_api_key: { families: EXPIRY, meaning: "what is stored is no API key" },
  unresolved_ref: { families: EXPIRY, meaning: "it refers to a secret that is not there" },
  setup_inactive: { families: EXPIRY, meaning: "its setup was never finished" },
  token_age: { families: EXPIRY, meaning: "it is as old as such tokens get" },
  refresh_failed: { families: REFRESH, meaning: "its refresh was refused for good" },
  refresh_failing: { families: REFRESH, meaning: "its refresh does not succeed" },
  refresh_stuck: { families: REFRESH, meaning: "its refresh does not end" },
  disabled: { families: UNUSABLE, meaning: "OpenClaw disabled it, for billing for example" },
  blocked: { families: UNUSABLE, meaning: "its use is over for a while, such as a subscription's" },
  cooldown: { families: UNUSABLE, meaning: "OpenClaw waits before it tries it again" },
  implausible_window: { families: UNUSABLE, meaning: "it is shut out for longer than can be meant" },
  shared_refresh_token: { families: ["sharing"], meaning: "two profiles refresh with the same token" },
  not_found: { families: PLACE, meaning: "it is gone" },
  permission_denied: { families: PLACE, meaning: "we may not read it" },
  not_regular: { families: PLACE, meaning: "it is no regular file" },
  too_large: { families: PLACE, meaning: "it is larger than any store" },
  bad_json: { families: PLACE, meaning: "it is no valid JSON" },
  wrong_shape: { families: PLACE, meaning: "it holds something else" },
  sqlite_busy: { families: PLACE, meaning: "its database stays locked" },
  sqlite_corrupt: { families: PLACE, meaning: "its database is damaged" },
  sqlite_no_table: { families: PLACE, meaning: "its database has no table of credentials" },
  empty_file: { families: PLACE, meaning: "it is empty" },
  migration_required: { families: PLACE, meaning: "OpenClaw has to migrate it first" },
  symlink_loop: { families: PLACE, meaning: "its links go in a circle" },
  config_invalid: { families: PLACE, meaning: "OpenClaw's config cannot be understood" },
  outdated: { families: REMOTE, meaning: "another host has not looked at its stores for too long" },
  unreachable: { families: REMOTE, meaning: "another host does not answer" },
  newer_schema: { families: PLACE, meaning: "it is of a version we do not know; told as info" },
  invalid_entry: { families: PLACE, meaning: "some of its entries make no sense; told as info" },
};

export const REASON_NAMES: readonly string[] = Object.keys(CONDITION_REASONS);
