import { readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { readTextFile } from "../files.ts";
import { isRecord } from "../record.ts";
import { writeAtomically } from "../storage.ts";
import { MAX_DOCUMENT_BYTES, parseDate } from "./answer.ts";
import { ANSWER_FILE, keptDirectory, keptPath, SESSION_FILE } from "./kept-path.ts";
import type { RemoteTarget } from "./target.ts";
import { SESSION_MS } from "./tls-session.ts";

const VERSION = 1;
/** A document as a text within JSON, where each quote takes two bytes. */
const MAX_KEPT_BYTES = 2 * MAX_DOCUMENT_BYTES;

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
  /** Notes that the host is asked still, whether or not it answers. */
  touch(target: RemoteTarget, now: Date): void;
  /**
   * Removes what is kept of other hosts than these that nobody asked for 30 days, for another config may name them; and
   * every TLS session that is too old to go on with.
   */
  sweep(targets: readonly RemoteTarget[], now: Date): void;
}

const DAY_MS = 24 * 60 * 60_000;
const KEEP_MS = 30 * DAY_MS;

/** Answers kept in `remotes/` of the storage directory, one file for each address. */
export function openKeptAnswers(storagePath: string): KeptAnswers {
  const directory = keptDirectory(storagePath);
  const pathOf = (target: RemoteTarget): string => keptPath(directory, target, ANSWER_FILE);
  return {
    touch(target, now) {
      const path = pathOf(target);
      // Once a day is enough, and does not wear out the storage of a phone.
      tryTo(() => ageOf(path, now) > DAY_MS && utimesSync(path, now, now));
    },
    sweep(targets, now) {
      const ours = new Set(targets.map(pathOf));
      for (const name of tryTo(() => readdirSync(directory)) ?? []) {
        const path = join(directory, name);
        // Nobody goes on with an older session, whoever is asked.
        const keepMs = name.includes(SESSION_FILE) ? SESSION_MS : KEEP_MS;
        tryTo(() => !ours.has(path) && ageOf(path, now) > keepMs && rmSync(path));
      }
    },
    read(target) {
      const reading = readTextFile(pathOf(target), MAX_KEPT_BYTES);
      if (reading.kind === "failed") return null;
      try {
        return parseKept(JSON.parse(reading.text));
      } catch {
        // Cut off: the next answer replaces it.
        return null;
      }
    },
    write(target, answer) {
      writeAtomically(pathOf(target), `${JSON.stringify({ version: VERSION, ...answer })}\n`);
    },
  };
}

function ageOf(path: string, now: Date): number {
  return now.getTime() - statSync(path).mtimeMs;
}

/** What keeps us from tidying up is no trouble of anybody's. */
function tryTo<T>(act: () => T): T | null {
  try {
    return act();
  } catch {
    return null;
  }
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
