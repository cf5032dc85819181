import { basename, dirname } from "node:path";
import { redactSecrets } from "../redact.ts";

/**
 * Ids are labels and must stay: the base name without its dot, behind the home's name where several homes are searched.
 * The first to ask for an id keeps it; another one is told by its parent directory, then by a number.
 */
export function nameInstallations(
  dirs: readonly { readonly path: string; readonly homePath: string | null }[],
  prefixIds: boolean,
): readonly string[] {
  const taken = new Set<string>();
  return dirs.map(({ path, homePath }) => {
    const name = showName(path);
    const wanted = prefixIds && homePath !== null ? `${showName(homePath)}-${name}` : name;
    const told = `${showName(dirname(path))}-${name}`;
    const id = [wanted, told].find((choice) => !taken.has(choice)) ?? numberApart(wanted, taken);
    taken.add(id);
    return id;
  });
}

function showName(path: string): string {
  return redactSecrets(basename(path).replace(/^\./, ""));
}

/** The id itself, or with the first number from 2 that sets it apart. */
export function numberApart(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  let number = 2;
  while (taken.has(`${wanted}-${number}`)) number++;
  return `${wanted}-${number}`;
}

/** The id of a CLI login, which is an installation of its own. */
export function nameLogin(format: string, homePath: string, prefixIds: boolean): string {
  return prefixIds ? `${showName(homePath)}-${format}` : format;
}
