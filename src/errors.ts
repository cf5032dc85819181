/** Exit codes beyond the 0 to 3 of `check`, after sysexits.h. */
export const EXIT_USAGE = 64;
export const EXIT_UNAVAILABLE = 69;
export const EXIT_BUG = 70;
export const EXIT_CONFIG = 78;

/** The operator's mistake on the command line: shown as one line, no stack, exit 64. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The operator's mistake in the config: shown as one line per finding, no stack, exit 78. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** E-mail addresses of people are masked in it already; those of examples are to be read. */
  readonly isMasked: boolean;

  constructor(message: string, options: ErrorOptions & { readonly isMasked?: true } = {}) {
    super(message, options);
    this.isMasked = options.isMasked === true;
  }
}

/** This machine cannot do what was asked, for example a port that is taken: one line, exit 69. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}
