/** A metric with all its samples, as our own Prometheus text has them. */
export interface MetricFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

interface Sample {
  /** `_bucket`, `_sum` or `_count` of a histogram; empty elsewhere. */
  readonly suffix: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;
const SAMPLE = /^([\w:]+)(?:\{(.*)\})? (\S+)$/;

/** Reads back the text that we write ourselves: `HELP` and `TYPE` before the samples, no timestamps. */
export function parseFamilies(text: string): readonly MetricFamily[] {
  const families: (MetricFamily & { readonly samples: Sample[] })[] = [];
  let help = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("# HELP ")) help = unescapeText(rest(line, 3));
    else if (line.startsWith("# TYPE ")) {
      families.push({ name: rest(line, 2).split(" ")[0] ?? "", type: rest(line, 3), help, samples: [] });
    } else if (line !== "") {
      const family = families.at(-1);
      const [, name = "", labels = "", value = ""] = SAMPLE.exec(line) ?? [];
      family?.samples.push({
        suffix: name.slice(family.name.length),
        labels: parseLabels(labels),
        value: parse(value),
      });
    }
  }
  return families;
}

/** What follows so many words. */
function rest(line: string, words: number): string {
  return line.split(" ").slice(words).join(" ");
}

function parseLabels(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(LABEL)].map(([, name = "", value = ""]) => [name, unescapeText(value)]));
}

function unescapeText(text: string): string {
  return text.replaceAll(/\\(.)/g, (_whole, character: string) => (character === "n" ? "\n" : character));
}

function parse(value: string): number {
  return Number(value.replace(/^([+-])Inf$/, "$1Infinity"));
}
