import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { Store } from "../../src/stores/store.ts";

const SCRIPTS = {
  "hold-database": new URL("./processes/hold-database.ts", import.meta.url),
  "rewrite-in-place": new URL("./processes/rewrite-in-place.ts", import.meta.url),
} as const;

/** A process that the test started, which ends with it. */
export class Writer {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves once the process has done what its mode says. */
  static async start(
    script: keyof typeof SCRIPTS,
    args: readonly string[],
    user: { readonly uid?: number } = {},
  ): Promise<Writer> {
    const execArgv = ["--disable-warning=ExperimentalWarning"];
    const child = fork(fileURLToPath(SCRIPTS[script]), args, { execArgv, env: { ...process.env, ...become(user) } });
    onTestFinished(() => {
      child.kill("SIGKILL");
    });
    await once(child, "message");
    return new Writer(child);
  }

  /** Pauses it, and resolves to the number of its last commit. */
  async pause(): Promise<number> {
    return this.#order("pause");
  }

  async resume(): Promise<void> {
    await this.#order("resume");
  }

  /** Lets it close what it has open. */
  async stop(): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.send("stop");
    await exit;
  }

  /** Leaves behind what a crash leaves behind. */
  async crash(): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }

  async #order(order: string): Promise<number> {
    const answer = once(this.#child, "message");
    this.#child.send(order);
    const [committed] = await answer;
    return Number(committed);
  }
}

/** Nobody in particular, when the tests run as root; whoever runs them otherwise, for file modes bind us anyway. */
export const OTHER_USER: { readonly uid?: number; readonly gid?: number } =
  process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

const become = ({ uid }: { readonly uid?: number }): Readonly<Record<string, string>> =>
  uid === undefined ? {} : { BECOME: String(uid) };

/** What a process of a user without privileges reads of an agent's store. Dates arrive as text. */
export function readAgentAsOther(agentDir: string, env: Readonly<Record<string, string>> = {}): Store | null {
  const script = fileURLToPath(new URL("./processes/read-agent.ts", import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, [script, agentDir], {
    encoding: "utf8",
    env: { ...process.env, ...become(OTHER_USER), ...env },
    timeout: 10_000,
  });
  if (stderr !== "") throw new Error(stderr);
  return JSON.parse(stdout) as Store | null;
}
