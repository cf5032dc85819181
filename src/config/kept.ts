import { readFileSync, statSync } from "node:fs";
import { REVISION, VERSION } from "../version.ts";
import type { Config } from "./config.ts";

/*
 * What a config file means, kept beside our compiled code: YAML and the schema cost more than the check that they are
 * for. It is believed for the same file only (device, inode, size, times to the nanosecond) and the same build.
 * `keep.ts` writes it, and nothing that holds a secret or depends on the environment.
 */

/** A file as it is now; another one, or the same after any change, is another identity. */
export type FileIdentity = string;

export interface KeptConfig {
  readonly build: string;
  readonly identity: FileIdentity;
  readonly config: Config;
}

/** Another build may understand the file otherwise; so may another Node.js, which knows other time zones. */
export const BUILD = [VERSION, REVISION, import.meta.filename, process.version].join(" ");

/** Null when there is no such file. */
export function identify(path: string): FileIdentity | null {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch {
    return null;
  }
}

/** Null when nothing is kept for this file. */
export function readKeptConfig(path: string | null, identity: FileIdentity | null): Config | null {
  if (path === null || identity === null) return null;
  try {
    const kept = JSON.parse(readFileSync(path, "utf8")) as KeptConfig;
    return kept.build === BUILD && kept.identity === identity ? kept.config : null;
  } catch {
    // Missing or cut off: the next one is written over it.
    return null;
  }
}
