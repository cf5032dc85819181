import type { CommandContext } from "./commands/command.ts";
import { COMMANDS } from "./commands/commands.ts";
import { parseCommandLine } from "./commands/parse.ts";
import { readPluginMode, renderUnknown } from "./commands/plugin.ts";
import {
  ConfigError,
  EXIT_BUG,
  EXIT_CONFIG,
  EXIT_UNAVAILABLE,
  EXIT_USAGE,
  UnavailableError,
  UsageError,
} from "./errors.ts";
import { errorCode } from "./files.ts";
import { writeError, writeOut } from "./output.ts";
import { maskEmails, redactSecrets } from "./redact.ts";

/** Runs the command line and sets the exit code of the process; the only place that does. */
export async function main(argv: readonly string[], cacheDirectory: string | null): Promise<void> {
  // Node's own code for an uncaught error is 1, which means "expired" here.
  process.on("uncaughtException", (error) => process.exit(explain(error, argv)));
  process.exitCode = await run(argv, openContext(cacheDirectory));
}

function openContext(cacheDirectory: string | null): CommandContext {
  return {
    env: process.env,
    now: () => new Date(),
    write: writeOut,
    cacheDirectory,
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return process.stdout;
    },
    get stderr() {
      // A full disk behind it must not change what the command answers.
      if (process.stderr.listenerCount("error") === 0) process.stderr.on("error", () => undefined);
      return process.stderr;
    },
  };
}

const EXIT_UNKNOWN = 3;

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  try {
    const parsed = await parseCommandLine(argv, COMMANDS, context);
    if (parsed.kind === "run") return await (await parsed.load())(parsed.options, context);
    if (parsed.code === 0) context.write(parsed.text);
    else writeError(parsed.text);
    return parsed.code;
  } catch (error) {
    return explain(error, argv);
  }
}

/** Says what went wrong and gives the exit code for it. */
function explain(error: unknown, argv: readonly string[]): number {
  const code = exitCodeOf(error);
  const redacted = redactSecrets(describe(error, code));
  const text = error instanceof ConfigError && error.isMasked ? redacted : maskEmails(redacted);
  const plugin = readPluginMode(argv);
  if (plugin === null) {
    // A bad config is one line for each mistake.
    const lines = error instanceof ConfigError ? text.split("\n") : [text];
    writeError(lines.map((line) => `agent-auth: ${line}\n`).join(""));
    return code;
  }
  if (code === EXIT_BUG) writeError(`agent-auth: ${text}\n`);
  try {
    writeOut(renderUnknown(text));
  } catch {
    // The exit code says it.
  }
  return plugin.hasPluginCodes ? EXIT_UNKNOWN : code;
}

function describe(error: unknown, code: number): string {
  if (!(error instanceof Error)) return String(error);
  if (isDiskFull(error)) return `nothing more can be written (${errorCode(error)}); free some space`;
  return code === EXIT_BUG ? (error.stack ?? error.message) : error.message;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT_USAGE;
  if (error instanceof ConfigError) return EXIT_CONFIG;
  return error instanceof UnavailableError || isDiskFull(error) ? EXIT_UNAVAILABLE : EXIT_BUG;
}

/** What writes at once, such as the log, throws the error of the system. */
function isDiskFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes(errorCode(error));
}
