import { expect, test } from "vitest";
import { createRateLimit } from "../../src/web/rate-limit.ts";

test("lets a burst pass, then one per interval, and saves up no more than a burst", () => {
  let nowMs = 0;
  const mayPass = createRateLimit({ intervalMs: 1_000, burst: 2 }, () => nowMs);
  expect([mayPass(), mayPass(), mayPass()]).toEqual([true, true, false]);
  nowMs = 999;
  expect(mayPass()).toBe(false);
  nowMs = 1_000;
  expect([mayPass(), mayPass()]).toEqual([true, false]);
  nowMs = 3_600_000;
  expect([mayPass(), mayPass(), mayPass()]).toEqual([true, true, false]);
});

test("without a limit everything passes", () => {
  const mayPass = createRateLimit(null, () => 0);
  expect(Array.from({ length: 1_000 }, mayPass)).not.toContain(false);
});
