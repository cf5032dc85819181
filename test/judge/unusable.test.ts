import { expect, test } from "vitest";
import { blocksEveryModel, findUnusable } from "../../src/judge/unusable.ts";
import { HOUR, inMs, NOW, usage } from "./reading-builder.ts";

const until = (ms: number, reason: string | null = null, model: string | null = null) => ({
  until: inMs(ms),
  reason,
  model,
});

test.each([
  { name: "nothing recorded", usage: {}, expected: null },
  { name: "cooldown ended 1 ms ago", usage: { cooldown: until(-1) }, expected: null },
  { name: "cooldown ends now", usage: { cooldown: until(0) }, expected: null },
  { name: "cooldown ends in 1 ms", usage: { cooldown: until(1, "timeout") }, expected: "cooldown timeout 1" },
  {
    name: "disabled 5 h under a cooldown of 6 h ends with the cooldown",
    usage: { disabled: until(5 * HOUR, "billing"), cooldown: until(6 * HOUR) },
    expected: `disabled billing ${6 * HOUR}`,
  },
  {
    name: "a disable that is over does not name a cooldown that is not",
    usage: { disabled: until(-1, "billing"), cooldown: until(HOUR, "rate_limit") },
    expected: `cooldown rate_limit ${HOUR}`,
  },
  {
    name: "a block is a kind of its own",
    usage: { blocked: until(HOUR, "subscription_limit"), cooldown: until(1, "timeout") },
    expected: `blocked subscription_limit ${HOUR}`,
  },
  {
    name: "a cooldown without a reason takes the most frequent failure",
    usage: {
      cooldown: until(1),
      failureCounts: new Map([
        ["timeout", 1],
        ["auth", 3],
        ["billing", 3],
      ]),
    },
    expected: "cooldown auth 1",
  },
  { name: "no reason anywhere", usage: { cooldown: until(1) }, expected: "cooldown unknown 1" },
  {
    name: "a reason OpenClaw does not know yet",
    usage: { cooldown: until(1, "moon_phase") },
    expected: "cooldown moon_phase 1",
  },
])("$name", ({ usage: over, expected }) => {
  const found = findUnusable("anthropic", usage(over), NOW);
  expect(found && `${found.kind} ${found.reason} ${found.until.getTime() - NOW.getTime()}`).toBe(expected);
});

test.each(["openrouter", "kilocode"])("%s ignores windows", (provider) => {
  expect(findUnusable(provider, usage({ disabled: until(HOUR) }), NOW)).toBeNull();
});

test("a block of one model does not hide a cooldown of all", () => {
  const both = usage({ blocked: until(9, null, "a"), cooldown: until(5) });
  expect(findUnusable("anthropic", both, NOW)?.model).toBeNull();
  const alone = usage({ blocked: until(9, null, "a"), cooldown: until(-5) });
  expect(findUnusable("anthropic", alone, NOW)?.model).toBe("a");
});

test("a window for one model leaves the others usable", () => {
  const found = findUnusable("anthropic", usage({ cooldown: until(1, "rate_limit", "a") }), NOW);
  if (found === null) throw new Error("expected a window");
  expect(blocksEveryModel(found, ["a"])).toBe(true);
  expect(blocksEveryModel(found, ["a", "b"])).toBe(false);
  expect(blocksEveryModel(found, [])).toBe(true);
});
