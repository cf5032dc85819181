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
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  /** A secret: never printed, never quoted. */
  readonly writeOnly?: boolean;
}

/** JSON Schema of the config file, for editors. Draft 7, the newest that the common YAML language server knows well. */
export function jsonSchema(): JsonSchema {
  const options = { io: "input", target: "draft-07", override: describeInput } as const;
  return z.toJSONSchema(configSchema, options) as JsonSchema;
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

/** What the schema says of one place; null where it says nothing. */
export function schemaAt(schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema | null {
  let here: JsonSchema | undefined = schema;
  for (const step of path) {
    const options: readonly JsonSchema[] = here.anyOf ?? [here];
    here = options.map((option) => (typeof step === "number" ? option.items : propertyOf(option, step))).find(Boolean);
    if (here === undefined) return null;
  }
  return here;
}

function propertyOf({ properties }: JsonSchema, key: PropertyKey): JsonSchema | undefined {
  return properties !== undefined && Object.hasOwn(properties, key) ? properties[String(key)] : undefined;
}
