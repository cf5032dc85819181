import { describe, expect, test } from "vitest";
import type { CommandSpec } from "../../src/commands/command.ts";
import { COMMANDS } from "../../src/commands/commands.ts";
import { explainCommandLine } from "../../src/commands/explain.ts";
import { measure } from "../../src/format/terminal.ts";

function listPaths(commands: readonly CommandSpec[], before: readonly string[] = []): readonly (readonly string[])[] {
  return commands.flatMap(({ name, commands: children = [] }) => {
    const path = [...before, name];
    return [path, ...listPaths(children, path)];
  });
}

function help(path: readonly string[], width: number): string {
  const parsed = explainCommandLine([...path, "--help"], COMMANDS, width);
  return parsed.kind === "print" ? parsed.text : "";
}

const ALL = [[], ...listPaths(COMMANDS)].map((path) => ({ command: ["agent-auth", ...path].join(" "), path }));

describe.each([40, 60, 80, 200])("help in %i columns", (width) => {
  test.each(ALL)("$command", ({ command, path }) => {
    const lines = help(path, width).split("\n");
    expect(lines.filter((line) => measure(line) > width)).toEqual([]);
    expect(lines.join(" ").replaceAll(/\s+/g, " ")).toContain(`Usage: ${command}`);
    expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
  });
});

test("on a phone what an option does stands below it", () => {
  expect(help(["notify", "silence", "add"], 40)).toContain(`Usage: agent-auth notify silence add
       [options] <matchers>

silence what matches, such as
'provider=openai,agent=ops'

Arguments:
  matchers
      label=pattern, several with
      commas; * stands for any text
`);
});

test("on a terminal of usual width it stands beside it", () => {
  expect(help(["check"], 80)).toContain(`
  --warn <duration>       how long before its end something is expiring
                          (default: 24h)
`);
  expect(help([], 80)).toMatch(/\n\nExit codes of check: 0 ok, .* could\nnot be checked, .*, 78 bad config\.\n$/);
});
