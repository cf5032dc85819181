import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs, boundRetryAfter } from "../../src/alerts/backoff.ts";

describe("the wait after a failure", () => {
  it.each([
    [1, 5_000, 10_000],
    [2, 5_000, 20_000],
    [7, 5_000, 640_000],
    [8, 5_000, 900_000],
    [5_000, 5_000, 900_000],
  ])("after %i in a row is between %i and %i ms", (failures, shortest, longest) => {
    expect(backoffMs(failures, () => 0)).toBe(shortest);
    expect(longest - backoffMs(failures, () => 1 - Number.EPSILON)).toBeLessThanOrEqual(1);
  });

  it("uses all of its room", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (share) => {
        expect(backoffMs(3, () => share)).toBe(5_000 + Math.floor(share * 35_000));
      }),
    );
  });
});

describe("what the server asks for", () => {
  it.each([
    [null, 0],
    [-1, 0],
    [0, 0],
    [90_000, 90_000],
    [3_600_001, 3_600_000],
    [Number.NaN, 0],
    [Number.POSITIVE_INFINITY, 3_600_000],
  ])("%s ms is taken for %i", (asked, taken) => {
    expect(boundRetryAfter(asked)).toBe(taken);
  });
});
