/** A random UUID. `node:crypto` is loaded for the first one only: a check that finds nothing new needs none. */
export function newId(): string {
  return process.getBuiltinModule("node:crypto").randomUUID();
}
