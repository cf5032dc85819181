import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Path of a program that a test runs for real, or null when this machine lacks it: then the test is left out, and a
 * line says so. Where CI is set nothing is left out: throws instead.
 */
export function requireProgram(name: string): string | null {
  const found = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find(isExecutable);
  if (found !== undefined) return found;
  if (process.env["CI"] !== undefined) throw new Error(`${name} is not installed, and these tests need it`);
  process.stderr.write(`left out: tests that run ${name}, which is not installed here\n`);
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
