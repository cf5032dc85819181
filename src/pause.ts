const NEVER_NOTIFIED = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the process for so many milliseconds: for the rare moment in which a writer is halfway through a file. */
export function pause(durationMs: number): void {
  Atomics.wait(NEVER_NOTIFIED, 0, 0, durationMs);
}
