import { writeSync } from "node:fs";
import { UnavailableError } from "./errors.ts";

const STDOUT = 1;
const STDERR = 2;

/**
 * Writes all of a text to standard output before it returns, without setting up Node's stream for it, which would take
 * a tenth of the time of a whole check. A reader that has gone away, as in `| head -1`, is nobody's mistake. Throws
 * `UnavailableError` when the text cannot be written, such as to a full disk.
 */
export function writeOut(text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(STDOUT, bytes, written);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw new UnavailableError(`output cannot be written: ${code}`, { cause: error });
      // A pipe that does not block and is full: the stream knows how to wait for it.
      process.stdout.write(bytes.subarray(written));
      return;
    }
  }
}

/** Writes to standard error as `writeOut` does to the other. What nobody can be told is no error of its own. */
export function writeError(text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(STDERR, bytes, written);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EAGAIN") {
        process.stderr.write(bytes.subarray(written));
      }
      return;
    }
  }
}
