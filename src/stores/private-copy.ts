import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
} from "node:fs";
import { writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CHUNK_BYTES = 1024 * 1024;
const READ_WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** The pid is in the name, so that a later start can tell leftovers of a crash from a copy in use. */
const PREFIX = "agent-auth-exporter-";

/** A copy lives for milliseconds. One this old is left over, even if its pid has been given to somebody else. */
const LEFTOVER_AFTER_MS = 3_600_000;

/** Longer than a copy takes: a pid that looks dead may live in another container that shares this directory. */
const GRACE_MS = 60_000;

/**
 * Hands `use` a new directory that only we can read (0700), and removes it before returning. Throws the file system's
 * error when the temporary directory cannot be written.
 */
export function withPrivateDirectory<T>(use: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  try {
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Copies a regular file of at most `maxBytes` into a new file (0600); null when it is larger. Never waits. */
export function copyBounded(from: string, to: string, maxBytes: number): number | null {
  const source = openSync(from, READ_WITHOUT_WAITING);
  try {
    if (!fstatSync(source).isFile()) throw Object.assign(new Error("not a regular file"), { code: "EISDIR" });
    const target = openSync(to, "wx", 0o600);
    try {
      return copyChunks(source, target, maxBytes);
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}

/**
 * Removes private copies that a crash left behind: real directories of our own user, mode 0700, whose process is gone.
 * Returns how many; call it once at start.
 */
export function sweepPrivateCopies(): number {
  const parent = tmpdir();
  const leftovers = listNames(parent).filter((name) => name.startsWith(PREFIX) && isLeftover(parent, name));
  for (const name of leftovers) rmSync(join(parent, name), { recursive: true, force: true });
  return leftovers.length;
}

function copyChunks(source: number, target: number, maxBytes: number): number | null {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let copied = 0; ;) {
    const read = readSync(source, chunk, 0, chunk.length, null);
    if (read === 0) return copied;
    copied += read;
    if (copied > maxBytes) return null;
    for (let written = 0; written < read;) written += writeSync(target, chunk, written, read - written);
  }
}

function isLeftover(parent: string, name: string): boolean {
  const pid = Number(/^\d+(?=-)/.exec(name.slice(PREFIX.length))?.[0]);
  const stats = lstatSync(join(parent, name), { throwIfNoEntry: false });
  if (!Number.isSafeInteger(pid) || pid <= 0 || !stats?.isDirectory()) return false;
  if (process.getuid !== undefined && stats.uid !== process.getuid()) return false;
  if (process.platform !== "win32" && (stats.mode & 0o777) !== 0o700) return false;
  const ageMs = Date.now() - stats.mtimeMs;
  return ageMs > LEFTOVER_AFTER_MS || (ageMs > GRACE_MS && !isAlive(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function listNames(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
