import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { sep } from "node:path";
import { findBarrier } from "./file-barrier.ts";
import { type Problem, type ProblemReason, problem } from "./problem.ts";
import { redactSecrets } from "./redact.ts";

/** The largest text file we read; upstream's stores are a few kilobytes. */
export const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** Null beyond the year 275760, which a file system can store and a `Date` cannot. */
export function modificationTime({ mtime }: Pick<Stats, "mtime">): Date | null {
  return Number.isNaN(mtime.getTime()) ? null : mtime;
}

/** A name of ours in a directory whose path is in normal form; `join` would look through all of it again. */
export function pathIn(directory: string, name: string): string {
  return `${directory}${sep}${name}`;
}

/** What tells one state of a file from another, without reading it. */
export type FileIdentity = Pick<Stats, "dev" | "ino" | "size" | "mode" | "mtimeMs" | "ctimeMs">;

export type FileLook =
  | { readonly kind: "found"; readonly stats: Stats }
  /** A dangling link is there, and its target may appear anywhere. */
  | { readonly kind: "absent"; readonly isDangling: boolean }
  | { readonly kind: "failed"; readonly problem: Problem };

/** `stats` is null when the file could not be opened; it is taken before the text is read. */
interface FailedReading {
  readonly kind: "failed";
  readonly problem: Problem;
  readonly stats: Stats | null;
}

export type TextReading = { readonly kind: "text"; readonly text: string; readonly stats: Stats } | FailedReading;

export type JsonReading = { readonly kind: "value"; readonly value: unknown; readonly stats: Stats } | FailedReading;

export type JsonValue =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "failed"; readonly problem: Problem };

// Opening a FIFO or a device for reading can wait for ever without O_NONBLOCK. Windows has neither flag nor problem.
const READ_WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/** The last one is Node's for a NUL byte in the path. */
const ABSENCE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE"]);

const NO_THROW = { throwIfNoEntry: false } as const;

/** Reading is synchronous, so one buffer serves every file; it grows to the largest seen. */
let shared = Buffer.allocUnsafe(64 * 1024);

/** Follows symlinks. A missing file is an answer, not a problem; everything else that fails is one. */
export function lookAt(path: string): FileLook {
  try {
    const link = lstatSync(path, NO_THROW);
    if (link === undefined) return ABSENT;
    const stats = link.isSymbolicLink() ? statSync(path, NO_THROW) : link;
    return stats === undefined ? { kind: "absent", isDangling: true } : { kind: "found", stats };
  } catch (error) {
    return ABSENCE.has(errorCode(error)) ? ABSENT : { kind: "failed", problem: describeFileError(error, path) };
  }
}

const ABSENT: FileLook = { kind: "absent", isDangling: false };

/** True when nothing was written between two looks. Timestamps carry about 0.25 µs, finer than any kernel's tick. */
export function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return (
    a.mtimeMs === b.mtimeMs &&
    a.ino === b.ino &&
    a.size === b.size &&
    a.ctimeMs === b.ctimeMs &&
    a.mode === b.mode &&
    a.dev === b.dev
  );
}

/** What `isSameFile` needs of a `Stats`, which is several times larger. */
export function identityOf({ dev, ino, size, mode, mtimeMs, ctimeMs }: Stats): FileIdentity {
  return { dev, ino, size, mode, mtimeMs, ctimeMs };
}

/**
 * The text of a regular file of at most `maxBytes`, as UTF-8. Never waits for a writer, and reads again when the file
 * changes meanwhile; a file without a byte is the problem `empty_file`, a missing one `not_found`. `seen` is the answer
 * of `lookAt` for the same path, which spares asking again.
 */
