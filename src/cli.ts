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
import { maskEmails, redactSecrets } from "./redact.ts";

/** Runs the command line and sets the exit code of the process; the only place that does. */
export async function main(argv: readonly string[]): Promise<void> {
  const { stdin, stdout, stderr, env } = process;
  let failedWrite = false;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    // `agent-auth check | head -1` is nobody's mistake; a full disk is.
    if (error.code === "EPIPE") return;
    failedWrite = true;
    process.exitCode = EXIT_UNAVAILABLE;
    stderr.write(`agent-auth: output cannot be written: ${error.code ?? error.message}\n`);
  });
  // Node's own code for an uncaught error is 1, which means "expired" here.
  process.on("uncaughtException", (error) => process.exit(explain(error, stderr)));
  const code = await run(argv, { env, stdin, stdout, stderr, now: () => new Date() });
  if (!failedWrite) process.exitCode = code;
}

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  try {
    const parsed = parseCommandLine(argv, COMMANDS);
    if (parsed.kind === "print") {
      (parsed.code === 0 ? context.stdout : context.stderr).write(parsed.text);
      return parsed.code;
    }
    const runCommand = await parsed.load();
    return await runCommand(parsed.options, context);
  } catch (error) {
    return explain(error, context.stderr);
  }
}

/** Says what went wrong and gives the exit code for it. */
function explain(error: unknown, stderr: NodeJS.WriteStream): number {
  const code = exitCodeOf(error);
  const text =
    error instanceof Error ? (code === EXIT_BUG ? (error.stack ?? error.message) : error.message) : String(error);
  stderr.write(`agent-auth: ${maskEmails(redactSecrets(text))}\n`);
  return code;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT_USAGE;
  if (error instanceof ConfigError) return EXIT_CONFIG;
  if (error instanceof UnavailableError) return EXIT_UNAVAILABLE;
  return EXIT_BUG;
}
