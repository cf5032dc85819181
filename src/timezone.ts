/** What a clock on the wall shows, wherever this system is. On Android that is the zone of the phone, if `TZ` is not set. */
export const LOCAL_ZONE = "local";

/** An IANA name for who wants one; UTC where the system has no name for its zone. */
export function nameZone(timezone: string): string {
  if (timezone !== LOCAL_ZONE) return timezone;
  // Undefined where /etc/localtime leads nowhere that ICU knows, whatever the types say.
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions() as { readonly timeZone?: string };
  return timeZone ?? "UTC";
}
