import type { Stats } from "node:fs";
import { readTextFile } from "../files.ts";
import { isRecord } from "../record.ts";
import { writeAtomically } from "../storage.ts";
import { parseDate } from "./answer.ts";
import { keptDirectory, keptPath, SESSION_FILE } from "./kept-path.ts";
import type { TlsSession, TlsSessions } from "./tls-session.ts";

const VERSION = 1;
/** A session with a long certificate is a few kilobytes. */
const MAX_BYTES = 64 * 1024;

/** Sessions kept beside the answers, one file (0600) for each host, for processes that end after each check. */
export function openKeptSessions(storagePath: string): TlsSessions {
  const directory = keptDirectory(storagePath);
  return {
    get(target) {
      const reading = readTextFile(keptPath(directory, target, SESSION_FILE), MAX_BYTES);
      if (reading.kind === "failed" || !isOursAlone(reading.stats)) return undefined;
      try {
        return parseSession(JSON.parse(reading.text));
      } catch {
        // Cut off: the next handshake is a whole one.
        return undefined;
      }
    },
    set(target, { data, ...session }) {
      const content = { version: VERSION, ...session, data: data.toString("base64") };
      try {
        writeAtomically(keptPath(directory, target, SESSION_FILE), `${JSON.stringify(content)}\n`);
      } catch {
        // It spares bytes; that the answer cannot be kept either is said.
      }
    },
  };
}

/** Whoever else could write it could make us trust a host of theirs: a session stands for a good certificate. */
function isOursAlone({ uid, mode }: Stats): boolean {
  return uid === process.geteuid?.() && (mode & 0o077) === 0;
}

function parseSession(content: unknown): TlsSession | undefined {
  if (!isRecord(content) || content["version"] !== VERSION) return undefined;
  const { data, authority, trustedAt, refusals } = content;
  if (typeof data !== "string" || typeof trustedAt !== "string" || typeof refusals !== "number") return undefined;
  const since = parseDate(trustedAt);
  if (since === null || (authority !== null && typeof authority !== "string")) return undefined;
  return { data: Buffer.from(data, "base64"), authority, trustedAt: since, refusals };
}
