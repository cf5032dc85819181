import { statSync } from "node:fs";

/** When one of these files was last written, replaced or renamed into place; null when none can be looked at. */
export function touchedAt(paths: readonly string[]): Date | null {
  const times = paths.flatMap((path) => {
    try {
      const found = statSync(path, { throwIfNoEntry: false });
      return found === undefined ? [] : [Math.max(found.mtimeMs, found.ctimeMs)];
    } catch {
      // Whoever needs the file says why it cannot be read.
      return [];
    }
  });
  return times.length === 0 ? null : new Date(Math.max(...times));
}
