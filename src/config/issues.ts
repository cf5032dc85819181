import type { z } from "zod";
import type { ConfigDocument } from "./document.ts";
import { type JsonSchema, listKeys, optionsOf, schemaAt } from "./json-schema.ts";
import { type ConfigMistake, quoteValue, renderKey } from "./mistake.ts";
import { suggest } from "./suggest.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** What an issue is about: the values that were validated, where they stand, and what was expected. */
export interface IssueContext {
  readonly value: unknown;
  readonly document: Pick<ConfigDocument, "locate" | "locateKey" | "referenceAt">;
  readonly schema: JsonSchema;
  /** Where all keys of this file are told of: "see …". */
  readonly manual: string;
}

/** An issue of the validator as mistakes that a person can mend. */
export function describeIssue(issue: Issue, context: IssueContext, base: Path = []): readonly ConfigMistake[] {
  const path = [...base, ...issue.path];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => describeUnknownKey([...path, key], context));
  if (issue.code === "invalid_union" && issue.discriminator !== undefined) return [describeChoice(path, context)];
  // The alternative that fits best is the one whose complaint lies deepest, as in a list with one bad item.
  const deeper =
    issue.code === "invalid_union" ? issue.errors.find(([first]) => (first?.path.length ?? 0) > 0) : undefined;
  if (deeper !== undefined) return deeper.flatMap((inner) => describeIssue(inner, context, path));
  const told: unknown = issue.code === "custom" ? issue.params?.["text"] : undefined;
  if (typeof told === "string") {
    return [{ key: renderKey(path), position: context.document.locateKey(path), text: told }];
  }
  return [describeValue(path, context, remedyOf(issue))];
}

/** Checks of ours say what to write; the validator's own messages say less than the schema does. */
function remedyOf({ code, message }: Issue): string | null {
  return code === "custom" && message !== "Invalid input" ? message : null;
}

/** "expected …, got …; remedy" for one value. The remedy is made of the schema's examples when none is given. */
export function describeValue(path: Path, context: IssueContext, remedy: string | null = null): ConfigMistake {
  const schema = titled(schemaAt(context.schema, path, context.value) ?? {});
  const value = valueAt(context.value, path);
  const reference = context.document.referenceAt(path);
  // What a variable holds was kept out of the file for a reason.
  const got =
    reference !== null
      ? `the content of ${reference}`
      : schema.writeOnly && value !== null
        ? kindOf(value)
        : quoteValue(value);
  return {
    key: renderKey(path),
    position: context.document.locate(path),
    text: `expected ${describeExpected(schema)}, got ${got}; ${remedy ?? describeRemedy(schema, value) ?? `see ${context.manual}`}`,
  };
}

/** Of something or null, the something says what is expected. */
function titled(schema: JsonSchema): JsonSchema {
  if (schema.title !== undefined) return schema;
  const option = schema.anyOf?.find(({ title }) => title !== undefined);
  return option === undefined ? schema : { ...option, ...schema };
}

/** What can be said of a secret. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a section";
  return typeof value === "number" ? "a number without quotes" : "something else";
}

function describeUnknownKey(path: Path, { schema, document, value }: IssueContext): ConfigMistake {
  const siblings = listSiblings(schema, path, value);
  const key = String(path.at(-1));
  const near = suggest(key, siblings) ?? suggestElsewhere(key, listKeys(schema));
  const remedy = near === null ? `the keys here are ${siblings.join(", ")}` : `did you mean \`${near}\`?`;
  return { key: renderKey(path), position: document.locateKey(path), text: `unknown key; ${remedy}` };
}

function listSiblings(schema: JsonSchema, path: Path, value: unknown): readonly string[] {
  const section = path.slice(0, -1);
  const found = schemaAt(schema, section, value);
  const options = found === null ? [] : optionsOf(found, valueAt(value, section));
  return [...new Set(options.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

/** A key that chooses between sections of different keys, such as the type of a channel. */
function describeChoice(path: Path, context: IssueContext): ConfigMistake {
  const choices = schemaAt(context.schema, path.slice(0, -1), context.value)?.oneOf ?? [];
  const key = String(path.at(-1));
  const words = choices.map(({ properties }) => String(properties?.[key]?.const));
  return describeValue(path, { ...context, schema: toChoice(path, words) });
}

/** A schema that knows one place: a choice of words. */
function toChoice(path: Path, words: readonly string[]): JsonSchema {
  return path.reduceRight<JsonSchema>(
    (inner, step) => (typeof step === "number" ? { items: inner } : { properties: { [String(step)]: inner } }),
    { enum: words },
  );
}

/** A key that stands in another section is named with that section. */
function suggestElsewhere(key: string, keys: readonly string[]): string | null {
  const leaves = new Map(keys.map((path) => [path.slice(path.lastIndexOf(".") + 1), path]));
  const leaf = suggest(key, [...leaves.keys()]);
  return leaf === null ? null : (leaves.get(leaf) ?? null);
}

function describeExpected(schema: JsonSchema): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.join(", ")}`;
  if (schema.properties !== undefined) return "a section with keys of its own";
  if (schema.type === "boolean") return "true or false";
  const title = schema.title ?? "text";
  return schema.title === undefined ? title : `${/^[aeio]/i.test(title) ? "an" : "a"} ${title}`;
}

function describeRemedy(schema: JsonSchema, value: unknown): string | null {
  if (schema.enum !== undefined) {
    const near = typeof value === "string" ? suggest(value, schema.enum) : null;
    return near === null ? "choose one of them" : `did you mean ${near}?`;
  }
  if (schema.properties !== undefined) return "indent its keys below it";
  if (schema.type === "boolean") return "write one of the two words, without quotes";
  const [example] = schema.examples ?? [];
  return example === undefined ? null : `write for example ${JSON.stringify(example)}`;
}

function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return null;
    here = Reflect.get(here, step);
  }
  return here;
}
