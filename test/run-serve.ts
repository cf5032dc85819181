import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { waitFor } from "./wait.ts";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

export interface Serving {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly pid: number;
  /** Everything it logged so far, one parsed line each. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  readonly stderr: () => string;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

export interface ServeOptions {
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly command?: "serve" | "demo";
  /** Says whether it has checked once, for a server that does not tell everybody. */
  readonly isReady?: (url: string) => Promise<boolean>;
}

/** Starts `agent-auth serve`, or `demo`, from its sources on a port of its own and waits until it has checked once. */
export async function startServe(
  args: readonly string[],
  { home, env = {}, command = "serve", isReady = askReadyz }: ServeOptions,
): Promise<Serving> {
  const given = [command, "--log.format=json", "--web.listen-address=127.0.0.1:0", ...args];
  const child = spawn(process.execPath, [join(ROOT, "src/bin.ts"), ...given], {
    cwd: home,
    env: { HOME: home, PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log: Record<string, unknown>[] = [];
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    log.push(...lines.map((line) => JSON.parse(line) as Record<string, unknown>));
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const address = await waitFor("serve to listen", () => {
    if (child.exitCode !== null) return "";
    return (log.find(({ msg }) => msg === "serving")?.["addresses"] as string[] | undefined)?.[0];
  });
  if (address === "") throw new Error(`serve ended with ${child.exitCode}: ${stderr}`);
  const url = `http://${address}`;
  await waitFor("the first check", async () => ((await isReady(url)) ? true : null));
  return { url, pid: child.pid as number, log, stderr: () => stderr, signal: (name) => child.kill(name), ended };
}

async function askReadyz(url: string): Promise<boolean> {
  return (await fetch(`${url}/readyz`)).ok;
}
