import { setTimeout as wait } from "node:timers/promises";
import { UsageError } from "../errors.ts";
import type { CommandContext } from "./command.ts";

const ENTER = "\u001b[?1049h\u001b[?25l";
const LEAVE = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";
const QUIT_KEYS: readonly string[] = ["q", "Q", "\u0003", "\u0004"];
export const PERIOD_MS = 2_000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Shows what `render` returns on the terminal's other screen, anew every two seconds, when the window changes and when
 * the `redraw` that it is given is called, until q, Ctrl-C or a signal. The terminal is left as it was found, also after
 * an error.
 */
export async function watch(
  { stdin, stdout }: CommandContext,
  render: (redraw: () => void) => Promise<string>,
): Promise<void> {
  if (!stdout.isTTY) throw new UsageError("--watch: expected a terminal, found a pipe or file; leave --watch out");
  const quit = new AbortController();
  let redraw = new AbortController();
  const onQuit = () => quit.abort();
  const onChange = () => redraw.abort();
  const onKey = (keys: Buffer) => {
    if (QUIT_KEYS.some((key) => keys.includes(key))) quit.abort();
  };
  for (const signal of SIGNALS) process.on(signal, onQuit);
  stdout.on("resize", onChange);
  if (stdin.isTTY) {
    stdin.setRawMode(true);
    stdin.on("data", onKey).resume();
  }
  stdout.write(ENTER);
  try {
    while (!quit.signal.aborted) {
      redraw = new AbortController();
      stdout.write(toScreen(await render(onChange), stdout.rows));
      await wait(PERIOD_MS, undefined, { signal: AbortSignal.any([quit.signal, redraw.signal]) }).catch(ignoreAbort);
    }
  } finally {
    stdout.write(LEAVE);
    stdout.off("resize", onChange);
    if (stdin.isTTY) {
      stdin.off("data", onKey).pause();
      stdin.setRawMode(false);
    }
    for (const signal of SIGNALS) process.off(signal, onQuit);
  }
}

/** Overwrites line by line instead of clearing first, which would flicker. */
export function toScreen(text: string, rows: number): string {
  const lines = text.trimEnd().split("\n");
  const room = rows - 1;
  const hidden = lines.length - room + 1;
  const shown = hidden > 1 ? [...lines.slice(0, room - 1), `… ${hidden} more: agent-auth status | less -R`] : lines;
  const drawn = [...shown, "q quits"].map((line) => line + CLEAR_LINE);
  return HOME + drawn.join("\r\n") + CLEAR_BELOW;
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== "AbortError") throw error;
}
