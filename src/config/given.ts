/** What was not given is left out of the file again. */
export function givenOf<K extends string>(values: Readonly<Record<K, string | null>>): Partial<Record<K, string>> {
  const given: Partial<Record<K, string>> = {};
  for (const key in values) {
    const value = values[key];
    if (value !== null) given[key] = value;
  }
  return given;
}
