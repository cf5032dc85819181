import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { statSync } from "node:fs";
import { writeAtomically } from "../storage.ts";
import type { Config } from "./config.ts";
import { jsonSchema } from "./json-schema.ts";
import { BUILD, type FileIdentity, identify } from "./kept.ts";
import { maskSecrets } from "./print.ts";
import { configSchema } from "./schema.ts";

/** A change within the last tick of the clock may leave no trace in the times of a file; FAT counts by two seconds. */
const SETTLED_MS = 2_000;

interface Understood {
  readonly path: string;
  readonly text: string;
  /** Of the file as it was before `text` was read. */
  readonly identity: FileIdentity | null;
  readonly config: Config;
}

/**
 * Keeps what a config file means in the file `kept`, for the next process; never throws. Nothing is kept of one that
 * holds a secret, names a variable, or was changed a moment ago.
 */
export function keepConfig(kept: string, { path, text, identity, config }: Understood): void {
  if (identity === null || text.includes("${")) return;
  try {
    const { mtimeMs, ctimeMs } = statSync(path);
    const isSettled = Date.now() - Math.max(mtimeMs, ctimeMs) > SETTLED_MS;
    if (!isSettled || identify(path) !== identity || holdsSecret(config)) return;
    const content = JSON.stringify({ build: BUILD, identity, config });
    const { config: read } = JSON.parse(content) as { config: unknown };
    if (isDeepStrictEqual(read, config)) writeAtomically(kept, content);
  } catch {
    // It only takes longer.
  }
}

function holdsSecret(config: Config): boolean {
  const keys = z.encode(configSchema, config);
  return !isDeepStrictEqual(maskSecrets(keys, jsonSchema()), keys);
}
