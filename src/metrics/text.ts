import type { ExpositionFormat } from "../exposition.ts";

/** Ends an OpenMetrics exposition, once. */
export const OPENMETRICS_END = "# EOF\n";

/** Takes the series of one metric. Labels come written out (`agent="main",type="oauth"`), empty for none. */
export interface Emit {
  series(labels: string, value: number): void;
  /** A sample of a histogram: `_bucket`, `_sum` or `_count`. */
  part(suffix: string, labels: string, value: number): void;
  /** One series per word, 1 for the current one; all of them or, past the limit, none. */
  oneHot(labels: string, name: string, words: readonly string[], current: string): void;
}

export interface FamilyHead {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

/** Collects families into text, up to a number of series; counts what it leaves out. */
export class TextWriter {
  readonly #format: ExpositionFormat;
  readonly #limit: number;
  #text = "";
  #written = 0;
  #dropped = 0;

  constructor(format: ExpositionFormat, limit = Number.POSITIVE_INFINITY) {
    this.#format = format;
    this.#limit = limit;
  }

  get text(): string {
    return this.#text;
  }

  get written(): number {
    return this.#written;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** A family without series is left out whole: a bare head says nothing, and some parsers refuse it. */
  family(head: FamilyHead, collect: (emit: Emit) => void): void {
    const before = this.#text;
    const writtenBefore = this.#written;
    this.#text += this.#head(head);
    const { name } = head;
    collect({
      series: (labels, value) => {
        if (this.#hasRoom(1)) this.line(name, labels, value);
      },
      part: (suffix, labels, value) => {
        if (this.#hasRoom(1)) this.line(name + suffix, labels, value);
      },
      oneHot: (labels, labelName, words, current) => {
        if (!this.#hasRoom(words.length)) return;
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

  #hasRoom(count: number): boolean {
    if (this.#written + count <= this.#limit) return true;
    this.#dropped += count;
    return false;
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
