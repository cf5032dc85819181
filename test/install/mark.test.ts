import { expect, test } from "vitest";
import { addMark, readMark } from "../../src/install/mark.ts";

const TEXT = "[Service]\nExecStart=/bin/true\n";
const WRITTEN = addMark(TEXT, "1.2.3");

test("the mark is a comment behind the text", () => {
  expect(WRITTEN).toMatch(
    /^\[Service\]\nExecStart=\/bin\/true\n# agent-auth-exporter 1\.2\.3 wrote this; sha256 [0-9a-f]{64}\n$/,
  );
});

test.each([
  ["as written", WRITTEN, "intact"],
  ["one character changed", WRITTEN.replace("true", "tree"), "edited"],
  ["a line in front", `# mine\n${WRITTEN}`, "edited"],
  ["the hash changed", WRITTEN.replace(/[0-9a-f]\n$/, (end) => (end.startsWith("0") ? "1\n" : "0\n")), "edited"],
  ["a line behind", `${WRITTEN}Nice=5\n`, "edited"],
  ["the last line break gone", WRITTEN.trimEnd(), "edited"],
  ["as written twice, one behind the other", `${WRITTEN}${WRITTEN}`, "edited"],
  ["no mark", TEXT, "foreign"],
  ["nothing", "", "foreign"],
])("%s", (_name, text, mark) => {
  expect(readMark(text)).toBe(mark);
});
