import { createHash } from "node:crypto";
import { join } from "node:path";
import type { RemoteTarget } from "./target.ts";

/** Where what is kept of other hosts lies, in the storage directory. */
export function keptDirectory(storagePath: string): string {
  return join(storagePath, "remotes");
}

export const ANSWER_FILE = ".json";
export const SESSION_FILE = ".session";

/** The file of one host in that directory. */
export function keptPath(directory: string, target: RemoteTarget, extension: string): string {
  const { config, shown } = target;
  // One server may show each of its users something else.
  const user = config.user ?? (target.kind === "http" ? target.user : "");
  // The address may hold a token, and is a file's name here.
  const digest = createHash("sha256").update(`${shown}\n${config.program}\n${user}`).digest("hex").slice(0, 16);
  return join(directory, `${digest}${extension}`);
}
