import type { CommandContext } from "./command.ts";

const DEFAULT_WIDTH = 80;

/** Cells per line: those of the terminal, else what `COLUMNS` says, else 80. */
export function widthOf({ stdout, env }: Pick<CommandContext, "stdout" | "env">): number {
  // A pipe has no columns, whatever the type says.
  const columns: number | undefined = stdout.columns;
  return columns || Number(env["COLUMNS"]) || DEFAULT_WIDTH;
}
