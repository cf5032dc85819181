/**
 * Logic-less templates: `{{path.to.value}}`, `{{#list}}…{{/list}}` once per entry (or once for a value that is there),
 * `{{^value}}…{{/value}}` when it is absent, empty or false, `{{.}}` for the entry itself. Within a list, `first` and
 * `last` are true for these entries. A path that leads nowhere renders as nothing.
 */
export type Template = readonly Part[];

type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly path: string }
  | { readonly kind: "section"; readonly path: string; readonly isInverted: boolean; readonly parts: Template };

/** A template that cannot be; the message says what was expected, found and would mend it. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

const TAG = /\{\{\s*([#^/]?)\s*([^{}]*?)\s*\}\}/g;
const PATH = /^(?:\.|[A-Za-z_]\w*(?:\.\w+)*)$/;

/** Throws `TemplateError` for a tag that is misspelt, not closed or closes nothing. */
export function parseTemplate(text: string): Template {
  const open: { readonly path: string; readonly isInverted: boolean; readonly parts: Part[] }[] = [];
  const root: Part[] = [];
  const here = (): Part[] => open.at(-1)?.parts ?? root;
  let end = 0;
  for (const match of text.matchAll(TAG)) {
    const [tag, sign = "", path = ""] = match;
    if (match.index > end) here().push({ kind: "text", text: text.slice(end, match.index) });
    end = match.index + tag.length;
    if (!PATH.test(path)) throw new TemplateError(`expected {{a.path}}, got ${tag}; name a field of the payload`);
    if (sign === "") here().push({ kind: "value", path });
    else if (sign !== "/") open.push({ path, isInverted: sign === "^", parts: [] });
    else {
      const section = open.pop();
      if (section?.path !== path) throw new TemplateError(`${tag} closes nothing; write {{#${path}}} before it`);
      here().push({ kind: "section", ...section });
    }
  }
  const [unclosed] = open;
  if (unclosed !== undefined) {
    throw new TemplateError(`{{#${unclosed.path}}} is not closed; write {{/${unclosed.path}}} after it`);
  }
  if (end < text.length) root.push({ kind: "text", text: text.slice(end) });
  return root;
}

/** Fills in values, each through `escape`. */
export function renderTemplate(template: Template, data: unknown, escape: (value: string) => string): string {
  return renderParts(template, [data], escape);
}

/** A value within a JSON string, without the quotes around it. */
export function escapeJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

function renderParts(parts: Template, scopes: readonly unknown[], escape: (value: string) => string): string {
  return parts.map((part) => renderPart(part, scopes, escape)).join("");
}

function renderPart(part: Part, scopes: readonly unknown[], escape: (value: string) => string): string {
  if (part.kind === "text") return part.text;
  const value = lookUp(part.path, scopes);
  if (part.kind === "value") return escape(toText(value));
  const isThere = value !== false && value !== null && value !== undefined && value !== "" && !isEmptyList(value);
  if (part.isInverted) return isThere ? "" : renderParts(part.parts, scopes, escape);
  if (!isThere) return "";
  if (!Array.isArray(value)) return renderParts(part.parts, [value, ...scopes], escape);
  return value
    .map((entry: unknown, index) => {
      const place = { first: index === 0, last: index === value.length - 1 };
      return renderParts(part.parts, [entry, place, ...scopes], escape);
    })
    .join("");
}

/** The first field of that name, from the innermost section outwards. */
function lookUp(path: string, scopes: readonly unknown[]): unknown {
  if (path === ".") return scopes[0];
  const [first = "", ...rest] = path.split(".");
  const scope = scopes.find((at) => typeof at === "object" && at !== null && Object.hasOwn(at, first));
  return [first, ...rest].reduce<unknown>(
    (at, step) => (typeof at === "object" && at !== null && Object.hasOwn(at, step) ? Reflect.get(at, step) : null),
    scope,
  );
}

function toText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
