import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { parseSync } from "rolldown/utils";

export interface Import {
  /** Path below the repository, with forward slashes. */
  readonly from: string;
  /** The same for a file of ours; the bare name for a package or a built-in module. */
  readonly to: string;
  readonly kind: "value" | "type" | "dynamic";
}

/** Every import of the TypeScript files that match `pattern`, read from their syntax trees. */
export function readImports(root: string, pattern: string): readonly Import[] {
  return globSync(pattern, { cwd: root })
    .sort()
    .flatMap((path) => parseImports(path, readFileSync(join(root, path), "utf8")));
}

export function parseImports(path: string, text: string): readonly Import[] {
  const { module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const found: Import[] = [];
  const add = (specifier: string, kind: Import["kind"]): void => {
    const to = specifier.startsWith(".") ? normalize(join(dirname(path), specifier)) : specifier;
    found.push({ from: path, to, kind });
  };
  for (const { moduleRequest, entries } of module.staticImports) {
    add(moduleRequest.value, entries.length > 0 && entries.every((entry) => entry.isType) ? "type" : "value");
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType } of entries) {
      if (moduleRequest !== null) add(moduleRequest.value, isType ? "type" : "value");
    }
  }
  for (const { moduleRequest } of module.dynamicImports) {
    add(text.slice(moduleRequest.start + 1, moduleRequest.end - 1), "dynamic");
  }
  return found;
}

/** Files and packages that are loaded as soon as `entry` is, without any dynamic import. */
export function staticClosure(imports: readonly Import[], entry: string): ReadonlySet<string> {
  const reached = new Set([entry]);
  for (const file of reached) {
    for (const { from, to, kind } of imports) if (from === file && kind === "value") reached.add(to);
  }
  return reached;
}
