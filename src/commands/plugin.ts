/** What a monitoring system expects of a program that it runs as a plugin. */
export interface PluginMode {
  /** Every failure is UNKNOWN, 3; not so where the codes of the contract are asked for. */
  readonly hasPluginCodes: boolean;
}

/**
 * How a command line asks for the ways of Nagios; null when it does not. Looked up in the words themselves, because
 * the mistake may be in one of them.
 */
export function readPluginMode(argv: readonly string[]): PluginMode | null {
  const style = lastValue(argv, "--exit-style");
  if (style !== "nagios" && lastValue(argv, "--format") !== "nagios") return null;
  return { hasPluginCodes: style !== "contract" };
}

/** The one line that such a system shows; `|` would start the performance data. */
export function renderUnknown(message: string): string {
  // A stack is for standard error.
  const [said = ""] = message.trim().split(/\n\s+at /);
  const line = said.replaceAll(/\s*\n\s*/g, "; ");
  return `AGENT AUTH UNKNOWN - ${line.replaceAll("|", "¦")}\n`;
}

function lastValue(argv: readonly string[], option: string): string | null {
  const values = argv.flatMap((word, index) => {
    if (word === option) return argv[index + 1] ?? [];
    return word.startsWith(`${option}=`) ? word.slice(option.length + 1) : [];
  });
  return values.at(-1) ?? null;
}
