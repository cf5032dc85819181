import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { UsageError } from "../errors.ts";
import type { CommandContext, RunCommand } from "./command.ts";

/** As the documentation of the format proposes; each step up doubles the time of a login. */
const COST = 10;

/** `agent-auth web hash`: a password from standard input, never from the command line, as `basic_auth_users` wants it. */
export const runWebHash: RunCommand = async (_options, context) => {
  const password = context.stdin.isTTY ? await askTwice(context) : await readPiped(context.stdin);
  const { hash, truncates } = await import("bcryptjs");
  if (password === "") throw new UsageError("web hash: expected a password on standard input, got none; type one");
  if (/[\r\n]/.test(password)) {
    throw new UsageError("web hash: expected a password on one line, got several; leave out the others");
  }
  if (truncates(password)) {
    throw new UsageError(
      "web hash: expected at most 72 bytes, got more; bcrypt looks no further, so take a shorter one",
    );
  }
  context.write(`${await hash(password, COST)}\n`);
  return 0;
};

async function readPiped(stdin: CommandContext["stdin"]): Promise<string> {
  const chunks = (await stdin.toArray()) as Buffer[];
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}

async function askTwice(context: CommandContext): Promise<string> {
  const first = await askUnseen("Password: ", context);
  if ((await askUnseen("Again: ", context)) === first) return first;
  throw new UsageError("web hash: expected the same password twice, got two; try again");
}

async function askUnseen(prompt: string, { stdin, stderr }: CommandContext): Promise<string> {
  stderr.write(prompt);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: stdin, output: nowhere, terminal: true });
  const stopped = new AbortController();
  terminal.once("SIGINT", () => stopped.abort());
  try {
    return await terminal.question("", { signal: stopped.signal });
  } catch (error) {
    if (!stopped.signal.aborted) throw error;
    throw new UsageError("web hash: expected a password, got an interrupt; start again");
  } finally {
    terminal.close();
    stderr.write("\n");
  }
}
