import { spawnSync } from "node:child_process";
import { createInterface } from "node:readline/promises";
import { wrapWhole } from "../format/terminal.ts";
import { openPhone } from "../termux/phone.ts";
import { listToDo, type ToDo } from "../termux/to-do.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { describeNothingToDo, look, printAll, printCommand } from "./widget.ts";
import { widthOf } from "./width.ts";

/**
 * `agent-auth widget reauth`: in a terminal, opens the page that helps, and runs the command that mends a credential, on
 * this phone or by SSH on the host concerned. Exits with the code of that command; 0 where nothing was run.
 */
export const runWidgetReauth: RunCommand = async (options, context) => {
  const snapshot = await look(options, context);
  const items = listToDo(snapshot);
  if (items.length === 0) {
    context.write(`${describeNothingToDo(snapshot)}\n`);
    return 0;
  }
  // Nobody is there to answer.
  if (!context.stdin.isTTY) {
    context.write(printAll(items, widthOf(context)));
    return 0;
  }
  const item = await choose(items, context);
  return item === null ? 0 : mend(item, context);
};

async function choose(items: readonly ToDo[], context: CommandContext): Promise<ToDo | null> {
  const [first] = items;
  if (items.length === 1 && first !== undefined) {
    context.write(`${first.label}\n`);
    return first;
  }
  context.write(items.map(({ label }, index) => `${index + 1}  ${label}\n`).join(""));
  const answer = await ask(`Which one, 1 to ${items.length}? `, context);
  const chosen = items[Number(answer ?? "") - 1] ?? null;
  if (chosen === null) context.write("None of them, so nothing is done.\n");
  return chosen;
}

async function mend({ action, kind, page }: ToDo, context: CommandContext): Promise<number> {
  const phone = openPhone(context.env);
  if (page !== null) {
    context.write(`Opening ${page}\n`);
    await phone.openUrl(page);
  }
  if (kind === "note") {
    context.write(`${action.replace(/^#\s*/, "")}\n`);
    return 0;
  }
  if (kind === "elsewhere") {
    const isCopied = await phone.copy(action);
    const where = `It has to run on that host${isCopied ? ", and is in your clipboard" : ""}:\n`;
    context.write(where + printCommand(action, widthOf(context)));
    return 0;
  }
  context.write(printCommand(action, widthOf(context)));
  if ((await ask("Enter runs it, Ctrl-C leaves it. ", context)) === null) return 0;
  const end = spawnSync("sh", ["-c", action], { stdio: "inherit" });
  context.write(`${wrapWhole(describeEnd(end), widthOf(context)).join("\n")}\n`);
  return end.status ?? 1;
}

/** The terminal closes after it, so it says whether that is all. */
function describeEnd({ status, signal, error }: ReturnType<typeof spawnSync>): string {
  if (error !== undefined) return `It could not be started: ${error.message}`;
  if (status === 0) return 'Done. The notification goes with the next check; "Agent re-check" makes one now.';
  return `It ended with ${signal ?? `exit code ${status}`}, so it may not have mended anything.`;
}

/** Null when the person left. */
async function ask(question: string, { stdin, stdout }: CommandContext): Promise<string | null> {
  const terminal = createInterface({ input: stdin, output: stdout });
  try {
    const left = new Promise<null>((resolve) => terminal.once("close", () => resolve(null)));
    return await Promise.race([terminal.question(question).catch(() => null), left]);
  } finally {
    terminal.close();
  }
}
