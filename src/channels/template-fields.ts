import { ITEM_FIELDS, PAYLOAD_FIELDS } from "./native-payload.ts";
import type { Template } from "./template.ts";

/** Each entry of a list knows its place. */
const PLACE_FIELDS = ["first", "last"];

/**
 * What is wrong with the first field of a template that the native payload does not have, as the second half of a
 * sentence; null when all are known. Such a field renders as nothing, which nobody notices until an alert is empty.
 */
export function findUnknownField(template: Template): string | null {
  return findIn(template, [PAYLOAD_FIELDS]);
}

type Scopes = readonly (readonly string[])[];

function findIn(parts: Template, scopes: Scopes): string | null {
  for (const part of parts) {
    if (part.kind === "text") continue;
    const known = scopes.flat();
    if (part.path !== "." && !isKnown(part.path, known)) {
      return `{{${part.path}}} is no field; ${describeFields(part.path, known)}`;
    }
    if (part.kind !== "section") continue;
    const isOnceEach = part.path === "items" && !part.isInverted;
    const isOneItem = /^items\.\d+$/.test(part.path);
    const inner = isOnceEach ? [ITEM_FIELDS, PLACE_FIELDS, ...scopes] : isOneItem ? [ITEM_FIELDS, ...scopes] : scopes;
    const found = findIn(part.parts, inner);
    if (found !== null) return found;
  }
  return null;
}

function describeFields(path: string, known: readonly string[]): string {
  if (ITEM_FIELDS.includes(path)) return `an item has it: {{#items}}{{${path}}}{{/items}}`;
  if (path.startsWith("items.")) return `an item has ${ITEM_FIELDS.join(", ")}`;
  return `the fields here are ${[...new Set(known)].join(", ")}`;
}

/** `title`, or `items.0.agent`. */
function isKnown(path: string, known: readonly string[]): boolean {
  const [first = "", index, field, ...rest] = path.split(".");
  if (!known.includes(first)) return false;
  if (index === undefined) return true;
  if (first !== "items" || rest.length > 0) return false;
  return index === "length" || (/^\d+$/.test(index) && (field === undefined || ITEM_FIELDS.includes(field)));
}
