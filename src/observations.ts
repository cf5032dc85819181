import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "./record.ts";
import { redactSecrets } from "./redact.ts";
import { writeAtomically } from "./storage.ts";

const VERSION = 1;

/** Since when something has been seen: a token without a recorded end, a cooldown that is renewed again and again. */
export interface Observations {
  /** Null when it was never observed, or forgotten since. */
  since(key: string): Date | null;
}

export interface ObservationMemory extends Observations {
  /** The first time this key was observed: an earlier instant that is remembered, else `now`, which is then kept. */
  observe(key: string, now: Date): Date;
  /** Forgets every key of which this is true. */
  forgetWhere(isGone: (key: string) => boolean): void;
  /** Writes the file (0600) when something changed; what another process added meanwhile is kept. Never throws. */
  save(): void;
  /** Adds to the warnings what else of ours went wrong, each sentence once. */
  warn(text: string): void;
  /** One sentence for each thing that went wrong so far: a file set aside, a directory that cannot be written. */
  readonly warnings: readonly string[];
}

/** The memory kept in `observations.json` of the storage directory, read upon first use. Without it: in memory only. */
export function loadObservations(storagePath: string): ObservationMemory {
  const path = join(storagePath, "observations.json");
  const warnings: string[] = [];
  const forgotten = new Set<string>();
  let loaded: Map<string, Date> | null = null;
  let hasChanged = false;

  const known = (): Map<string, Date> => (loaded ??= readObservations(path, warnings) ?? new Map<string, Date>());
  return {
    warnings,
    warn: (text) => warnOnce(warnings, text),
    since: (key) => known().get(key) ?? null,
    observe(key, now) {
      const before = known().get(key);
      // An instant in the future was written while the clock was wrong.
      if (before !== undefined && before <= now) return before;
      known().set(key, now);
      forgotten.delete(key);
      hasChanged = true;
      return now;
    },
    forgetWhere(isGone) {
      for (const key of known().keys()) {
        if (!isGone(key)) continue;
        known().delete(key);
        forgotten.add(key);
        hasChanged = true;
      }
    },
    save() {
      if (!hasChanged) return;
      const stored = readObservations(path, warnings);
      // What cannot be read must not be overwritten.
      if (stored === null) return;
      const all = addUnknown(known(), stored, forgotten);
      try {
        writeAtomically(path, renderObservations(all));
        hasChanged = false;
      } catch (error) {
        warnOnce(warnings, `${path}: cannot be written (${codeOf(error)}); what is first seen when is not kept`);
      }
    },
  };
}

/** Ours wins: a key that was forgotten and seen again since must not get its old instant back. */
function addUnknown(
  ours: ReadonlyMap<string, Date>,
  theirs: ReadonlyMap<string, Date>,
  forgotten: ReadonlySet<string>,
): ReadonlyMap<string, Date> {
  const merged = new Map(ours);
  for (const [key, at] of theirs) {
    if (!forgotten.has(key) && !merged.has(key)) merged.set(key, at);
  }
  return merged;
}

function renderObservations(observations: ReadonlyMap<string, Date>): string {
  const entries = [...observations].map(([key, at]) => [key, at.toISOString()] as const);
  return `${JSON.stringify({ version: VERSION, observations: Object.fromEntries(entries) })}\n`;
}

/** Null when there is a file that cannot be read; empty when there is none, or none worth keeping. */
function readObservations(path: string, warnings: string[]): Map<string, Date> | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return new Map();
    warnOnce(warnings, `${path}: cannot be read (${code}); what is first seen when is not kept`);
    return null;
  }
  const observations = parseObservations(text);
  if (observations !== null) return observations;
  setAside(path, warnings);
  return new Map();
}

/** Null when this is not what this version writes: cut short, foreign, or newer. */
function parseObservations(text: string): Map<string, Date> | null {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(content) || content["version"] !== VERSION || !isRecord(content["observations"])) return null;
  const found = new Map<string, Date>();
  for (const [key, value] of Object.entries(content["observations"])) {
    const at = new Date(typeof value === "string" ? value : Number.NaN);
    if (Number.isNaN(at.getTime())) return null;
    found.set(key, at);
  }
  return found;
}

function setAside(path: string, warnings: string[]): void {
  try {
    // One is enough to look into, and whatever spoils it may do so every day.
    const aside = `${path}.corrupt`;
    renameSync(path, aside);
    warnOnce(warnings, `${path}: not written by this version, or damaged; kept as ${aside}, and started anew`);
  } catch (error) {
    warnOnce(warnings, `${path}: damaged, and cannot be set aside (${codeOf(error)})`);
  }
}

function warnOnce(warnings: string[], text: string): void {
  const shown = redactSecrets(text);
  if (!warnings.includes(shown)) warnings.push(shown);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
