import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Durations are shortened by this, so that what takes an hour takes half a minute: `for` and ranges of the rules, scrape
 * and evaluation intervals, group and repeat times. Thresholds in seconds, such as `> 900`, are left as they are.
 */
export const FACTOR = 120;

/** Copies deploy/prometheus to `directory`, with addresses that are free here and with shortened durations. */
export function copyFiles(
  from: string,
  directory: string,
  addresses: { readonly exporter: string; readonly alertmanager: string; readonly webhook: string },
): void {
  cpSync(from, directory, { recursive: true });
  change(join(directory, "agent-auth.rules.yml"), [
    [/(?<=^ +(?:for|keep_firing_for): )\w+$/gm, shorten],
    [/(?<=\[)\w+(?=\])/g, shorten],
  ]);
  change(join(directory, "prometheus.yml"), [
    [/(?<=_interval: )\w+/g, shorten],
    [/127\.0\.0\.1:10884/g, () => addresses.exporter],
    [/127\.0\.0\.1:9093/g, () => addresses.alertmanager],
  ]);
  change(join(directory, "alertmanager.yml"), [
    [/(?<=(?:group_wait|_interval): )\w+/g, shorten],
    [/127\.0\.0\.1:9099/g, () => addresses.webhook],
  ]);
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `15m` becomes `7500ms`. Throws for what is no duration of one unit. */
export function shorten(duration: string): string {
  const match = /^(\d+)([smhd])$/.exec(duration);
  const unitMs = UNIT_MS[match?.[2] ?? ""];
  if (unitMs === undefined) throw new Error(`expected a duration such as 15m, found ${duration}`);
  return `${Math.round((Number(match?.[1]) * unitMs) / FACTOR)}ms`;
}

/** Throws when something to change is not there: then it would run with an address or a duration that nobody meant. */
function change(path: string, changes: readonly (readonly [RegExp, (found: string) => string])[]): void {
  let text = readFileSync(path, "utf8");
  for (const [pattern, replace] of changes) {
    if (text.search(pattern) === -1) throw new Error(`${path}: expected to find ${pattern.source}`);
    text = text.replace(pattern, replace);
  }
  writeFileSync(path, text);
}
