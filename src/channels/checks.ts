import type { z } from "zod";
import { findUnknownField } from "./template-fields.ts";
import { parseTemplate, TemplateError } from "./template.ts";

/** A key with a typing error is one mistake, and what it leaves missing is no other. */
export function isMistyped({ issues }: Pick<z.RefinementCtx, "issues">): boolean {
  return issues.some(({ code }) => code === "unrecognized_keys");
}

/** Exactly one of these keys must be given; the complaint stands at the first that is too many. */
export function needsOneOf(...keys: readonly string[]): (given: object, context: z.RefinementCtx) => void {
  return (given, context) => {
    const found = keys.filter((key) => Reflect.get(given, key) !== undefined);
    if (found.length === 1 || (found.length === 0 && isMistyped(context))) return;
    const choices = keys.map((key) => `\`${key}\``).join(" or ");
    const [, second] = found;
    const message = second === undefined ? `write ${choices}` : `write one of ${choices}, not both`;
    context.addIssue({ code: "custom", path: [second ?? keys[0] ?? ""], input: given, message });
  };
}

/** A password alone would not be used, and nobody would notice. */
export function needsUser(given: object, context: z.RefinementCtx): void {
  const has = (key: string): boolean => Reflect.get(given, key) !== undefined;
  if (has("user") || (!has("password") && !has("passwordFile")) || isMistyped(context)) return;
  context.addIssue({ code: "custom", path: ["user"], input: given, message: "a password needs one" });
}

export function refuseBadTemplate(text: string, context: z.RefinementCtx): void {
  try {
    const message = findUnknownField(parseTemplate(text));
    if (message !== null) context.addIssue({ code: "custom", input: text, message });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    context.addIssue({ code: "custom", input: text, message: error.message });
  }
}
