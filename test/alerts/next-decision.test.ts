import fc from "fast-check";
import { expect, test } from "vitest";
import type { AlertMemory } from "../../src/alerts/alert-store.ts";
import type { Condition } from "../../src/alerts/condition.ts";
import { decide } from "../../src/alerts/decide.ts";
import { decideAgainAt } from "../../src/alerts/given-up.ts";
import { applyChanges, applyDelivery, EMPTY_MEMORY } from "../../src/alerts/memory.ts";
import { nextDecisionAt } from "../../src/alerts/next-decision.ts";
import { DEFAULT_ALERT_POLICY } from "../../src/alerts/policy.ts";
import { channel, condition, setOf } from "./conditions-builder.ts";
import { after, HOUR, MINUTE } from "./timeline.ts";

const LAST_MS = 30 * HOUR;
const STEP_MS = 15 * MINUTE;

const inSteps = (max: number) => fc.integer({ min: 0, max }).map((steps) => steps * STEP_MS);
const anyCondition = fc
  .record({
    profile: fc.constantFrom("a", "b"),
    family: fc.constantFrom("expiry" as const, "unusable" as const, "refresh" as const),
    reason: fc.constantFrom("expiring", "cooldown", "disabled"),
    severity: fc.constantFrom("info" as const, "warning" as const, "critical" as const),
    endMs: inSteps(130),
  })
  .map(({ endMs, ...rest }) => condition({ ...rest, expiresAt: after(endMs) }));
const anyWorld = fc.uniqueArray(anyCondition, { maxLength: 3, selector: ({ key }) => key });
const anySetup = fc.record({
  worlds: fc.tuple(anyWorld, anyWorld),
  changeMs: inSteps(40),
  silenceMs: inSteps(40),
  /** These messages are refused, by number. */
  refused: fc.uniqueArray(fc.integer({ min: 0, max: 6 })),
});
type Setup = typeof anySetup extends fc.Arbitrary<infer T> ? T : never;

const CHANNELS = [
  channel({ evening: { at: "20:00", until: "08:00", timezone: "UTC" } }),
  channel({ name: "pager", minSeverity: "critical" }),
  channel({ name: "quiet", quietHours: { from: "22:00", to: "07:00", timezone: "UTC" }, match: [{ reason: "*i*e*" }] }),
];

/** What is told and when, by deciding at every step, or only when a decision may come out differently. */
function play({ worlds, changeMs, silenceMs, refused }: Setup, isLazy: boolean): readonly string[] {
  const silences = [
    { id: "s", matchers: { profile: "*a*" }, startsAt: after(HOUR), endsAt: after(HOUR + silenceMs), comment: "" },
  ];
  let memory: AlertMemory = { ...EMPTY_MEMORY, silences };
  let [dueMs, made] = [0, 0];
  const lines: string[] = [];
  for (let atMs = 0; atMs <= LAST_MS; atMs += STEP_MS) {
    if (isLazy && atMs < dueMs && atMs !== changeMs) continue;
    const conditions = setOf(atMs < changeMs ? worlds[0] : worlds[1]);
    const input = { conditions, policy: DEFAULT_ALERT_POLICY, channels: CHANNELS, now: after(atMs) };
    const { changes } = decide({ ...input, memory, newId: () => `${made++}` });
    memory = applyChanges(memory, changes);
    const times: (Date | null)[] = [];
    for (const { notification } of changes.notifications) {
      lines.push(`${atMs / MINUTE} ${notification.channel} ${notification.items.map(toLine).join(" + ")}`);
      const isRefused = refused.includes(Number(notification.id));
      memory = applyDelivery(memory, notification, isRefused ? "dead" : "delivered");
      if (isRefused) times.push(decideAgainAt(notification, input.now));
    }
    times.push(nextDecisionAt({ ...input, memory }));
    dueMs = Math.min(...times.map((at) => (at?.getTime() ?? Number.POSITIVE_INFINITY) - after(0).getTime()));
  }
  return lines;
}

function toLine({ because, condition: { key } }: { readonly because: string; readonly condition: Condition }): string {
  return `${because} ${key}`;
}

test("whoever decides only when a decision may come out differently tells the same at the same time", () => {
  const property = fc.property(anySetup, (setup) => {
    expect(play(setup, true)).toEqual(play(setup, false));
  });
  expect(() => fc.assert(property, { numRuns: 30 })).not.toThrow();
});
