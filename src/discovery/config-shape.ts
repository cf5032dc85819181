import { isRecord } from "../record.ts";

/** What a value is, in words for a person; its content is never quoted. */
export type Kind = "nothing" | "a string" | "a number" | "a boolean" | "a list" | "an object";

/** Looks into a value of unknown shape. Whatever is not as asked is reported once and then reads as absent. */
export interface Shape {
  has(key: string): boolean;
  kind(key: string): Kind;
  value(key: string): unknown;
  string(key: string): string | null;
  /** Null when absent, so that an empty list can be told from none. */
  strings(key: string): readonly string[] | null;
  object(key: string): Shape;
  /** Elements of a list of objects. */
  items(key: string): readonly Shape[];
  /** Properties of an object of objects. */
  children(): readonly (readonly [string, Shape])[];
  /** Properties for which `read` finds something. */
  entries<T>(read: (shape: Shape, key: string) => T | null): readonly (readonly [string, T])[];
  fault(key: string, expected: string, found: string, remedy?: string): void;
}

const REMEDY = "correct it, OpenClaw refuses to start with it too";

/** `report` is told, in one sentence each, what was expected where and what kind of thing was found. */
export function createShape(value: unknown, at: string, report: (fault: string) => void): Shape {
  const known = isRecord(value) ? value : null;
  if (known === null && kindOf(value) !== "nothing") report(describe(at, "an object", kindOf(value), REMEDY));
  const get = (key: string): unknown => (known !== null && Object.hasOwn(known, key) ? known[key] : undefined);
  const place = (key: string): string => (at === "" ? key : `${at}.${key}`);
  const fault: Shape["fault"] = (key, expected, found, remedy = REMEDY) =>
    report(describe(place(key), expected, found, remedy));

  const list = (key: string, expected: string): readonly unknown[] => {
    const found = get(key);
    if (Array.isArray(found)) return found;
    if (kindOf(found) !== "nothing") fault(key, expected, kindOf(found));
    return [];
  };
  const shape: Shape = {
    has: (key) => kindOf(get(key)) !== "nothing",
    kind: (key) => kindOf(get(key)),
    value: get,
    string(key) {
      const found = get(key);
      if (typeof found === "string") return found;
      if (kindOf(found) !== "nothing") fault(key, "a string", kindOf(found));
      return null;
    },
    strings(key) {
      if (!shape.has(key)) return null;
      return list(key, "a list of strings").filter((item, index): item is string => {
        if (typeof item !== "string") fault(`${key}.${index}`, "a string", kindOf(item));
        return typeof item === "string";
      });
    },
    object: (key) => createShape(get(key), place(key), report),
    items: (key) => list(key, "a list").map((item, index) => createShape(item, place(`${key}.${index}`), report)),
    children: () => Object.keys(known ?? {}).map((key) => [key, shape.object(key)] as const),
    entries: (read) =>
      Object.keys(known ?? {}).flatMap((key) => {
        const found = read(shape, key);
        return found === null ? [] : [[key, found] as const];
      }),
    fault,
  };
  return shape;
}

export function kindOf(value: unknown): Kind {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "a string";
  if (typeof value === "number") return "a number";
  return typeof value === "boolean" ? "a boolean" : "an object";
}

function describe(at: string, expected: string, found: string, remedy: string): string {
  return `${at === "" ? "the config" : `\`${at}\``}: expected ${expected}, found ${found}; ${remedy}`;
}
