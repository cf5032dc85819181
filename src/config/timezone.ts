import { suggest } from "./suggest.ts";

/** What is wrong with the name of a time zone, as the second half of a sentence, or null. */
export function findTimezoneMistake(name: string): string | null {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return null;
  } catch {
    const zones = Intl.supportedValuesOf("timeZone");
    // People write the city alone; nobody means another continent by it.
    const city = name.trim().replaceAll(" ", "_").toLowerCase();
    const near = zones.find((zone) => zone.toLowerCase().endsWith(`/${city}`)) ?? suggest(name, zones);
    return near === null ? 'write for example "Europe/Berlin" or "UTC"' : `did you mean "${near}"?`;
  }
}
