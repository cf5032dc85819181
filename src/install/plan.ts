import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UnavailableError } from "../errors.ts";
import { errorCode } from "../files.ts";
import { makeDirectory } from "../make-directory.ts";
import { writeAtomically } from "../storage.ts";
import { addMark, readMark } from "./mark.ts";
import type { InstalledFile } from "./target.ts";

/** What becomes of one file. `keep` leaves it as somebody else made it. */
export interface FileStep {
  readonly file: InstalledFile;
  readonly act: "write" | "update" | "unchanged" | "keep" | "remove" | "absent";
  /** Why it is kept; empty otherwise. */
  readonly reason: string;
}

export const EDITED = "edited since it was written; --force replaces it";
const FOREIGN = "not written by agent-auth; --force replaces it";
const YOURS = "yours to edit";
/** As `writeAtomically` calls what it has not finished. */
const TEMPORARY = /\.(\d+)-[0-9a-z]+\.tmp$/;

/** What installing means for each file; looks, and changes nothing. `version` goes into the mark. */
export function planInstall(
  files: readonly InstalledFile[],
  version: string,
  { isForced }: { readonly isForced: boolean },
): readonly FileStep[] {
  return files.map((file) => {
    const found = readExisting(file.path);
    if (found === null) return { file, act: "write", reason: "" };
    if (file.kind === "start") return { file, act: "keep", reason: YOURS };
    if (found === addMark(file.text, version)) return { file, act: "unchanged", reason: "" };
    const mark = readMark(found);
    if (mark === "intact" || isForced) return { file, act: "update", reason: "" };
    return { file, act: "keep", reason: mark === "edited" ? EDITED : FOREIGN };
  });
}

/** What uninstalling means for each file: only what is as we wrote it goes. */
export function planRemoval(
  files: readonly InstalledFile[],
  { isForced }: { readonly isForced: boolean },
): readonly FileStep[] {
  return files.map((file) => {
    const found = readExisting(file.path);
    if (found === null) return { file, act: "absent", reason: "" };
    const mark = readMark(found);
    if (mark === "intact" || (isForced && mark === "edited")) return { file, act: "remove", reason: "" };
    return {
      file,
      act: "keep",
      reason: mark === "edited" ? "edited since it was written; --force removes it" : "not written by agent-auth",
    };
  });
}

/** Throws `UnavailableError` where it may not be done. */
export function applyStep({ file, act }: FileStep, version: string): void {
  try {
    if (act === "remove") {
      rmSync(file.path);
      if (file.kind === "start") removeEmpty(dirname(file.path));
    }
    if (act !== "write" && act !== "update") return;
    const directory = dirname(file.path);
    if (!existsSync(directory)) {
      makeDirectory(directory);
      // Whatever runs as another user has to get at its config.
      chmodSync(directory, file.directoryMode ?? 0o755);
    }
    writeAtomically(file.path, addMark(file.text, version), file.mode);
    // Whatever our umask says.
    chmodSync(file.path, file.mode);
  } catch (error) {
    throw new UnavailableError(
      `${file.path}: cannot be ${act === "remove" ? "removed" : "written"} (${errorCode(error)})`,
      {
        cause: error,
      },
    );
  }
}

/** Takes away what a run of ours that was killed left beside the file, which others may take for a file like it. */
export function sweepBeside(path: string): void {
  const directory = dirname(path);
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) {
    const [, pid] = name.startsWith(`${basename(path)}.`) ? (TEMPORARY.exec(name) ?? []) : [];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(directory, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}

/** A directory for what we are told is ours as long as nobody else keeps something there. */
export function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch (error) {
    if (!["ENOENT", "ENOTDIR", "ENOTEMPTY", "EEXIST", "EBUSY"].includes(errorCode(error))) throw error;
  }
}

/** A file or a directory with all in it. Throws `UnavailableError` where it may not be done. */
export function removeLeaving(path: string): void {
  try {
    // Whoever used it may be about to end.
    rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  } catch (error) {
    throw new UnavailableError(`${path}: cannot be removed (${errorCode(error)})`, { cause: error });
  }
}

/** Null when nothing is there. A link is somebody's decision, such as a masked unit, and never ours. */
function readExisting(path: string): string | null {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return null;
    return stats.isFile() ? readFileSync(path, "utf8") : "";
  } catch (error) {
    throw new UnavailableError(`${path}: cannot be read (${errorCode(error)})`, { cause: error });
  }
}
