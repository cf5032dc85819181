import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Order } from "./worker.ts";

/** Hundreds of them are started, so what one compiled serves the next; this is where Node keeps it by itself. */
const CACHE = join(tmpdir(), "node-compile-cache");

const WORKER = join(dirname(fileURLToPath(import.meta.url)), "worker.ts");

export interface ChildOptions {
  readonly storage: string;
  readonly url: string;
  readonly agents: number;
  /** Number of the boundary at which it kills itself; 0 for none. */
  readonly killAt: number;
}

/** The rig in a process of its own. */
export interface Child {
  readonly process: ChildProcess;
  /** What it crossed so far, in order. */
  readonly boundaries: readonly string[];
  /** Resolves when it has crossed the first. */
  readonly started: Promise<void>;
  /** Resolves to whether it did the step; false when it died. */
  run(order: Order): Promise<boolean>;
  /** Lets it end by itself, if it has not been killed. */
  end(): Promise<void>;
}

export function startChild({ storage, url, agents, killAt }: ChildOptions): Child {
  const args = [WORKER, storage, url, String(agents), String(killAt)];
  const env = { ...process.env, NODE_COMPILE_CACHE: CACHE };
  const child = spawn(process.execPath, args, { env, stdio: ["pipe", "pipe", "inherit"] });
  const boundaries: string[] = [];
  let onFirst: () => void = () => undefined;
  const started = new Promise<void>((resolve) => (onFirst = resolve));
  let onDone: (isDone: boolean) => void = () => undefined;
  let isOver = false;
  // A process that was killed does not read its orders any more.
  child.stdin.on("error", () => undefined);
  createInterface({ input: child.stdout }).on("line", (line) => {
    onFirst();
    if (line.startsWith("boundary ")) boundaries.push(line.slice("boundary ".length));
    else onDone(true);
  });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => {
      isOver = true;
      onDone(false);
      resolve();
    });
  });
  return {
    process: child,
    boundaries,
    started,
    run: (order) =>
      new Promise((resolve) => {
        onDone = resolve;
        if (isOver) resolve(false);
        child.stdin.write(`${JSON.stringify(order)}\n`);
      }),
    async end() {
      child.stdin.end();
      await ended;
    },
  };
}
