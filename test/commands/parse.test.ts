import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CommandSpec } from "../../src/commands/command.ts";
import { COMMANDS, COMMON_OPTIONS } from "../../src/commands/commands.ts";
import { explainCommandLine } from "../../src/commands/explain.ts";
import { type ParsedCommandLine, parsePlainly } from "../../src/commands/parse.ts";

function show(parsed: ParsedCommandLine | null): unknown {
  if (parsed?.kind !== "run") return parsed;
  return { load: String(parsed.load), options: Object.fromEntries(parsed.options.entries()) };
}

describe("the usual command lines", () => {
  test.each([
    ["no option", ["check"]],
    ["switch", ["check", "--json"]],
    ["value", ["check", "--warn", "48h"]],
    ["value after =", ["check", "--warn=48h"]],
    ["repeated", ["check", "--agent", "a", "--agent", "b"]],
    ["the last one wins", ["check", "--warn", "1h", "--warn", "2h"]],
    ["dotted name", ["check", "--config.file", "x.yaml"]],
    ["dotted name with dashes", ["serve", "--web.listen-address", ":1", "--web.enable-lifecycle"]],
    ["subcommand", ["config", "init", "--force"]],
  ])("%s: parsed without the big library, to the same", (_name, args) => {
    const plain = parsePlainly(args, COMMANDS);
    expect(plain).not.toBeNull();
    expect(show(plain)).toEqual(show(explainCommandLine(args, COMMANDS)));
  });

  test.each([
    ["a value that begins with a dash", ["check", "--at", "-2h"], { at: "-2h" }],
    ["an option before the command", ["--home", "/x", "check"], { home: ["/x"] }],
  ])("%s is left to it", (_name, args, options) => {
    expect(parsePlainly(args, COMMANDS)).toBeNull();
    expect(show(explainCommandLine(args, COMMANDS))).toMatchObject({ options });
  });
});

test("whatever is parsed plainly means the same to the big library", () => {
  const leaves = COMMANDS.flatMap(
    (spec) => spec.commands?.map((child) => [spec.name, child] as const) ?? [["", spec] as const],
  );
  const argv = fc
    .constantFrom(...leaves)
    .chain(([group, spec]) =>
      fc.array(option(spec)).map((options) => [...(group === "" ? [] : [group]), spec.name, ...options.flat()]),
    );
  const means = fc.property(argv, (args) => {
    const plain = parsePlainly(args, COMMANDS);
    return plain === null || isDeepStrictEqual(show(plain), show(explainCommandLine(args, COMMANDS)));
  });
  expect(fc.check(means).counterexample).toBeNull();
});

function option(spec: CommandSpec): fc.Arbitrary<readonly string[]> {
  const value = fc.oneof(fc.string(), fc.constantFrom("all", "-1", "--", "--json", "text", "="));
  return fc.constantFrom(...COMMON_OPTIONS, ...spec.options).chain(({ flags, choices }) => {
    const [name = "", placeholder] = flags.split(" ");
    if (placeholder === undefined) return fc.constant([name]);
    const values = choices === undefined ? value : fc.oneof(value, fc.constantFrom(...choices));
    return values.chain((text) => fc.constantFrom<readonly string[]>([name, text], [`${name}=${text}`]));
  });
}
