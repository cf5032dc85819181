import { describe, expect, test } from "vitest";
import { isWanted, matchesGlob, suits } from "../../src/alerts/match.ts";
import { isSilenced } from "../../src/alerts/silence.ts";
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
