import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { CommandSpec } from "../../src/commands/command.ts";
import { COMMANDS, COMMON_OPTIONS } from "../../src/commands/commands.ts";
import { FORMAT_NAMES } from "../../src/format/format.ts";
import { DEFAULT_QUESTION } from "../../src/findings.ts";
import { renderJson } from "../../src/format/json.ts";
import { sampleSnapshot } from "../format/sample.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const cli = readFileSync(join(ROOT, "docs/cli.md"), "utf8");
const json = readFileSync(join(ROOT, "docs/json.md"), "utf8");

describe("docs/cli.md", () => {
  test.each(COMMANDS)("documents $name with every option", (spec) => {
    const section = sectionOf(spec);
    const options = [spec, ...listCommands(spec)].flatMap((child) => child.options);
    expect(options.map(({ flags }) => flags).filter((flags) => !section.includes(flags))).toEqual([]);
    expect(
      (spec.commands ?? []).filter(({ name }) => !new RegExp(`\`${spec.name} ${name}[\` ]`).test(section)),
    ).toEqual([]);
  });

  test("documents the common options, formats and every choice", () => {
    expect(COMMON_OPTIONS.map(({ flags }) => flags).filter((flags) => !cli.includes(`\`${flags}\``))).toEqual([]);
    const choices = [...COMMON_OPTIONS, ...COMMANDS.flatMap((spec) => spec.options)].flatMap(
      (option) => option.choices ?? [],
    );
    expect([...choices, ...FORMAT_NAMES].filter((word) => !cli.includes(`\`${word}\``))).toEqual([]);
  });
});

test("docs/json.md names every field of the document", () => {
  const text = renderJson({ snapshot: sampleSnapshot(), question: DEFAULT_QUESTION, findings: [], exitCode: 0 });
  const names = new Set<string>();
  JSON.parse(text, (key: string, value: unknown) => {
    if (key !== "" && !/^\d+$/.test(key)) names.add(key);
    return value;
  });
  expect([...names].filter((name) => !new RegExp(`\\b${name}\\b`).test(json))).toEqual([]);
  expect(names.size).toBeGreaterThan(60);
});

function listCommands({ commands = [] }: CommandSpec): readonly CommandSpec[] {
  return commands.flatMap((child) => [child, ...listCommands(child)]);
}

function sectionOf({ name }: CommandSpec): string {
  const [, section = ""] = cli.split(new RegExp(`^## \`${name}\\b`, "m"));
  return section.split("\n## ")[0] ?? "";
}