export function readTextFile(path: string, maxBytes: number = MAX_FILE_BYTES, seen: Stats | null = null): TextReading {
  try {
    const fd = openSync(path, READ_WITHOUT_WAITING);
    try {
      return readStable(fd, path, maxBytes, seen ?? fstatSync(fd));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return { kind: "failed", problem: describeFileError(error, path), stats: null };
  }
}

/** As `readTextFile`, parsed; accepts a byte order mark. Text that does not parse is the problem `bad_json`. */
export function readJsonFile(path: string, seen: Stats | null = null): JsonReading {
  const reading = readTextFile(path, MAX_FILE_BYTES, seen);
  if (reading.kind === "failed") return reading;
  const { stats } = reading;
  const parsed = parseJson(reading.text, path);
  return parsed.kind === "value" ? { kind: "value", value: parsed.value, stats } : { ...parsed, stats };
}

/** Parses text that came from `path`. The parser's own error is dropped, for it quotes its input. */
export function parseJson(text: string, path: string): JsonValue {
  const plain = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (plain.trim() === "") return failed("empty_file", path, "is blank; expected JSON. Restore it or log in again");
  try {
    return { kind: "value", value: JSON.parse(plain) as unknown };
  } catch {
    return failed("bad_json", path, "is not JSON, or was cut off; restore it from a backup or log in again");
  }
}

/** The problem that a failed file system call amounts to. */
export function describeFileError(error: unknown, path: string): Problem {
  const code = errorCode(error);
  if (ABSENCE.has(code)) return fileProblem("not_found", path, "does not exist");
  switch (code) {
    case "ELOOP":
      return fileProblem(
        "symlink_loop",
        findBarrier(path).path,
        "is a symbolic link that leads back to itself; remove or mend the link",
      );
    case "EISDIR":
      return notRegular(path, "a directory");
    case "ENXIO":
      return notRegular(path, "a socket, or a device without a driver");
    default:
      return describeRefusal(path, code);
  }
}

/** The problem of a path where a file should be. */
export function describeKind(stats: Stats, path: string): Problem {
  if (stats.isDirectory()) return notRegular(path, "a directory");
  if (stats.isFIFO()) return notRegular(path, "a FIFO");
  return notRegular(path, stats.isSocket() ? "a socket" : "a device");
}

function notRegular(path: string, kind: string): Problem {
  return fileProblem("not_regular", path, `is not a regular file but ${kind}; move it away and restore the file`);
}

function describeRefusal(path: string, code: string): Problem {
  const barrier = findBarrier(path);
  const finding = barrier.kind === "directory" ? "cannot be entered" : "cannot be read";
  return fileProblem("permission_denied", barrier.path, `${finding} (${code}); run as its owner or grant read access`);
}

/** A problem whose message begins with the path; secrets in a file's name are redacted. */
export function fileProblem(reason: ProblemReason, path: string, finding: string): Problem {
  const shown = redactSecrets(path);
  return problem(reason, shown, `${shown} ${finding}`);
}

function readStable(fd: number, path: string, maxBytes: number, seen: Stats): TextReading {
  let before = seen;
  for (let attempt = 0; ; attempt++) {
    if (!before.isFile()) return { kind: "failed", problem: describeKind(before, path), stats: before };
    const length = before.size > maxBytes ? null : readAll(fd, before.size, maxBytes);
    const after = fstatSync(fd);
    // A writer that truncates in place can leave the head of the old text and the tail of the new one in our hands.
    if (!isSameFile(before, after) && attempt < 3) {
      before = after;
      continue;
    }
    if (length === null) {
      const message = `is larger than ${maxBytes} bytes, too large for a store`;
      return { ...failed("too_large", path, message), stats: before };
    }
    if (length === 0) return { ...failed("empty_file", path, "is empty; restore it or log in again"), stats: before };
    return { kind: "text", text: shared.toString("utf8", 0, length), stats: before };
  }
}

/** Fills the shared buffer; null when there is more than `maxBytes`. The size is a hint: /proc files say 0. */
function readAll(fd: number, sizeHint: number, maxBytes: number): number | null {
  let length = 0;
  for (;;) {
    if (length === shared.length || shared.length <= sizeHint) grow(Math.max(sizeHint + 1, shared.length * 2), length);
    const read = readSync(fd, shared, length, shared.length - length, length);
    length += read;
    if (length > maxBytes) return null;
    if (read === 0 || length === sizeHint) return length;
  }
}

function grow(size: number, keep: number): void {
  const bigger = Buffer.allocUnsafe(size);
  shared.copy(bigger, 0, 0, keep);
  shared = bigger;
}

function failed(reason: ProblemReason, path: string, finding: string): { kind: "failed"; problem: Problem } {
  return { kind: "failed", problem: fileProblem(reason, path, finding) };
}

/** The code of a failed system call, such as `EACCES`. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown error";
}
