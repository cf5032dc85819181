export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads Prometheus text back, strictly enough to notice what a real parser would refuse. */
export function parseExposition(text: string): readonly Series[] {
  const series: Series[] = [];
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const match = /^(?<name>[a-z_]+)(?:\{(?<labels>.*)\})? (?<value>[-+\w.]+)$/.exec(line);
    if (match?.groups === undefined) throw new Error(`not a sample: ${line}`);
    const labels: Record<string, string> = {};
    for (const found of (match.groups["labels"] ?? "").matchAll(
      /(?:^|,)(?<key>\w+)="(?<text>(?:[^"\\]|\\["\\n])*)"/g,
    )) {
      labels[found.groups!["key"]!] = found.groups!["text"]!;
    }
    series.push({ name: match.groups["name"]!, labels, value: Number(match.groups["value"]) });
  }
  return series;
}
