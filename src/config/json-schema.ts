import * as z from "zod";
import { configSchema } from "./schema.ts";

/** The part of JSON Schema that describes the config. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  /** Told apart by a key with a `const` of its own. */
  readonly oneOf?: readonly JsonSchema[];
  /** A secret: never printed, never quoted. */
  readonly writeOnly?: boolean;
}

/** JSON Schema of the config file, for editors. Draft 7, the newest that the common YAML language server knows well. */
export function jsonSchema(): JsonSchema {
  return toJsonSchema(configSchema);
}

/** What errors say of a schema of ours. */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  const options = { io: "input", target: "draft-07", override: describeInput } as const;
  return z.toJSONSchema(schema, options) as JsonSchema;
}

function describeInput({
  zodSchema,
  jsonSchema,
  path,
}: Parameters<NonNullable<z.core.ToJSONSchemaParams["override"]>>[0]) {
  // The generator drops both where input and output differ; ours are written as input.
  const { examples, default: fallback } = z.globalRegistry.get(zodSchema) ?? {};
  if (examples !== undefined) Object.assign(jsonSchema, { examples });
  if (fallback !== undefined) Object.assign(jsonSchema, { default: fallback });
  // A section whose keys are all commented out is null.
  if (jsonSchema.type === "object" && path.length > 0) Object.assign(jsonSchema, { type: ["object", "null"] });
}

/** The same as the text of `docs/config.schema.json` and of `config schema`. */
export function renderJsonSchema(): string {
  return `${JSON.stringify(jsonSchema(), null, 2)}\n`;
}

/** Every key of the config, such as `policy.warnWithin`, in the order of the schema. */
export function listKeys(schema: JsonSchema, prefix = ""): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) =>
    child.properties === undefined ? [prefix + key] : [prefix + key, ...listKeys(child, `${prefix}${key}.`)],
  );
}

/**
 * What the schema says of one place; null where it says nothing. `value` is what was validated: it decides between
 * alternatives. Everything within a secret is secret.
 */
export function schemaAt(schema: JsonSchema, path: readonly PropertyKey[], value?: unknown): JsonSchema | null {
  let here: JsonSchema | undefined = schema;
  let given = value;
  let isSecret = false;
  for (const step of path) {
    isSecret ||= here.writeOnly === true;
    const outer: JsonSchema = here;
    const options: readonly JsonSchema[] = optionsOf(here, given);
    here = options.map((option) => (typeof step === "number" ? option.items : propertyOf(option, step))).find(Boolean);
    if (here === undefined) return isSecret ? { ...outer, writeOnly: true } : null;
    given = typeof given === "object" && given !== null ? Reflect.get(given, step) : undefined;
  }
  return isSecret ? { ...here, writeOnly: true } : here;
}

/** The alternatives of a schema; only the one that a value is of, where a key of it tells. */
export function optionsOf(schema: JsonSchema, value: unknown): readonly JsonSchema[] {
  if (schema.oneOf === undefined) return schema.anyOf ?? [schema];
  const isOf = ({ properties }: JsonSchema): boolean =>
    Object.entries(properties ?? {}).every(
      ([key, property]) => property.const === undefined || property.const === Reflect.get(Object(value), key),
    );
  const chosen = schema.oneOf.filter(isOf);
  return chosen.length > 0 ? chosen : schema.oneOf;
}

function propertyOf(schema: JsonSchema, key: PropertyKey): JsonSchema | undefined {
  const { properties, additionalProperties } = schema;
  if (properties !== undefined && Object.hasOwn(properties, key)) return properties[String(key)];
  return typeof additionalProperties === "object" ? additionalProperties : undefined;
}
