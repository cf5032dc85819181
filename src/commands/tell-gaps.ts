import type { Logger } from "pino";
import type { Gap } from "../clock-gap.ts";
import { formatDuration } from "../duration.ts";

/** Logs why a check comes late or at another hour. */
export function tellGaps(log: Pick<Logger, "info" | "warn">, gaps: readonly Gap[]): void {
  for (const gap of gaps) {
    if (gap.kind === "clock_set") {
      const direction = gap.byMs > 0 ? "forward" : "back";
      log.warn(
        { bySeconds: toSeconds(gap.byMs) },
        `the clock was set ${direction} by ${inWords(gap.byMs)}; checking now`,
      );
    } else {
      const what = gap.kind === "slept" ? "the machine slept" : "the process was stopped";
      log.info({ seconds: toSeconds(gap.lastedMs) }, `${what} for ${inWords(gap.lastedMs)}`);
    }
  }
}

/** The clocks do not agree to the millisecond. */
function inWords(ms: number): string {
  return formatDuration(Math.abs(toSeconds(ms)) * 1_000);
}

function toSeconds(ms: number): number {
  return Math.round(ms / 1_000);
}
