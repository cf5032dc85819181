import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../record.ts";
import { writeAtomically } from "../storage.ts";
import { parseDate } from "./answer.ts";
import type { RemoteTarget } from "./target.ts";

const VERSION = 1;

/** The last good answer of a remote. */
export interface KeptAnswer {
  /** The status document. */
  readonly text: string;
  readonly etag: string | null;
  /** When it answered last, by our clock. */
  readonly seenAt: Date;
  /** When it had looked at its stores last, by our clock. */
  readonly checkedAt: Date;
}

export interface KeptAnswers {
  /** Null when there is none, or none that this version wrote. */
  read(target: RemoteTarget): KeptAnswer | null;
  /** Replaces the file (0600). Throws the file system's error. */
  write(target: RemoteTarget, answer: KeptAnswer): void;
}

/** Answers kept in `remotes/` of the storage directory, one file for each address. */
export function openKeptAnswers(storagePath: string): KeptAnswers {
  // The address may hold a token, and is a file's name here.
  const pathOf = (target: RemoteTarget): string => {
    const { config, shown } = target;
    // One server may show each of its users something else.
    const user = config.user ?? (target.kind === "http" ? target.user : "");
    const digest = createHash("sha256").update(`${shown}\n${config.program}\n${user}`).digest("hex").slice(0, 16);
    return join(storagePath, "remotes", `${digest}.json`);
  };
  return {
    read(target) {
      try {
        return parseKept(JSON.parse(readFileSync(pathOf(target), "utf8")));
      } catch {
        // Missing, unreadable or cut off: the next answer replaces it.
        return null;
      }
    },
    write(target, answer) {
      writeAtomically(pathOf(target), `${JSON.stringify({ version: VERSION, ...answer })}\n`);
    },
  };
}

function parseKept(content: unknown): KeptAnswer | null {
  if (!isRecord(content) || content["version"] !== VERSION || typeof content["text"] !== "string") return null;
  const [seenAt, checkedAt] = [readDate(content["seenAt"]), readDate(content["checkedAt"])];
  if (seenAt === null || checkedAt === null) return null;
  const { etag } = content;
  return { text: content["text"], etag: typeof etag === "string" ? etag : null, seenAt, checkedAt };
}

function readDate(value: unknown): Date | null {
  return typeof value === "string" ? parseDate(value) : null;
}
