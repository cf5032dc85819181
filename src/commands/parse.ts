import { parseArgs, type ParseArgsOptionDescriptor } from "node:util";
import type { CommandContext, CommandSpec, OptionSpec, RunCommand } from "./command.ts";
import { COMMON_OPTIONS } from "./commands.ts";
import { OptionValues } from "./option-values.ts";

export type ParsedCommandLine =
  | { readonly kind: "run"; readonly load: () => Promise<RunCommand>; readonly options: OptionValues }
  | { readonly kind: "print"; readonly text: string; readonly code: number };

/**
 * What a command line asks for. The usual ones, a command and then its options, are parsed by Node itself: loading the
 * library that knows all the others would take a third of the time of a whole check. Throws `UsageError`.
 */
export async function parseCommandLine(
  argv: readonly string[],
  commands: readonly CommandSpec[],
  terminal?: Pick<CommandContext, "stdout" | "env">,
): Promise<ParsedCommandLine> {
  const plain = parsePlainly(argv, commands);
  if (plain !== null) return plain;
  const [{ explainCommandLine }, { widthOf }] = await Promise.all([import("./explain.ts"), import("./width.ts")]);
  return explainCommandLine(argv, commands, terminal === undefined ? undefined : widthOf(terminal));
}

/** Null for whatever is out of the ordinary: a mistake, a call for help, an argument, an option before the command. */
export function parsePlainly(argv: readonly string[], commands: readonly CommandSpec[]): ParsedCommandLine | null {
  const [name, ...rest] = argv;
  const spec = commands.find((command) => command.name === name);
  if (spec === undefined) return null;
  if (spec.load === undefined) return parsePlainly(rest, spec.commands ?? []);
  if (spec.argument !== undefined) return null;
  const options = [...COMMON_OPTIONS, ...spec.options];
  const values = parseOptions(rest, options);
  return values === null ? null : { kind: "run", load: spec.load, options: values };
}

function parseOptions(args: readonly string[], specs: readonly OptionSpec[]): OptionValues | null {
  const byName = new Map(specs.map((spec) => [nameOf(spec), spec]));
  // Also what is meant once may be given twice: each value must be a possible one, and the last one counts.
  const options = Object.fromEntries([...byName].map(([name, spec]) => [name, toDescriptor(spec)]));
  try {
    const { values } = parseArgs({ args: [...args], options, allowPositionals: false });
    const given = new Map<string, unknown>();
    for (const [name, spec] of byName) {
      const found = values[name];
      if (found === undefined) continue;
      const texts = Array.isArray(found) ? found.map(String) : [];
      if (!texts.every((text) => spec.choices?.includes(text) ?? true)) return null;
      given.set(name, spec.isRepeatable === true ? texts : (texts.at(-1) ?? true));
    }
    return new OptionValues(given);
  } catch {
    return null;
  }
}

function nameOf({ flags }: OptionSpec): string {
  return flags.replace(/^--/, "").replace(/ .*$/, "");
}

function toDescriptor({ flags }: OptionSpec): ParseArgsOptionDescriptor {
  return flags.includes(" ") ? { type: "string", multiple: true } : { type: "boolean" };
}
