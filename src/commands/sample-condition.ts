import type { Condition, Severity } from "../alerts/condition.ts";

const HOUR_MS = 3_600_000;

/** What `notify test` tells of: like a real one, it says of itself that it is none. */
export function makeSampleCondition(severity: Severity, now: Date): Condition {
  return {
    key: "test/sample/expiry",
    installation: "test",
    agent: "sample",
    provider: "anthropic",
    profile: "anthropic:sample",
    family: "expiry",
    reason: severity === "critical" ? "expired" : "expiring",
    severity,
    expiresAt: new Date(now.getTime() + (severity === "critical" ? -1 : 6) * HOUR_MS),
    summary: "This is a test of agent-auth notify test: nothing has happened, and nothing needs to be done.",
    action: "# nothing to do, this is a test",
  };
}
