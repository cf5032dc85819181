import { ConfigError } from "../errors.ts";
import { ownHome } from "../own-home.ts";
import type { Snapshot } from "../snapshot.ts";
import { type AgentLine, describeAgents, summariseAgents } from "../termux/agent-lines.ts";
import { wrapCommand, wrapWhole } from "../format/terminal.ts";
import { openPhone, type Phone } from "../termux/phone.ts";
import { mask, showLines, tildeHome } from "../termux/shown.ts";
import { listToDo, type ToDo } from "../termux/to-do.ts";
import { refuseOtherScope } from "./check.ts";
import type { CommandContext, RunCommand } from "./command.ts";
import { openChecker } from "./open-checker.ts";
import { widthOf } from "./width.ts";
import type { OptionValues } from "./option-values.ts";

/** What a toast has room for. */
const MAX_LINES = 10;
const INDENT = 2;
/** A list that a thumb can still scroll. */
const MAX_CHOICES = 20;

/** `agent-auth widget status`: one line for each agent in a toast, the worst first. */
export const runWidgetStatus: RunCommand = tellingMistakes(async (options, context) => {
  const lines = describeAgents(await look(options, context));
  const text =
    lines.length === 0
      ? summariseAgents(lines)
      : showLines(
          lines.map((line) => line.text),
          MAX_LINES,
        );
  await show(openPhone(context.env), text, context);
  return 0;
});

/** `agent-auth widget todo`: a list of what to do; the command that was chosen goes to the clipboard. */
export const runWidgetToDo: RunCommand = tellingMistakes(async (options, context) => {
  const phone = openPhone(context.env);
  const snapshot = await look(options, context);
  const items = listToDo(snapshot).slice(0, MAX_CHOICES);
  if (items.length === 0) {
    await show(phone, describeNothingToDo(snapshot), context);
    return 0;
  }
  // It also tells whether anybody is there to show a list: a person may look at that for minutes.
  if (!(await phone.toast("Choose what to do"))) {
    context.write(printAll(items, widthOf(context)));
    return 0;
  }
  const chosen = await phone.choose(
    "What to do",
    items.map(({ label }) => label),
  );
  if (chosen === "dismissed") return 0;
  const item = chosen === null ? undefined : items[chosen];
  if (item === undefined) {
    context.write(printAll(items, widthOf(context)));
    return 0;
  }
  if (item.kind === "note") await show(phone, mask(item.action.replace(/^#\s*/, "")), context);
  else await copy(phone, item, context);
  return 0;
});

/** `agent-auth widget recheck`: as `check --notify`, with a toast that says what came of it. */
export const runWidgetRecheck: RunCommand = tellingMistakes(async (options, context) => {
  refuseOtherScope(options);
  const [{ checker, config, configPath }, { openOnce }] = await Promise.all([
    openChecker(options, context),
    import("./notify-once.ts"),
  ]);
  const snapshot = await openOnce(config, configPath, context).around(() => checker.check(context.now()));
  const lines = describeAgents(snapshot);
  const text = showLines([summariseAgents(lines), ...findWorse(lines)], MAX_LINES);
  await show(openPhone(context.env), text, context);
  return 0;
});

/** For commands that look once; other hosts are asked as the config says. */
export async function look(options: OptionValues, context: CommandContext): Promise<Snapshot> {
  const { checker } = await openChecker(options, context);
  return checker.check(context.now());
}

/** What is said where no command helps: that all is well only where it is. */
export function describeNothingToDo(snapshot: Snapshot): string {
  const worse = findWorse(describeAgents(snapshot));
  if (worse.length === 0) return "Nothing needs you";
  return showLines(["No command to run, but not all is well:", ...worse], MAX_LINES);
}

/** What there is to do, with the commands: for a terminal, not for a screen that others see. */
export function printAll(items: readonly ToDo[], width: number): string {
  return items
    .map(({ label, action }) => `${wrapWhole(label, width).join("\n")}\n${printCommand(action, width)}`)
    .join("");
}

/** A command in lines that can be pasted as they are, a little to the right. */
export function printCommand(command: string, width: number): string {
  return wrapCommand(command, width - INDENT)
    .map((line) => `${" ".repeat(INDENT)}${line}\n`)
    .join("");
}

/** Nobody sees what a widget without a terminal prints, so a mistake in the config is on the screen as well. */
function tellingMistakes(run: RunCommand): RunCommand {
  return async (options, context) => {
    try {
      return await run(options, context);
    } catch (error) {
      if (error instanceof ConfigError) {
        await openPhone(context.env).toast(tildeHome(mask(error.message), ownHome(context.env)));
      }
      throw error;
    }
  };
}

function findWorse(lines: readonly AgentLine[]): readonly string[] {
  return lines
    .filter(({ verdict, isKnown }) => !isKnown || verdict === "warning" || verdict === "critical")
    .map(({ text }) => text);
}

async function copy(phone: Phone, item: ToDo, context: CommandContext): Promise<void> {
  if (!(await phone.copy(item.action))) context.write(printAll([item], widthOf(context)));
  else
    await show(
      phone,
      item.kind === "here" ? "Copied: paste it in Termux" : "Copied: it has to run on that host",
      context,
    );
}

/** In a toast; where there is no Termux:API, or only half of it, as plain text. */
async function show(phone: Phone, text: string, { write }: CommandContext): Promise<void> {
  if (!(await phone.toast(text))) write(`${text}\n`);
}
