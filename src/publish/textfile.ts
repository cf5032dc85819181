import { basename, dirname, resolve } from "node:path";
import { errorCode, lookAt } from "../files.ts";
import { redactSecrets } from "../redact.ts";
import { findStateDirAround } from "../state-dir.ts";
import { writeAtomically } from "../storage.ts";
import type { Publisher } from "./publisher.ts";

/** node_exporter runs as a user of its own. */
const MODE = 0o644;

export interface TextfilePlace {
  /** State directories with names of their own: `discovery.stateDirs`. */
  readonly stateDirs: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What is wrong with a path for node_exporter's textfile collector, with the remedy; null when it can be used. */
export function findTextfileMistake(path: string, { stateDirs, env }: TextfilePlace): string | null {
  const shown = redactSecrets(path);
  // The collector reads no other names: https://github.com/prometheus/node_exporter#textfile-collector
  if (!basename(path).endsWith(".prom")) {
    return `expected a name that ends in .prom, because node_exporter reads no other, got "${shown}"; add .prom`;
  }
  const foreign = findStateDirAround(path, stateDirs, env);
  if (foreign === null) return null;
  const expected = "expected a place outside of every agent's state directory";
  return `${expected}, got ${shown} in ${redactSecrets(foreign)}; name the directory that node_exporter reads`;
}

/**
 * A file for node_exporter's textfile collector, replaced as a whole: a reader sees the old metrics or the new. Its
 * directory has to be there, because one that we made would be closed to others.
 */
export function createTextfile(path: string): Publisher {
  return {
    name: "textfile",
    async publish(text) {
      const shown = redactSecrets(path);
      const directory = redactSecrets(dirname(resolve(path)));
      if (lookAt(dirname(path)).kind === "absent") {
        return `${directory} does not exist; make it, and let node_exporter read it`;
      }
      try {
        writeAtomically(path, text, MODE);
        return null;
      } catch (error) {
        return `${shown} cannot be written (${errorCode(error)}); ${remedyFor(errorCode(error), directory)}`;
      }
    },
  };
}

function remedyFor(code: string, directory: string): string {
  switch (code) {
    case "EISDIR":
      return "name a file instead of a directory";
    case "ENOSPC":
    case "EDQUOT":
      return "free some space";
    default:
      return `let this user create files in ${directory}`;
  }
}
