import type { Stats } from "node:fs";
import { type JsonReading, readJsonFile } from "../files.ts";
import { pause } from "../pause.ts";

/** Upstream before 2026.4.29 wrote in place: a reader may meet an empty file, or half of one. */
const PAUSES_MS = [5, 15, 40, 80];

/** A file that nobody has written for this long is broken, not half written. */
const WRITER_AT_WORK_MS = 5_000;

/** For all files of one look at the host: waiting must not grow with their number. */
const BUDGET_MS = 2_000;

export interface PatientReader {
  /** As `readJsonFile`, but gives a writer up to 140 ms to finish. */
  readonly read: (path: string, seen: Stats) => JsonReading;
  /** Begins a new look at the host. */
  readonly renew: () => void;
}

export function createPatientReader(): PatientReader {
  let spentMs = 0;
  const read = (path: string, seen: Stats): JsonReading => {
    let reading = readJsonFile(path, seen);
    for (const pauseMs of PAUSES_MS) {
      if (!isHalfWritten(reading) || spentMs + pauseMs > BUDGET_MS) break;
      pause(pauseMs);
      spentMs += pauseMs;
      reading = readJsonFile(path);
    }
    return reading;
  };
  return { read, renew: () => (spentMs = 0) };
}

function isHalfWritten(reading: JsonReading): boolean {
  if (reading.kind === "value" || reading.stats === null) return false;
  const { reason } = reading.problem;
  if (reason !== "bad_json" && reason !== "empty_file") return false;
  return Date.now() - reading.stats.mtimeMs < WRITER_AT_WORK_MS;
}
