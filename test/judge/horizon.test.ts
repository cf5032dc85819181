import fc from "fast-check";
import { expect, test } from "vitest";
import { credential, DAY, HOUR, inMs, judged, NOW, single, state, usage } from "./reading-builder.ts";

const instant = fc.integer({ min: -3 * DAY, max: 10 * DAY }).map(inMs);
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const window = instant.map((until) => ({ until, reason: "rate_limit", model: null }));

const anyCredential = fc
  .record({
    type: fc.constantFrom("token", "oauth", "api_key"),
    hasRefresh: fc.boolean(),
    expiry: instant.map((at) => ({ kind: "at", at }) as const),
    fence: fc.constantFrom("none", "none", "pending"),
  })
  .map((over) => credential(over));

const anyUsage = fc
  .record({
    lastUsedAt: maybe(instant),
    lastFailureAt: maybe(instant),
    cooldown: maybe(window),
    disabled: maybe(window),
    blocked: maybe(window),
    failureCounts: fc.constantFrom(new Map(), new Map([["auth", 1]])),
  })
  .map((over) => usage(over));

test("until the snapshot's end of validity nothing would be judged differently, whatever the readings", () => {
  fc.assert(
    fc.property(anyCredential, anyUsage, fc.double({ min: 0, max: 1, noNaN: true }), (one, record, fraction) => {
      const second = credential({ profileId: "anthropic:b", expiry: { kind: "at", at: inMs(HOUR) } });
      const reading = single([one, second], {}, state({ usage: new Map([[one.profileId, record]]) }));
      const first = judged(reading);
      const since = Object.fromEntries([...first.observed].map((key) => [key, NOW]));
      const endMs = first.snapshot.validUntil?.getTime() ?? NOW.getTime() + 20 * DAY;
      const laterMs = NOW.getTime() + Math.floor(fraction * (endMs - 1 - NOW.getTime()));
      const later = judged(reading, { now: new Date(laterMs), since });
      expect(later.snapshot.installations).toEqual(first.snapshot.installations);
    }),
    { numRuns: 2_000 },
  );
});

test("a snapshot that can never change has no end", () => {
  expect(judged(single([credential()])).snapshot.validUntil).toBeNull();
});
