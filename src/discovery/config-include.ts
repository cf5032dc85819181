import { dirname, isAbsolute, join, resolve, sep } from "node:path";
import { type Problem, problem } from "../problem.ts";
import { redactSecrets } from "../redact.ts";
import { isRecord } from "../record.ts";
import { kindOf } from "./config-shape.ts";
import { mapValues } from "./config-variables.ts";

/** A config that cannot be put together. It carries the problem, which quotes no content. */
export class ConfigRejected extends Error {
  override readonly name = "ConfigRejected";
  readonly problem: Problem;

  constructor(found: Problem) {
    super(found.message);
    this.problem = found;
  }
}

/** The usual case: the file at `path` says something that it should not. */
export function rejectConfig(path: string, finding: string): ConfigRejected {
  return new ConfigRejected(problem("config_invalid", redactSecrets(path), redactSecrets(finding)));
}

export interface IncludeAccess {
  /** Parses one file; throws ConfigRejected when that is impossible. */
  readonly load: (path: string) => unknown;
  /** The path behind symbolic links; the same path when there is nothing. */
  readonly realPath: (path: string) => string;
  /** Hears of a file that was named but is not loaded: another file behind its name may change that. */
  readonly noteRefused: (path: string) => void;
  /** Directories outside of which nothing is included. */
  readonly roots: readonly string[];
}

/** OpenClaw's own limits. */
const MAX_DEPTH = 10;
const MAX_PATH_LENGTH = 4_096;

/** More than any config has. Files that include each other many times over would multiply without end. */
const MAX_INCLUDES = 1_000;

/** Deeper than any config a person writes; keeps recursion within the stack. */
const MAX_NESTING = 200;

/**
 * Puts `$include` in place, at any level: files of a list are merged in order, then the keys beside it on top. Objects
 * merge, lists are joined, anything else is replaced. Throws ConfigRejected for a cycle, more than ten levels, more than
 * a thousand inclusions, or a file outside of the roots.
 */
export function resolveIncludes(path: string, access: IncludeAccess): unknown {
  let loads = 0;
  const load = (file: string): unknown => {
    if (loads++ <= MAX_INCLUDES) return access.load(file);
    throw rejectConfig(
      file,
      `\`$include\`: expected at most ${MAX_INCLUDES} inclusions, found more; include less often`,
    );
  };
  return expandFile(path, [], { ...access, load });
}

function expandFile(path: string, chain: readonly string[], access: IncludeAccess): unknown {
  const real = access.realPath(path);
  if (chain.includes(real)) {
    access.noteRefused(path);
    throw rejectConfig(path, "`$include`: expected no cycle, found this file twice");
  }
  if (chain.length > MAX_DEPTH) {
    throw rejectConfig(path, `\`$include\`: expected at most ${MAX_DEPTH} levels, found more; include it higher up`);
  }
  const inner = [...chain, real];
  const expand = (value: unknown, depth: number): unknown => {
    if (depth > MAX_NESTING) throw rejectConfig(path, `the config: expected at most ${MAX_NESTING} levels of nesting`);
    if (Array.isArray(value)) return value.map((item) => expand(item, depth + 1));
    if (!isRecord(value)) return value;
    const own = mapValues(value, (item, key) => (key === "$include" ? undefined : expand(item, depth + 1)));
    if (!Object.hasOwn(value, "$include")) return own;
    return includeInto(own, value["$include"]);
  };
  const includeInto = (own: Readonly<Record<string, unknown>>, targets: unknown): unknown => {
    const { $include: _, ...siblings } = own;
    const included = listTargets(targets, path)
      .map((target) => expandFile(admit(target, path, access), inner, access))
      .reduce((base, next) => mergeDeep(base, next), undefined);
    if (Object.keys(siblings).length === 0) return included;
    if (isRecord(included)) return mergeDeep(included, siblings);
    throw rejectConfig(
      path,
      `\`$include\`: expected an object, as other keys stand beside it, found ${kindOf(included)}`,
    );
  };
  return expand(access.load(path), 0);
}

function listTargets(targets: unknown, path: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(targets) ? targets : [targets];
  return list.map((target) => {
    if (typeof target === "string" && target.trim() !== "" && target.length < MAX_PATH_LENGTH) return target;
    throw rejectConfig(path, `\`$include\`: expected a file name or a list of them, found ${kindOf(target)}`);
  });
}

function admit(target: string, from: string, access: IncludeAccess): string {
  const path = isAbsolute(target) ? resolve(target) : join(dirname(from), target);
  const real = access.realPath(path);
  const isInside = access.roots.some((root) => real.startsWith(access.realPath(root) + sep));
  if (isInside) return path;
  access.noteRefused(path);
  throw rejectConfig(
    from,
    "`$include`: expected a file in the config's directory, found one outside; move it, or name its directory in OPENCLAW_INCLUDE_ROOTS",
  );
}

/** The second over the first. */
export function mergeDeep(base: unknown, over: unknown): unknown {
  if (base === undefined) return over;
  if (Array.isArray(base) && Array.isArray(over))
    return [...(base as readonly unknown[]), ...(over as readonly unknown[])];
  if (!isRecord(base) || !isRecord(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) merged[key] = mergeDeep(merged[key], value);
  return merged;
}
