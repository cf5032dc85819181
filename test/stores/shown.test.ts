import { describe, expect, test } from "vitest";
import { showId, showText } from "../../src/stores/shown.ts";
import { fakeDigest } from "./sandbox.ts";

describe("showText", () => {
  test.each([
    ["plain text", "anthropic:p@example.com", "anthropic:p@example.com"],
    ["a short secret-like word", "sk-short", "sk-short"],
    ["a secret", "x sk-ant-oat01-CANARYCANARYCANARY y", "x [redacted] y"],
    ["terminal escapes", "a\u001B[31mb\n", "a\uFFFD[31mb\uFFFD"],
    ["text without end", "ab ".repeat(1_000), "ab ".repeat(1_000).slice(0, 200)],
    [
      "a secret across the cut",
      `${"ab ".repeat(65)}CANARY9${"x".repeat(400)}`,
      `${"ab ".repeat(65)}[redacted]`.slice(0, 200),
    ],
  ])("%s", (_name, raw, shown) => {
    expect(showText(raw)).toBe(shown);
  });

  test.each([
    ["wherever it stands", "a CANARY-1 b canary-1", "CANARY-1", "a [redacted] b [redacted]"],
    ["with signs that mean something in a pattern", "x.(CANARY)+ y", ".(CANARY)+", "x[redacted] y"],
    ["that is the word put in its place", "a redacted b", "redacted", "a [redacted] b"],
  ])("redacts a secret that it was told of %s", (_name, raw, secret, shown) => {
    expect(showText(raw, [secret])).toBe(shown);
  });

  test("takes milliseconds for the worst text we know", () => {
    expect(showText("eyJ".repeat(5_000_000))).not.toBe("");
  });
});

describe("showId", () => {
  test("two ids that look alike once altered stay two, and each stays itself", () => {
    const ids = ["a\u0001", "a\u0002", "a\u0001"].map((id) => showId(id, fakeDigest));
    expect(ids[0]).toMatch(/^a\uFFFD~[0-9a-f]{8}$/);
    expect(ids[1]).not.toBe(ids[0]);
    expect(ids[2]).toBe(ids[0]);
  });

  test("an id that needs no change gets none", () => {
    expect(showId("anthropic:default", fakeDigest)).toBe("anthropic:default");
  });
});
