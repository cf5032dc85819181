import fc from "fast-check";
import { expect, test } from "vitest";
import {
  credential,
  DAY,
  expiresIn,
  HOUR,
  inMs,
  judged,
  MINUTE,
  NOW,
  single,
  state,
  usage,
} from "./reading-builder.ts";

/** Near the moments at which something changes, and anywhere between. */
const instant = fc
  .tuple(
    fc.constantFrom(-HOUR, -15 * MINUTE, 0, 5 * MINUTE, HOUR, DAY, 7 * DAY),
    fc.integer({ min: -20 * MINUTE, max: 3 * DAY }),
  )
  .map(([near, off]) => inMs(near + off));
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
    fc.property(anyCredential, anyUsage, fc.boolean(), (one, record, isServed) => {
      const second = credential({ profileId: "anthropic:b" });
      const reading = single(
        isServed ? [one, second] : [one],
        {},
        state({ usage: new Map([[one.profileId, record]]) }),
      );
      const first = judged(reading);
      const since = Object.fromEntries([...first.observed].map((key) => [key, NOW]));
      const endMs = first.snapshot.validUntil?.getTime() ?? NOW.getTime() + 20 * DAY;
      const later = judged(reading, { now: new Date(endMs - 1), since });
      expect(later.snapshot.installations).toEqual(first.snapshot.installations);
    }),
    { numRuns: 5_000 },
  );
});

test.each([
  {
    name: "the grace of a refresh",
    one: credential({ type: "oauth", expiry: expiresIn(-10 * MINUTE) }),
    record: usage({ lastUsedAt: inMs(-5 * MINUTE) }),
    end: inMs(5 * MINUTE + 1),
  },
  {
    name: "the refresh margin of OpenClaw",
    one: credential({ type: "oauth", expiry: expiresIn(HOUR) }),
    record: usage(),
    end: inMs(55 * MINUTE),
  },
])("$name ends it", ({ one, record, end }) => {
  const reading = single([one], {}, state({ usage: new Map([[one.profileId, record]]) }));
  const policy = { warnWithinMs: MINUTE, criticalWithinMs: MINUTE };
  expect(judged(reading, { policy }).snapshot.validUntil).toEqual(end);
});

test("a snapshot that can never change has no end", () => {
  expect(judged(single([credential()])).snapshot.validUntil).toBeNull();
});
