import { isRecord } from "../record.ts";

const REFERENCE = /\$?\$\{([A-Z_][A-Z0-9_]*)\}/g;

/**
 * Fills in `${NAME}` in every string; `$${NAME}` stands for the text `${NAME}`. A variable without a value stays as
 * written, as OpenClaw does since 2026.2.
 */
export function substituteVariables(value: unknown, lookUp: (name: string) => string | undefined): unknown {
  if (typeof value === "string") {
    if (!value.includes("${")) return value;
    return value.replace(REFERENCE, (match: string, name: string) => {
      if (match.startsWith("$$")) return match.slice(1);
      const found = lookUp(name);
      return isSet(found) ? found : match;
    });
  }
  if (Array.isArray(value)) return value.map((item) => substituteVariables(item, lookUp));
  if (!isRecord(value)) return value;
  return mapValues(value, (item) => substituteVariables(item, lookUp));
}

/** A copy with every value replaced; without `__proto__`, which would set the prototype and not a property. */
export function mapValues(
  record: Readonly<Record<string, unknown>>,
  map: (value: unknown, key: string) => unknown,
): Readonly<Record<string, unknown>> {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(record)) if (key !== "__proto__") copy[key] = map(record[key], key);
  return copy;
}

/** The `env` block: `env.vars`, and other string values beside it. */
export function readEnvBlock(config: unknown): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  const block = isRecord(config) ? config["env"] : undefined;
  if (!isRecord(block)) return variables;
  for (const place of [block, block["vars"]]) {
    if (!isRecord(place)) continue;
    for (const [name, value] of Object.entries(place)) {
      if (typeof value === "string" && isSet(value) && !hasReference(value)) variables.set(name, value);
    }
  }
  return variables;
}

/** True when a reference to a variable is left in the text: it had no value. */
export function hasReference(text: string): boolean {
  return text.includes("${") && text.search(REFERENCE) !== -1;
}

/**
 * Whether an `apiKey` of the config leads to a key: literal text, a SecretRef, or the name of a variable. Files and
 * programs that a SecretRef names are not consulted; they count as present, as a reference in a store does.
 */
export function readKeyState(
  apiKey: unknown,
  hasVariable: (name: string) => boolean,
): "present" | "unresolved" | "absent" {
  if (typeof apiKey === "string") {
    const text = apiKey.trim();
    if (text === "") return "absent";
    if (hasReference(text)) return "unresolved";
    // Up to 2026.3 the generated config holds the variable's name where the key would be.
    return VARIABLE_NAME.test(text) && !hasVariable(text) ? "unresolved" : "present";
  }
  if (!isRecord(apiKey) || typeof apiKey["source"] !== "string") return "absent";
  if (apiKey["source"] !== "env") return "present";
  return typeof apiKey["id"] === "string" && hasVariable(apiKey["id"]) ? "present" : "unresolved";
}

const VARIABLE_NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:API_KEY|TOKEN)$/;

/** Shells and unit files leave these words behind where there was meant to be nothing. */
export function isSet(value: string | undefined): value is string {
  const text = value?.trim();
  return text !== undefined && text !== "" && text !== "undefined" && text !== "null";
}
