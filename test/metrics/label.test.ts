import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeLabelValue, nameLabels, pair } from "../../src/metrics/label.ts";

function masked(...ids: readonly string[]): readonly (string | undefined)[] {
  const names = nameLabels(ids, "masked");
  return ids.map((id) => names.get(id));
}

describe("nameLabels", () => {
  it.each([
    ["a plain id stays", "anthropic:default", "anthropic:default"],
    ["an e-mail address is masked", "anthropic:peter@example.com", "anthropic:p***@example.com"],
    ["a key pasted as an id is redacted", "sk-ant-CANARY-0123456789", "[redacted]"],
    ["a control character becomes a space", "a\u0000b\nc", "a b c"],
    ["half a surrogate pair becomes the replacement character", "a\uD800", "a\uFFFD"],
  ])("%s", (_, id, label) => {
    expect(masked(id)).toEqual([label]);
  });

  it("shows e-mail addresses when told to, but never what looks like a secret", () => {
    const names = nameLabels(["peter@example.com", "sk-ant-CANARY-0123456789"], "plain");
    expect([...names.values()]).toEqual(["peter@example.com", "[redacted]"]);
  });

  it("tells ids that became equal apart by a digest that depends on the id alone", () => {
    const [first, second] = masked("anthropic:peter@example.com", "anthropic:paul@example.com");
    expect(first).toMatch(/^anthropic:p\*\*\*@example\.com~[0-9a-f]{4}$/);
    expect(second).not.toBe(first);
    expect(masked("anthropic:paul@example.com", "other", "anthropic:peter@example.com")).toEqual([
      second,
      "other",
      first,
    ]);
  });

  it("cuts a long id to 128 characters and marks it with a digest, alone or not", () => {
    const [label] = masked(`${"a ".repeat(100)}`);
    expect(label).toHaveLength(128);
    expect(label).toMatch(/~[0-9a-f]{4}$/);
  });

  it("still tells apart what was written to look like the label of others", () => {
    const first = "peter@example.com";
    const second = "paul@example.com";
    const labels = [...nameLabels([first, second], "masked").values()];
    const all = masked(first, second, ...labels);
    expect(new Set(all).size).toBe(4);
  });

  it("gives different labels to ten thousand addresses of one mask", () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `p${index}@example.com`);
    const labels = [...nameLabels(ids, "masked").values()];
    expect(new Set(labels).size).toBe(10_000);
    expect(labels.every((label) => /^p\*\*\*@example\.com~[0-9a-f]{4,16}$/.test(label))).toBe(true);
  });

  it("names any set of ids, differently, within the length", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: "binary", maxLength: 150 }), { maxLength: 10 }), (ids) => {
        const names = nameLabels(ids, "masked");
        const labels = ids.map((id) => names.get(id) ?? "missing");
        expect(new Set(labels).size).toBe(ids.length);
        expect(labels.every((label) => label.length <= 128 && label.isWellFormed())).toBe(true);
      }),
    );
  });
});

describe("pair", () => {
  it("escapes backslash, quote and line feed", () => {
    expect(pair("profile", 'a"b\\c\nd')).toBe(String.raw`profile="a\"b\\c\nd"`);
    expect(escapeLabelValue("plain")).toBe("plain");
  });
});
