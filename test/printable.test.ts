import { describe, expect, test } from "vitest";
import { isPrintable, replaceUnprintable } from "../src/printable.ts";

describe("text that cannot be seen", () => {
  test.each([
    ["plain", "anthropic:default ~", true, "anthropic:default ~"],
    ["empty", "", true, ""],
    ["other scripts", "žluťoučký 龍 🦞", true, "žluťoučký 龍 🦞"],
    ["a line break", "a\nb", false, "a b"],
    ["a tab at the end", "a\t", false, "a "],
    ["an escape sequence", "a\u001b[31mb", false, "ab"],
    ["a character that turns the direction", "a\u202eb", false, "a b"],
    ["a run of them", "a\u200b\u200b\u0000b", false, "a b"],
    ["half of a character", "a\ud83eb", false, "a b"],
    ["delete", "a\u007fb", false, "a b"],
  ])("%s", (_, text, printable, replaced) => {
    expect(isPrintable(text)).toBe(printable);
    expect(isPrintable(text)).toBe(printable);
    expect(replaceUnprintable(text, " ")).toBe(replaced);
  });
});
