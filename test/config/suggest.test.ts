import { expect, test } from "vitest";
import { suggest } from "../../src/config/suggest.ts";

const KEYS = ["schedule", "timezone", "policy", "listenAddress", "web", "log"];

test.each([
  ["a letter missing", "polcy", "policy"],
  ["a letter too many", "schedulle", "schedule"],
  ["two letters swapped", "tiemzone", "timezone"],
  ["another style", "listen_address", "listenAddress"],
  ["another case", "TIMEZONE", "timezone"],
  ["the beginning of one", "listen", "listenAddress"],
  ["one with more behind it", "scheduleCron", "schedule"],
  ["nothing like it", "notifications", null],
  ["too short to be the beginning of one", "tim", null],
  ["empty", "", null],
  ["endless", "schedule".repeat(1000), null],
])("%s", (_name, word, expected) => {
  expect(suggest(word, KEYS)).toBe(expected);
});
