import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

export interface CliOptions {
  /** `HOME` of the process; our own state goes below it unless `env` says otherwise. */
  readonly home: string;
  /** All of its environment but `HOME`; nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its standard input; empty unless given. */
  readonly input?: string;
}

export interface CliResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `agent-auth` from its sources, as another process, and waits for its end. */
export async function runCli(args: readonly string[], { home, env = {}, input }: CliOptions): Promise<CliResult> {
  const child = spawn(process.execPath, [join(ROOT, "src/bin.ts"), ...args], {
    cwd: home,
    env: { HOME: home, PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // It may have ended by then.
  child.stdin.on("error", () => undefined).end(input);
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => resolve({ code, ...output }));
  });
}

/** An empty home below the temporary directory, and the call that removes it. */
export function createTemporaryHome(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "agent-auth-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
