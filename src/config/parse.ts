import type { Config } from "./config.ts";
import { findCronMistake } from "./cron.ts";
import { type ConfigDocument, parseConfigDocument } from "./document.ts";
import type { Environment } from "./interpolate.ts";
import { describeIssue, describeValue, type IssueContext } from "./issues.ts";
import { jsonSchema } from "./json-schema.ts";
import { type ConfigMistake, renderKey, toConfigError } from "./mistake.ts";
import { configSchema } from "./schema.ts";

/**
 * The config a YAML text means, with defaults for what it leaves out. Throws a `ConfigError` that names every mistake
 * with its place in `file`.
 */
export async function parseConfig(text: string, file: string, env: Environment): Promise<Config> {
  const document = parseConfigDocument(text, env);
  if (document.isBroken) throw toConfigError(file, document.mistakes);
  const value = readSections(document, file);
  let result = configSchema.safeParse(value);
  if (result.error !== undefined && fillIn(value, result.error.issues, document))
    result = configSchema.safeParse(value);

  const schedule = value["schedule"];
  const cronMistake = typeof schedule === "string" ? await findCronMistake(schedule) : null;
  if (result.success && cronMistake === null && document.mistakes.length === 0) return result.data;

  const context: IssueContext = { value, document, schema: jsonSchema(), manual: "`agent-auth config schema`" };
  const known = new Set(document.mistakes.map(({ key }) => key));
  const found: ConfigMistake[] = [...document.mistakes];
  for (const issue of result.error?.issues ?? []) {
    // A variable that is not set leaves nothing to judge.
    if (!known.has(renderKey(issue.path))) found.push(...describeIssue(issue, context));
  }
  if (cronMistake !== null) found.push(describeValue(["schedule"], context, cronMistake));
  throw toConfigError(file, found);
}

/** The top level; a section whose keys are all commented out is null, which is no section. */
function readSections(document: ConfigDocument, file: string): Record<string, unknown> {
  const { value } = document;
  if (value === null || value === undefined) return {};
  if (typeof value === "object" && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null));
  }
  const got = Array.isArray(value) ? "a list" : "a single value";
  const text = `expected keys with values, got ${got}; write for example watch: true`;
  throw toConfigError(file, [{ key: null, position: document.locate([]), text }]);
}

/**
 * What comes from the environment is text. Where the schema wants a number or a word such as true, it is taken for one;
 * where it wants text, a password of digits stays text. True when that changed something.
 */
function fillIn(value: Record<string, unknown>, issues: readonly Issue[], document: ConfigDocument): boolean {
  let hasChanged = false;
  for (const { code, path } of issues) {
    const parent = path.slice(0, -1).reduce<unknown>((here, step) => Reflect.get(Object(here), step), value);
    const key = path.at(-1);
    if (code !== "invalid_type" || key === undefined || document.referenceAt(path) === null) continue;
    const text: unknown = Reflect.get(Object(parent), key);
    const meant = typeof text === "string" ? (MEANT.get(text) ?? toNumber(text)) : null;
    if (meant !== null) hasChanged = Reflect.set(Object(parent), key, meant);
  }
  return hasChanged;
}

type Issue = Parameters<typeof describeIssue>[0];

const MEANT = new Map([
  ["true", true],
  ["false", false],
]);

function toNumber(text: string): number | null {
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : null;
}
