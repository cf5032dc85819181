const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/gy;

/**
 * Milliseconds of a duration such as `90s`, `24h` or `1d12h`, the form Prometheus uses. Null when the text is none, a
 * bare number included: a missing unit is a mistake worth asking about.
 */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === "0") return 0;
  PART.lastIndex = 0;
  let total = 0;
  let end = 0;
  for (let part = PART.exec(trimmed); part !== null; part = PART.exec(trimmed)) {
    total += Number(part[1]) * UNIT_MS[part[2] as keyof typeof UNIT_MS];
    end = PART.lastIndex;
  }
  return end > 0 && end === trimmed.length && Number.isSafeInteger(Math.round(total)) ? Math.round(total) : null;
}

/** Two units at most, for a person: `3d 4h`, `2h 5m`, `12m`, `40s`. Rounds towards zero; the sign is dropped. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.floor(Math.abs(durationMs) / 1_000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return join(hours, "h", minutes % 60, "m");
  return join(Math.floor(hours / 24), "d", hours % 24, "h");
}

function join(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit} ${small}${smallUnit}`;
}

/** The text that `parseDuration` reads back as the same duration: `90s`, `24h`, `1h30m`, `365d`. */
export function renderDuration(durationMs: number): string {
  if (durationMs === 0) return "0s";
  // A day stays 24h, as people and OpenClaw say it.
  if (durationMs === UNIT_MS.d) return "24h";
  let rest = durationMs;
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"] as const) {
    const count = Math.floor(rest / UNIT_MS[unit]);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * UNIT_MS[unit];
  }
  return text;
}

/** What a duration may be, both ends included. */
export interface Limits {
  readonly minMs?: number;
  readonly maxMs?: number;
}

/** A hundred years: later dates are beyond what a clock or a person can mean. */
const MAX_DURATION_MS = 36_500 * UNIT_MS.d;

export function isWithin(durationMs: number, { minMs = 0, maxMs = MAX_DURATION_MS }: Limits): boolean {
  return durationMs >= minMs && durationMs <= maxMs;
}

/** `at least 1s and at most 2m`. */
export function describeLimits({ minMs = 0, maxMs = MAX_DURATION_MS }: Limits): string {
  return `${minMs > 0 ? `at least ${renderDuration(minMs)} and ` : ""}at most ${renderDuration(maxMs)}`;
}
