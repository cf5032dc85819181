import { UsageError } from "../errors.ts";

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

  /** As `text`. Throws `UsageError` for an empty path, which would otherwise mean the current directory. */
  path(name: string): string | null {
    const value = this.text(name);
    if (value !== null) refuseEmpty(name, value);
    return value;
  }

  /** As `list`, for paths. Throws `UsageError` for an empty one. */
  paths(name: string): readonly string[] {
    const values = this.list(name);
    for (const value of values) refuseEmpty(name, value);
    return values;
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

function refuseEmpty(name: string, value: string): void {
  if (value.trim() !== "") return;
  throw new UsageError(`--${name}: expected a path, got nothing; write one, or . for the current directory`);
}
