import { describe, expect, test } from "vitest";
import { loadJson5, parseConfigText } from "../../src/discovery/config-text.ts";

describe("parseConfigText", () => {
  test("takes plain JSON without the parser for JSON5, and a byte order mark", () => {
    expect(parseConfigText('\uFEFF{"a": 1}', null)).toEqual({ kind: "value", value: { a: 1 } });
  });

  test("asks for the parser when it is needed", () => {
    expect(parseConfigText("{a: 1}", null)).toEqual({ kind: "needs-json5" });
  });

  test("takes comments, trailing commas, bare keys and single quotes", async () => {
    const text = "// top\n{ a: 'x', /* in between */ b: [1, 2,], }";
    expect(parseConfigText(text, await loadJson5())).toEqual({ kind: "value", value: { a: "x", b: [1, 2] } });
  });

  test("says where the mistake is, and nothing of what is there", async () => {
    const found = parseConfigText('{\n  key: "CANARY" "sk-CANARY"\n}', await loadJson5());
    expect(found).toEqual({ kind: "failed", at: { line: 2, column: 17 } });
  });

  test("a text that is cut off fails", async () => {
    expect(parseConfigText('{"a": ', await loadJson5()).kind).toBe("failed");
  });
});
