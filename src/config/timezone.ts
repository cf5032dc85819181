import { LOCAL_ZONE } from "../timezone.ts";
import { suggest } from "./suggest.ts";

/** What is wrong with the name of a time zone, as the second half of a sentence, or null. */
export function findTimezoneMistake(name: string): string | null {
  if (name === LOCAL_ZONE) return null;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return null;
  } catch {
    const zones = Intl.supportedValuesOf("timeZone");
    // People write the city alone; nobody means another continent by it.
    const city = name.trim().replaceAll(" ", "_").toLowerCase();
    const near = zones.find((zone) => zone.toLowerCase().endsWith(`/${city}`)) ?? suggest(name, zones);
    return near === null ? 'write for example "Europe/Berlin", "UTC" or "local"' : `did you mean "${near}"?`;
  }
}
