/** As a shell calls the end by signal 3. */
const EXIT_QUIT = 128 + 3;

let caught: { readonly first: Promise<NodeJS.Signals> } | null = null;

/**
 * Has signals ask this process to stop, where they would have ended it; resolves with the first. More of them change
 * nothing: npm hands on the Ctrl-C that the terminal has sent to all. SIGQUIT ends it at once, by way of what is to be
 * done upon `exit`.
 */
export function catchStopSignals(): { readonly first: Promise<NodeJS.Signals> } {
  caught ??= {
    first: new Promise((resolve) => {
      for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => resolve(signal));
      process.on("SIGQUIT", () => process.exit(EXIT_QUIT));
    }),
  };
  return caught;
}
