import { describe, expect, test } from "vitest";
import { hasReference, readEnvBlock, readKeyState, substituteVariables } from "../../src/discovery/config-variables.ts";

describe("substituteVariables", () => {
  const lookUp = (name: string): string | undefined => ({ ONE: "1", BLANK: " ", NULL: "null" })[name];

  test.each([
    ["a variable", "a${ONE}b", "a1b"],
    ["two of them", "${ONE}${ONE}", "11"],
    ["a missing one stays", "${NONE}", "${NONE}"],
    ["a blank one stays", "${BLANK}", "${BLANK}"],
    ["the word null is nothing", "${NULL}", "${NULL}"],
    ["the escape is the text", "$${ONE}", "${ONE}"],
    ["lower case is no variable", "${one}", "${one}"],
    ["nor is a bare dollar", "$ONE", "$ONE"],
  ])("%s: %j", (_name, text, expected) => {
    expect(substituteVariables(text, lookUp)).toBe(expected);
  });

  test("reaches into lists and objects, and leaves other values", () => {
    expect(substituteVariables({ a: ["${ONE}", 2, null], b: { c: "${ONE}" } }, lookUp)).toEqual({
      a: ["1", 2, null],
      b: { c: "1" },
    });
  });

  test("drops __proto__, keeps constructor", () => {
    const hostile = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"x": 1}}') as unknown;
    const result = substituteVariables(hostile, lookUp) as Record<string, unknown>;
    expect(Object.keys(result)).toEqual(["constructor"]);
    expect(result["polluted"]).toBeUndefined();
  });
});

test("readEnvBlock takes env.vars and the strings beside it, not blank or unresolved ones", () => {
  const env = {
    A_KEY: "CANARY-a",
    shellEnv: { enabled: true },
    BLANK: " ",
    vars: { B_KEY: "CANARY-b", C_KEY: "${NOPE}", N: 1 },
  };
  expect([...readEnvBlock({ env }).keys()]).toEqual(["A_KEY", "B_KEY"]);
});

describe("readKeyState", () => {
  const hasVariable = (name: string): boolean => name === "SET_API_KEY";

  test.each([
    ["literal text", "sk-CANARY", "present"],
    ["nothing", undefined, "absent"],
    ["blank", "  ", "absent"],
    ["a number", 5, "absent"],
    ["a variable left as written", "${MY_KEY}", "unresolved"],
    ["the name of a variable that is set", "SET_API_KEY", "present"],
    ["the name of a variable that is not", "UNSET_API_KEY", "unresolved"],
    ["a reference to a set variable", { source: "env", provider: "default", id: "SET_API_KEY" }, "present"],
    ["a reference to an unset one", { source: "env", id: "UNSET" }, "unresolved"],
    ["a reference to a file", { source: "file", id: "/run/secrets/key" }, "present"],
    ["a reference to a program", { source: "exec", id: "op/key" }, "present"],
    ["an object that is no reference", { id: "x" }, "absent"],
  ])("%s", (_name, apiKey, expected) => {
    expect(readKeyState(apiKey, hasVariable)).toBe(expected);
  });
});

test("hasReference gives the same answer twice", () => {
  expect([hasReference("${A}"), hasReference("${A}"), hasReference("$A")]).toEqual([true, true, false]);
});
