import { describe, expect, test } from "vitest";
import { renderEntry, renderRows } from "../../src/commands/entries.ts";
import { findId, lengthOfShortIds } from "../../src/commands/short-id.ts";
import { UsageError } from "../../src/errors.ts";

test("an entry fits into its width: words stay whole, lines are indented, what is empty is left out", () => {
  expect(renderEntry(["a34e33f6", "pending", "", "mail"], ["it expired two hours ago", ""], 20)).toBe(
    "a34e33f6  pending\nmail\n  it expired two\n  hours ago\n",
  );
});

test("rows are a table where it fits, else entries", () => {
  const rows = [["b", "mail", "a title of some length"]];
  expect(renderRows(["ID", "CHANNEL", "TITLE"], rows, 80)).toBe(
    "ID  CHANNEL  TITLE\nb   mail     a title of some length\n",
  );
  expect(renderRows(["ID", "CHANNEL", "TITLE"], rows, 16)).toBe("b  mail\n  a title of\n  some length\n");
});

describe("short ids", () => {
  test("are as long as it takes to tell them apart", () => {
    expect(lengthOfShortIds(["0123456789", "1123456789"])).toBe(8);
    expect(lengthOfShortIds(["0123456789a", "0123456789b"])).toBe(11);
  });

  test("a beginning finds the one id that has it, a whole id itself", () => {
    expect(findId("ab", ["abc", "bcd"], "x", "y")).toBe("abc");
    expect(findId("ab", ["ab", "abc"], "x", "y")).toBe("ab");
  });

  test.each([
    ["", "expected the id of a silence"],
    ["z", "expected the id of a silence"],
    ["a", "write more of ab, ac"],
  ])("%j finds none, and says what would", (given, complaint) => {
    expect(() => findId(given, ["ab", "ac"], "a silence", "look")).toThrow(UsageError);
    expect(() => findId(given, ["ab", "ac"], "a silence", "look")).toThrow(complaint);
  });
});
