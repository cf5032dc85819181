import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isWanted, matchesGlob, suits } from "../../src/alerts/match.ts";
import { createShow } from "../../src/alerts/shown.ts";
import { silenceCommand } from "../../src/alerts/silence-command.ts";
import { isSilenced } from "../../src/alerts/silence.ts";
import { parseMatchers } from "../../src/commands/notify-silence.ts";
import { nameLabels } from "../../src/metrics/label.ts";
import { condition } from "./conditions-builder.ts";
import { after, HOUR } from "./timeline.ts";

test.each([
  ["anthropic", "anthropic", true],
  ["anthropic", "anthropi", false],
  ["anthropic", "anthropics", false],
  ["anthropic", "*", true],
  ["anthropic", "an*ic", true],
  ["anthropic", "*th*p*", true],
  ["anthropic", "a?thropic", true],
  ["anthropic", "a*z", false],
  ["", "*", true],
  ["", "?", false],
  ["a.c", "a.c", true],
  ["abc", "a.c", false],
  ["p***@x", "p***@x", true],
])("%j matches %j: %s", (text, glob, expected) => {
  expect(matchesGlob(text, glob)).toBe(expected);
});

test("many stars do not take for ever", () => {
  expect(matchesGlob("a".repeat(5_000), `${"a*".repeat(200)}b`)).toBe(false);
});

describe("what a channel wants", () => {
  test.each([
    ["everything without matchers", [], true],
    ["every field given must suit", [{ agent: "ops", provider: "openai" }], false],
    ["any matcher suffices", [{ agent: "main" }, { reason: "expir*" }], true],
    ["a pattern", [{ provider: "a*" }], true],
  ])("%s", (_name, matchers, expected) => {
    expect(isWanted(condition(), matchers)).toBe(expected);
  });

  test("a condition without a provider suits only what matches nothing", () => {
    expect(suits(condition({ provider: null }), { provider: "anthropic" })).toBe(false);
    expect(suits(condition({ provider: null }), { provider: "*" })).toBe(true);
  });
});

describe("a pattern with a digest behind it", () => {
  const [ada, alice] = ["anthropic:ada@example.com", "anthropic:alice@example.com"];
  const labels = nameLabels([ada, alice], "masked");

  test("means one of those that look alike, as the label of a metric does", () => {
    expect(suits(condition({ profile: ada }), { profile: labels.get(ada) ?? "" })).toBe(true);
    expect(suits(condition({ profile: alice }), { profile: labels.get(ada) ?? "" })).toBe(false);
  });

  test("means nothing when the rest does not match", () => {
    const digest = labels.get(ada)?.slice(-5) ?? "";
    expect(suits(condition({ profile: ada }), { profile: `*${digest}` })).toBe(true);
    expect(suits(condition({ profile: ada }), { profile: `openai:*${digest}` })).toBe(false);
  });

  test("is a pattern like any other for an id that ends like that", () => {
    const redacted = condition({ profile: "[redacted]~94555c38" });
    for (const profile of ["*?94555c38", "[redacted]~94555c38", "*~94555c38"])
      expect(suits(redacted, { profile })).toBe(true);
  });

  test("never means what has no such label", () => {
    expect(suits(condition({ profile: null }), { profile: "*~e3b0c44298fc1c14" })).toBe(false);
    expect(suits(condition({ profile: "" }), { profile: "*~e3b0c44298fc1c14" })).toBe(true);
  });
});

test("the command of a message silences its own credential and no other, whatever their ids", () => {
  const id = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.stringMatching(/^[ab]{1,3}@x$/),
    fc.stringMatching(/^ab?[*?~ ,=']{0,2}$/),
    fc.nat(3).map((end) => `${"a".repeat(70)}${end}`),
  );
  const ids = fc.record({ installation: id, agent: id.filter((text) => text !== ""), profile: id });
  fc.assert(
    fc.property(ids, ids, fc.constantFrom("masked", "plain"), (one, other, emails) => {
      const command = silenceCommand(condition(one), createShow(emails));
      const [, text = ""] = /^agent-auth notify silence add '([^']*)' --for 8h$/.exec(command) ?? [];
      const matchers = parseMatchers(text);
      expect(suits(condition(one), matchers)).toBe(true);
      expect(suits(condition(other), matchers)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
    { numRuns: 2_000 },
  );
});

describe("silences", () => {
  const silence = { id: "1", matchers: { agent: "ops" }, startsAt: after(0), endsAt: after(HOUR), comment: "" };

  test.each([
    ["from its start", {}, 0, true],
    ["until its end", {}, HOUR - 1, true],
    ["not at its end", {}, HOUR, false],
    ["not before its start", {}, -1, false],
    ["one without matchers hides nothing", { matchers: {} }, 0, false],
    ["nor does one with a misspelt label", { matchers: { agnet: "*" } }, 0, false],
    ["by severity", { matchers: { severity: "warning" } }, 0, true],
  ])("%s", (_name, over, atMs, expected) => {
    expect(isSilenced(condition(), [{ ...silence, ...over }], after(atMs))).toBe(expected);
  });
});
