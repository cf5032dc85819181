import { existsSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { writeDemoHome } from "../demo/home.ts";
import { UnavailableError, UsageError } from "../errors.ts";
import { errorCode } from "../files.ts";
import { plural } from "../format/text.ts";
import { findStateDirAround } from "../state-dir.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { catchStopSignals } from "./stop-signal.ts";

/** `agent-auth demo`: writes a sample home, serves it, and removes it at the end. */
export const runDemoCommand: RunCommand = async (options, context) => {
  // From here on a signal must not end us before what is made is removed.
  catchStopSignals();
  const asked = options.path("dir");
  const { directory, remove } = asked === null ? makeTemporary() : claimDirectory(asked, context.env);
  // Also what is written while we stop.
  process.once("exit", remove);
  try {
    explainRefusal(directory, () => writeDemoHome(directory, context.now()));
    context.stderr.write(`agent-auth: demo home written to ${directory}; it is removed at the end\n`);
    const { runServeCommand } = await import("./serve.ts");
    const demo = { home: [directory], demo: true, "storage.path": join(directory, ".agent-auth-exporter") };
    // Of the real environment nothing may show: neither installations that it names nor keys that it holds.
    return await runServeCommand(options.with(demo), { ...context, env: { HOME: directory } });
  } finally {
    remove();
  }
};

interface Place {
  readonly directory: string;
  /** Leaves nothing behind that was not there before. */
  readonly remove: () => void;
}

function makeTemporary(): Place {
  const directory = explainRefusal(tmpdir(), () => mkdtempSync(join(tmpdir(), "agent-auth-demo-")));
  return { directory, remove: () => rmSync(directory, RECURSIVELY) };
}

/** Says what to do where the file system refuses; any other error is a bug of ours. */
function explainRefusal<T>(place: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const code = errorCode(error);
    if (!/^E(?!RR_)/.test(code)) throw error;
    throw new UnavailableError(`${place}: cannot be written (${code}); name another place with --dir`, {
      cause: error,
    });
  }
}

/** What is removed at the end must not hold anything of anybody else's. */
function claimDirectory(path: string, env: CommandContext["env"]): Place {
  const directory = resolve(path);
  const around = findStateDirAround(directory, [], env);
  if (around !== null) {
    throw new UsageError(
      `--dir: expected a directory of its own, got ${directory} in ${around}, which belongs to an agent; name another`,
    );
  }
  const names = listNames(directory);
  if (names === null) return { directory, remove: removeWithParents(directory) };
  if (names.length > 0) {
    const found = plural(names.length, "entry", "entries");
    throw new UsageError(`--dir: expected an empty or missing directory, found ${found} in ${directory}`);
  }
  const remove = (): void => {
    for (const name of listNames(directory) ?? []) rmSync(join(directory, name), RECURSIVELY);
  };
  return { directory, remove };
}

/** Null when there is no such directory. */
function listNames(directory: string): readonly string[] | null {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    const expected = "--dir: expected an empty or missing directory";
    throw new UsageError(`${expected}, cannot read ${directory} (${errorCode(error)})`, { cause: error });
  }
}

/** Removes the directory, and those above it that are missing now, unless somebody put something there meanwhile. */
function removeWithParents(directory: string): () => void {
  const made: string[] = [];
  for (let above = dirname(directory); !existsSync(above); above = dirname(above)) made.push(above);
  return () => {
    rmSync(directory, RECURSIVELY);
    try {
      for (const above of made) rmdirSync(above);
    } catch {
      // Not empty, or gone.
    }
  };
}

/** A file that is being written may come in between. */
const RECURSIVELY = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 } as const;
