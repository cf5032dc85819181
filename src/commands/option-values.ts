/** What was given on the command line, by the long name of the option without its dashes. */
export class OptionValues {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(values: ReadonlyMap<string, unknown>) {
    this.#values = values;
  }

  /** The value given last, or null. */
  text(name: string): string | null {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : null;
  }

  /** All values of a repeatable option. */
  list(name: string): readonly string[] {
    const value = this.#values.get(name);
    return Array.isArray(value) ? value.map(String) : [];
  }

  isOn(name: string): boolean {
    return this.#values.get(name) === true;
  }

  /** The same with other values for some options. */
  with(values: Readonly<Record<string, unknown>>): OptionValues {
    return new OptionValues(new Map([...this.#values, ...Object.entries(values)]));
  }

  /** Everything that was given, for what maps options to config keys by itself. */
  entries(): readonly (readonly [name: string, value: unknown])[] {
    return [...this.#values];
  }
}
