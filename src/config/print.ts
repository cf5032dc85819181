import { stringify } from "yaml";
import * as z from "zod";
import { redactSecrets } from "../redact.ts";
import type { Config } from "./config.ts";
import { type JsonSchema, jsonSchema, optionsOf } from "./json-schema.ts";
import { configSchema } from "./schema.ts";

/** The effective config as a YAML file with every key. Secrets are masked, also one that was put in a wrong place. */
export function printConfig(config: Config): string {
  const { channels, ...keys } = z.encode(configSchema, config);
  // A reader looks for the name first.
  const named = channels?.map(({ name, type, ...rest }) => ({ name, type, ...rest }));
  return stringify(maskSecrets({ ...keys, channels: named }, jsonSchema()));
}

/** A copy of a value in which everything that its schema marks as secret (`writeOnly`) reads `[masked]`. */
export function maskSecrets(value: unknown, schema: JsonSchema | undefined): unknown {
  if (value === null) return null;
  if (schema?.writeOnly) {
    // The names in a section of secrets are none.
    return typeof value === "object" ? maskValues(value) : "[masked]";
  }
  if (typeof value === "string") return redactSecrets(value);
  const options = schema === undefined ? [] : optionsOf(schema, value);
  if (Array.isArray(value)) {
    const items = options.find((option) => option.items !== undefined)?.items;
    return value.map((item) => maskSecrets(item, items));
  }
  if (typeof value !== "object") return value;
  const properties = options.find((option) => option.properties !== undefined)?.properties;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, maskSecrets(inner, properties?.[key])]));
}

function maskValues(section: object): object {
  return Object.fromEntries(Object.keys(section).map((key) => [key, "[masked]"]));
}
