import type { ChildProcess } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { errorCode, lookAt } from "../files.ts";
import type { ChannelTools } from "./channel.ts";

export interface ProgramRun {
  /** Program and arguments; no shell sees them. */
  readonly argv: readonly string[];
  readonly stdin: string | Uint8Array;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** What it left running when it ended is killed too; sendmail, for one, may deliver in the background. */
  readonly endsWithChildren?: true;
  /** Takes what it prints, as far as it has come; nobody reads it otherwise. */
  readonly onOutput?: (text: string) => void;
}

export type ProgramEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "killed"; readonly signal: string }
  | { readonly kind: "timeout" }
  | { readonly kind: "stopped" }
  /** It could not be started; `ENOENT` when there is none. */
  | { readonly kind: "failed"; readonly code: string };

/**
 * Runs a program to its end, or kills it with everything it started when its time is up. What it prints is not read
 * unless somebody asks: it could quote a secret or never end.
 */
export async function runProgram({
  argv,
  stdin,
  env,
  timeoutMs,
  signal,
  endsWithChildren,
  onOutput,
}: ProgramRun): Promise<ProgramEnd> {
  if (signal.aborted) return { kind: "stopped" };
  const [file = "", ...args] = argv;
  return new Promise((resolve) => {
    // A group of its own, so that its children can be ended too.
    const child = startProgram(file, args, env, onOutput === undefined ? "ignore" : "pipe");
    if (typeof child === "string") {
      resolve({ kind: "failed", code: child });
      return;
    }
    const finish = (end: ProgramEnd): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      resolve(end);
    };
    const cut = (kind: "timeout" | "stopped"): void => {
      killGroup(child);
      finish({ kind });
    };
    const stop = (): void => cut("stopped");
    const timer = setTimeout(() => cut("timeout"), timeoutMs);
    signal.addEventListener("abort", stop);
    child.once("error", (error) => finish({ kind: "failed", code: errorCode(error) }));
    const end = (code: number | null, killedBy: string | null): void => {
      if (endsWithChildren === true) killGroup(child);
      finish(code === null ? { kind: "killed", signal: String(killedBy) } : { kind: "exited", code });
    };
    if (onOutput === undefined) child.once("exit", end);
    else {
      child.stdout?.setEncoding("utf8").on("data", onOutput);
      // What it printed last is read after its end.
      child.once("close", end);
    }
    // A program that does not read is welcome to.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(stdin);
  });
}

/** What a program needs of our environment to run at all; credentials of agents are in there too, and stay out. */
export function minimalEnvironment(env: ChannelTools["env"], names: readonly string[]): Record<string, string> {
  const wanted = ["HOME", "PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "PREFIX", ...names];
  return Object.fromEntries(
    wanted.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Where the system looks for programs when no `PATH` says so. */
const DEFAULT_PATH = "/usr/bin:/bin";

/** Why a program could not be started with what `minimalEnvironment` leaves, and what helps; null when it could. */
export function findProgramFault(file: string, env: ChannelTools["env"]): string | null {
  const name = `the program ${JSON.stringify(file)}`;
  const isPath = file.includes("/");
  const places = isPath ? [file] : (env["PATH"] ?? DEFAULT_PATH).split(":").map((directory) => join(directory, file));
  const found = places.filter((path) => {
    const look = lookAt(path);
    return look.kind === "found" && look.stats.isFile();
  });
  if (found.length === 0) {
    return isPath
      ? `${name} is not there; install it, or write another path`
      : `${name} is not found on PATH; install it, or write its whole path`;
  }
  return found.some(isExecutable) ? null : `${name} cannot be run; make it executable for the user whom this runs as`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function startProgram(
  file: string,
  args: readonly string[],
  env: Record<string, string>,
  output: "ignore" | "pipe",
): ChildProcess | string {
  try {
    return process
      .getBuiltinModule("node:child_process")
      .spawn(file, args, { env, stdio: ["pipe", output, "ignore"], detached: true });
  } catch (error) {
    return errorCode(error);
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended meanwhile.
  }
}
