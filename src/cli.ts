import type { CommandContext } from "./commands/command.ts";
import { COMMANDS } from "./commands/commands.ts";
import { parseCommandLine } from "./commands/parse.ts";
import {
  ConfigError,
  EXIT_BUG,
  EXIT_CONFIG,
  EXIT_UNAVAILABLE,
  EXIT_USAGE,
  UnavailableError,
  UsageError,
} from "./errors.ts";
import { writeOut } from "./output.ts";
import { maskEmails, redactSecrets } from "./redact.ts";

/** Runs the command line and sets the exit code of the process; the only place that does. */
export async function main(argv: readonly string[]): Promise<void> {
  // Node's own code for an uncaught error is 1, which means "expired" here.
  process.on("uncaughtException", (error) => process.exit(explain(error)));
  process.exitCode = await run(argv, CONTEXT);
}

const CONTEXT: CommandContext = {
  env: process.env,
  now: () => new Date(),
  write: writeOut,
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return process.stdout;
  },
  get stderr() {
    return process.stderr;
  },
};

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  try {
    const parsed = await parseCommandLine(argv, COMMANDS);
    if (parsed.kind === "run") return await (await parsed.load())(parsed.options, context);
    if (parsed.code === 0) context.write(parsed.text);
    else context.stderr.write(parsed.text);
    return parsed.code;
  } catch (error) {
    return explain(error);
  }
}

/** Says what went wrong and gives the exit code for it. */
function explain(error: unknown): number {
  const code = exitCodeOf(error);
  const text =
    error instanceof Error ? (code === EXIT_BUG ? (error.stack ?? error.message) : error.message) : String(error);
  process.stderr.write(`agent-auth: ${maskEmails(redactSecrets(text))}\n`);
  return code;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT_USAGE;
  if (error instanceof ConfigError) return EXIT_CONFIG;
  if (error instanceof UnavailableError) return EXIT_UNAVAILABLE;
  return EXIT_BUG;
}
