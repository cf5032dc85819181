import { Command, CommanderError, Option } from "commander";
import { EXIT_USAGE, UsageError } from "../errors.ts";
import { wrap } from "../format/terminal.ts";
import { VERSION } from "../version.ts";
import type { CommandSpec, OptionSpec } from "./command.ts";
import { COMMON_OPTIONS } from "./commands.ts";
import { layOutHelp } from "./help-layout.ts";
import { OptionValues } from "./option-values.ts";
import type { ParsedCommandLine } from "./parse.ts";

const EPILOGUE =
  "Exit codes of check: 0 ok, 1 expired or missing, 2 expiring, 3 something could not be checked, " +
  "64 usage, 69 cannot run here, 70 bug, 78 bad config.";

/**
 * What a command line asks for, by the library that also knows help, subcommands and the nearest name. Help is in lines
 * of `width` cells. Throws `UsageError` for what no command understands.
 */
export function explainCommandLine(
  argv: readonly string[],
  commands: readonly CommandSpec[],
  width = 80,
): ParsedCommandLine {
  let printed = "";
  let chosen: ParsedCommandLine | null = null;
  const choose = (parsed: ParsedCommandLine) => {
    chosen = parsed;
  };
  const write = (text: string) => {
    printed += text;
  };
  const program = new Command("agent-auth");
  program
    .description("Watches the credentials of AI agents (OpenClaw, Clawdbot, Moltbot) without touching them.")
    .version(VERSION, "--version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help of a command")
    .addHelpText("after", `\n${wrap(EPILOGUE, width).join("\n")}`)
    .configureHelp({ showGlobalOptions: true, ...layOutHelp(width) })
    .configureOutput({ writeOut: write, writeErr: write, outputError: () => undefined })
    .exitOverride();
  for (const option of COMMON_OPTIONS) program.addOption(toOption(option));
  for (const spec of commands) addCommand(program, spec, choose);
  try {
    program.parse(spellOutHelp(argv, commands), { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return explain(error, printed, listTyped(argv, commands));
    throw error;
  }
  if (chosen === null) throw new Error("no command was chosen");
  return chosen;
}

/** `help config check` means `config check --help`. Left to the library, a name that does not exist would go unsaid. */
function spellOutHelp(argv: readonly string[], commands: readonly CommandSpec[]): readonly string[] {
  const at = argv.indexOf("help");
  const names = argv.toSpliced(at, 1);
  if (at === -1 || names.length === 0 || names.some((name) => name.startsWith("-"))) return argv;
  let known: readonly CommandSpec[] | undefined = commands;
  for (const [index, name] of names.entries()) {
    const spec: CommandSpec | undefined = known?.find((command) => command.name === name);
    // Behind a command that has none of its own, the word is its argument.
    if (spec === undefined) return index < at ? argv : names;
    known = spec.commands;
    if (index < at && known === undefined) return argv;
  }
  return [...names, "--help"];
}

function addCommand(parent: Command, spec: CommandSpec, choose: (parsed: ParsedCommandLine) => void): void {
  const command = parent.command(spec.name).description(spec.summary).allowExcessArguments(false);
  for (const option of spec.options) command.addOption(toOption(option));
  for (const child of spec.commands ?? []) addCommand(command, child, choose);
  const { load, argument } = spec;
  if (argument !== undefined) {
    command.argument(argument.isOptional ? `[${argument.name}]` : `<${argument.name}>`, argument.description);
  }
  const read = (): OptionValues => {
    const [given] = command.args;
    const options = collect(command);
    return argument === undefined || given === undefined ? options : options.with({ [argument.name]: given });
  };
  if (load !== undefined) command.action(() => choose({ kind: "run", load, options: read() }));
}

function toOption({ flags, description, choices, isRepeatable }: OptionSpec): Option {
  const option = new Option(flags, description);
  if (choices !== undefined) option.choices([...choices]);
  if (isRepeatable === true)
    option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  return option;
}

/** Commander turns `--state-dir` into `stateDir`; the name that was typed is the one that everything else uses. */
function collect(command: Command): OptionValues {
  const given: Record<string, unknown> = command.optsWithGlobals();
  const values = new Map<string, unknown>();
  for (let at: Command | null = command; at !== null; at = at.parent) {
    for (const option of at.options) {
      const value = given[option.attributeName()];
      if (value !== undefined) values.set(option.name(), value);
    }
  }
  return new OptionValues(values);
}

/** Names of the commands where the one that was typed should stand. */
function listTyped(argv: readonly string[], commands: readonly CommandSpec[]): readonly string[] {
  let here = commands;
  for (const word of argv) here = here.find(({ name }) => name === word)?.commands ?? here;
  return here.map(({ name }) => name);
}

function explain(error: CommanderError, printed: string, siblings: readonly string[]): ParsedCommandLine {
  if (error.exitCode === 0) return { kind: "print", text: printed, code: 0 };
  // Asked for nothing, or for a group of commands alone.
  if (error.code === "commander.help") return { kind: "print", text: printed, code: EXIT_USAGE };
  const said = error.message.replace(/^error: /, "");
  // The arguments themselves follow; behind `web hash` that would be a password.
  const message = error.code === "commander.excessArguments" ? said.replace(/: .*$/s, "") : said;
  throw new UsageError(`${message}${suggestWhole(error, siblings)}\nSee agent-auth --help.`, { cause: error });
}

/** Who types the beginning of a name means the whole of it; the library only looks for typing errors. */
function suggestWhole({ code, message }: CommanderError, siblings: readonly string[]): string {
  const [, typed = ""] = /^error: unknown command '(.+)'$/.exec(message) ?? [];
  const meant =
    typed === "" || code !== "commander.unknownCommand" ? [] : siblings.filter((name) => name.startsWith(typed));
  if (meant.length === 0) return "";
  return `\n(Did you mean ${meant.length === 1 ? "" : "one of "}${meant.join(", ")}?)`;
}
