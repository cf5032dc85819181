import { describe, expect, test } from "vitest";
import { judgeHealth } from "../../src/judge/health.ts";
import { credential, DAY, expiresIn, MINUTE, NOW } from "./reading-builder.ts";

function statusOf(over: Parameters<typeof credential>[0], warnWithinMs = DAY): string {
  const { status, reasonCode } = judgeHealth(credential(over), warnWithinMs, NOW);
  return reasonCode === null ? status : `${status} ${reasonCode}`;
}

describe("the moments at which a status changes", () => {
  test.each([
    { name: "1 ms after the end", ms: -1, expected: "expired expired" },
    { name: "at the end", ms: 0, expected: "expired expired" },
    { name: "1 ms before the end", ms: 1, expected: "expiring" },
    { name: "1 ms inside the window", ms: DAY - 1, expected: "expiring" },
    { name: "exactly the window", ms: DAY, expected: "expiring" },
    { name: "1 ms outside the window", ms: DAY + 1, expected: "ok" },
  ])("$name: $expected", ({ ms, expected }) => {
    for (const type of ["token", "oauth"] as const) expect(statusOf({ type, expiry: expiresIn(ms) })).toBe(expected);
  });

  test.each([
    { name: "exactly the refresh margin", ms: 5 * MINUTE, expected: "expiring" },
    { name: "1 ms outside it", ms: 5 * MINUTE + 1, expected: "ok" },
  ])("a window below 5 min does not narrow that of OAuth: $name", ({ ms, expected }) => {
    expect(statusOf({ type: "oauth", expiry: expiresIn(ms) }, MINUTE)).toBe(expected);
    expect(statusOf({ type: "token", expiry: expiresIn(ms) }, MINUTE)).toBe("ok");
  });
});

test.each([
  { name: "a fence", over: { type: "oauth", fence: "pending", expiry: expiresIn(-1) } as const, at: null },
  { name: "a token that expired", over: { expiry: expiresIn(-1) }, at: NOW.getTime() - 1 },
  {
    name: "seconds for milliseconds",
    over: { expiry: { kind: "at", at: new Date(1_790_000_000) } } as const,
    at: 1_790_000_000_000,
  },
  { name: "no end recorded", over: {}, at: null },
])("$name has the expiry a person would expect", ({ over, at }) => {
  expect(judgeHealth(credential(over), DAY, NOW).expiresAt?.getTime() ?? null).toBe(at);
});

test.each([
  { name: "below 1e9", value: 1e9 - 1, reason: "expired" },
  { name: "1e9", value: 1e9, reason: "expires_in_seconds" },
  { name: "just below 1e11", value: 1e11 - 1, reason: "expires_in_seconds" },
  { name: "1e11", value: 1e11, reason: "expired" },
])("$name: expired because $reason", ({ value, reason }) => {
  expect(statusOf({ expiry: { kind: "at", at: new Date(value) } })).toBe(`expired ${reason}`);
});

test("inactive, then malformed, then missing is the order in which reasons are given", () => {
  expect(statusOf({ isSetupInactive: true, secret: "absent" })).toBe("missing setup_inactive");
  expect(statusOf({ type: "api_key", secret: "malformed" })).toBe("missing malformed_api_key");
  expect(statusOf({ secret: "absent", expiry: { kind: "invalid" } })).toBe("missing missing_credential");
});

test("a secret kept elsewhere is not missing", () => {
  for (const type of ["api_key", "token"] as const) expect(statusOf({ type, secret: "ref" })).toBe("static");
});
