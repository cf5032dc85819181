import type { OptionValues } from "./option-values.ts";

/** What a command may touch of the world. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes to standard output; the way to do it unless a stream is needed. */
  readonly write: (text: string) => void;
  /** Set up upon first use, which takes time; taking it out of here by name is such a use. */
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly now: () => Date;
  /** A directory that is ours alone, for what can be made anew; null where there is none. */
  readonly cacheDirectory: string | null;
}

/** Runs a command and resolves to its exit code. Throws `UsageError`, `ConfigError` or `UnavailableError`. */
export type RunCommand = (options: OptionValues, context: CommandContext) => Promise<number>;

export interface OptionSpec {
  /** As a person types it: `--agent <id>`, or `--json` for a switch. */
  readonly flags: string;
  readonly description: string;
  readonly isRepeatable?: true;
  readonly choices?: readonly string[];
}

/** What stands after the name of a command without dashes; its value is read as if it were an option of that name. */
export interface ArgumentSpec {
  readonly name: string;
  readonly description: string;
  readonly isOptional?: true;
}

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly argument?: ArgumentSpec;
  readonly options: readonly OptionSpec[];
  /** Loads the command; only the one that runs is loaded. */
  readonly load?: () => Promise<RunCommand>;
  readonly commands?: readonly CommandSpec[];
}
