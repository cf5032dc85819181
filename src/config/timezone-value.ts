import * as z from "zod";
import { findTimezoneMistake } from "./timezone.ts";

/** The name of a time zone that this Node knows, or `local`. */
export const timezoneValue = z
  .string()
  .superRefine((given, context) => {
    const message = findTimezoneMistake(given);
    if (message !== null) context.addIssue({ code: "custom", input: given, message });
  })
  .meta({ title: 'IANA time zone or "local"', examples: ["Europe/Berlin"] });
