import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interpolate } from "../../src/config/interpolate.ts";
import { parseConfig } from "../../src/config/parse.ts";

const ENV = { NAME: "value", EMPTY: "", NESTED: "${NAME}", _x1: "under" };

describe("interpolate", () => {
  test.each([
    ["no variable", "plain", "plain", false],
    ["a variable", "${NAME}", "value", true],
    ["several, with text around", "a-${NAME}/${_x1}-z", "a-value/under-z", true],
    ["an empty variable", "[${EMPTY}]", "[]", true],
    ["a fallback for an unset one", "${UNSET:-x y}", "x y", true],
    ["a fallback for an empty one", "${EMPTY:-x}", "x", true],
    ["an empty fallback", "${UNSET:-}", "", true],
    ["a fallback that is not needed", "${NAME:-x}", "value", true],
    ["an escaped dollar", "$${NAME}", "${NAME}", false],
    ["an escaped dollar before a variable", "$$${NAME}", "$value", true],
    ["a lone dollar", "5$ and $NAME", "5$ and $NAME", false],
    ["a value is not looked at again", "${NESTED}", "${NAME}", true],
  ])("%s", (_name, text, expected, isFromEnv) => {
    expect(interpolate(text, ENV)).toEqual({ kind: "text", text: expected, isFromEnv });
  });

  test.each([
    ["an unset variable", "a ${UNSET}", { kind: "missing", variable: "UNSET" }],
    ["a member of every object", "${constructor}", { kind: "missing", variable: "constructor" }],
    ["no name", "${}", { kind: "malformed", reference: "${}" }],
    ["not a name", "${a-b}", { kind: "malformed", reference: "${a-b}" }],
    ["never closed", "x${NAME", { kind: "malformed", reference: "${NAME" }],
  ])("%s", (_name, text, expected) => {
    expect(interpolate(text, ENV)).toEqual(expected);
  });

  test("any text survives when its dollars are doubled", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(interpolate(text.replaceAll("$", "$$$$"), {})).toEqual({ kind: "text", text, isFromEnv: false });
      }),
    );
  });
});

test("text of digits stays text where text is wanted, and becomes a number where one is", async () => {
  const text = "storage: {path: '/${DIGITS}'}\nmetrics: {maxSeries: '${DIGITS}'}\nwatch: '${OFF}'";
  const config = await parseConfig(text, "c.yaml", { DIGITS: "5000", OFF: "false" });
  expect([config.storage.path, config.metrics.maxSeries, config.watch]).toEqual(["/5000", 5000, false]);
});
