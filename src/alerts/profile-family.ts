import type { ProfileVerdictReason } from "../snapshot.ts";
import type { Family } from "./condition.ts";

/** The kind of trouble that a profile's verdict is; null when it is none. */
export const FAMILY_OF_REASON: Record<ProfileVerdictReason, Family | null> = {
  ok: null,
  refreshable: null,
  refresh_failing: "refresh",
  refresh_failed: "refresh",
  refresh_stuck: "refresh",
  expired: "expiry",
  expiring: "expiry",
  missing_credential: "expiry",
  invalid_expires: "expiry",
  malformed_api_key: "expiry",
  unresolved_ref: "expiry",
  setup_inactive: "expiry",
  token_age: "expiry",
  disabled: "unusable",
  blocked: "unusable",
  cooldown: "unusable",
  implausible_window: "unusable",
  shared_refresh_token: "sharing",
};
