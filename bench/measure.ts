/** One line of the table. */
export interface Row {
  readonly work: string;
  readonly floor: string;
  readonly ours: string;
  readonly ratio: number;
  readonly goal: Goal;
}

export interface Goal {
  readonly kind: "at-most" | "at-least";
  readonly ratio: number;
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Nearest rank; `percent` from 0 to 100. NaN when there are no values. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** Takes turns, so that what disturbs the machine disturbs both alike. The first round warms up and does not count. */
export async function interleave<K extends string>(
  rounds: number,
  contenders: Readonly<Record<K, () => number | Promise<number>>>,
): Promise<Readonly<Record<K, number>>> {
  const names = Object.keys(contenders) as K[];
  const values = new Map<K, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const value = await contenders[name]();
      if (round > 0) values.get(name)?.push(value);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(values.get(name) ?? [])])) as Record<K, number>;
}

export function isMet({ ratio, goal }: Row): boolean {
  return goal.kind === "at-most" ? ratio <= goal.ratio : ratio >= goal.ratio;
}

export function formatMs(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}

export function formatMib(kib: number): string {
  return `${(kib / 1_024).toFixed(1)} MiB`;
}

/** Bytes against the most that there may be. */
export function limitRow(work: string, bytes: number, most: number): Row {
  return {
    work,
    floor: `goal ${formatBytes(most)}`,
    ours: formatBytes(bytes),
    ratio: bytes / most,
    goal: { kind: "at-most", ratio: 1 },
  };
}

function formatBytes(bytes: number): string {
  return bytes < 100_000 ? `${bytes} B` : `${(bytes / 1e6).toFixed(1)} MB`;
}
