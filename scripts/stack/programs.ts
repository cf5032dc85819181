import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { listen } from "../../test/channels/http-receiver.ts";
import { waitFor } from "../../test/wait.ts";

/** `127.0.0.1:PORT` with a port that was free a moment ago. */
export async function freeAddress(): Promise<string> {
  const probe = createServer();
  const port = await listen(probe);
  await new Promise((resolve) => probe.close(resolve));
  return `127.0.0.1:${port}`;
}

export interface Program {
  stop(): Promise<void>;
}

/** Starts a program of the Prometheus family and waits until `/-/ready` says so; its log goes to `<name>.log`. */
export async function startProgram(
  path: string,
  args: readonly string[],
  { name, directory, address }: { readonly name: string; readonly directory: string; readonly address: string },
): Promise<Program> {
  // Ctrl-C reaches a whole group at once; we want to end them in order.
  const child = spawn(path, args, { stdio: ["ignore", "ignore", "pipe"], detached: true });
  child.stderr.pipe(createWriteStream(join(directory, `${name}.log`)));
  const ended = new Promise<void>((resolve) => child.once("close", resolve));
  const program = {
    async stop() {
      child.kill();
      await ended;
    },
  };
  try {
    await waitFor(`${name} to be ready`, async () => (await isReady(child, address)) || null);
  } catch (error) {
    await program.stop();
    throw error;
  }
  return program;
}

async function isReady(child: ChildProcess, address: string): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
  return (await fetch(`http://${address}/-/ready`)).ok;
}
