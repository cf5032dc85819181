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

async function askTwice({ stdin, stderr }: CommandContext): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // Before the first prompt: from here on the terminal itself shows nothing of what is typed.
  const terminal = createInterface({ input: stdin, output: nowhere, terminal: true });
  const ask = async (prompt: string): Promise<string> => {
    stderr.write(prompt);
    const answer = await terminal.question("");
    stderr.write("\n");
    return answer;
  };
  try {
    const first = await ask("Password: ");
    if ((await ask("Again: ")) === first) return first;
  } catch (error) {
    // Ctrl+C, or Ctrl+D.
    if (!(error instanceof Error && error.name === "AbortError")) throw error;
    stderr.write("\n");
    throw new UsageError("web hash: expected a password, got an interrupt; start again", { cause: error });
  } finally {
    terminal.close();
  }
  throw new UsageError("web hash: expected the same password twice, got two; try again");
}
