import type { ExpositionFormat } from "../exposition.ts";

/** Ends an OpenMetrics exposition, once. */
export const OPENMETRICS_END = "# EOF\n";

/** Takes the series of one metric. Labels come written out (`agent="main",type="oauth"`), empty for none. */
export interface Emit {
  series(labels: string, value: number): void;
  /** A sample of a histogram: `_bucket`, `_sum` or `_count`. */
  part(suffix: string, labels: string, value: number): void;
  /** One series per word, 1 for the current one. */
  oneHot(labels: string, name: string, words: readonly string[], current: string): void;
}

export interface FamilyHead {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

/** Collects families into text. */
export class TextWriter {
  readonly #format: ExpositionFormat;
  #text = "";
  #written = 0;

  constructor(format: ExpositionFormat) {
    this.#format = format;
  }

  get text(): string {
    return this.#text;
  }

  get written(): number {
    return this.#written;
  }

  /** A family without series is left out whole: a bare head says nothing, and some parsers refuse it. */
  family(head: FamilyHead, collect: (emit: Emit) => void): void {
    const before = this.#text;
    const writtenBefore = this.#written;
    this.#text += this.#head(head);
    const { name } = head;
    collect({
      series: (labels, value) => this.line(name, labels, value),
      part: (suffix, labels, value) => this.line(name + suffix, labels, value),
      oneHot: (labels, labelName, words, current) => {
        for (const word of words) this.line(name, `${labels},${labelName}="${word}"`, word === current ? 1 : 0);
      },
    });
    if (this.#written === writtenBefore) this.#text = before;
  }

  /** A sample whose name differs from its family's, such as a histogram's `_bucket`. */
  line(name: string, labels: string, value: number): void {
    this.#written += 1;
    this.#text += labels === "" ? `${name} ${formatValue(value)}\n` : `${name}{${labels}} ${formatValue(value)}\n`;
  }

  #head({ name, type, help }: FamilyHead): string {
    const isOpenMetrics = this.#format === "openmetrics";
    // OpenMetrics names a counter's family without the `_total` that its sample carries.
    const family = isOpenMetrics && type === "counter" ? name.replace(/_total$/, "") : name;
    const plain = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
    const text = isOpenMetrics ? plain.replaceAll('"', '\\"') : plain;
    return `# HELP ${family} ${text}\n# TYPE ${family} ${type}\n`;
  }
}

function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return String(value);
}
