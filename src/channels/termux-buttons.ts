import type { Message, MessageSection } from "../alerts/message.ts";
import { MASKED } from "../alerts/shown.ts";
import { shellWord } from "../shell-word.ts";
import { maskCommand } from "../shown-command.ts";

export interface Button {
  readonly label: string;
  /** For `dash -c`. */
  readonly action: string;
}

export interface ButtonOptions {
  /** Termux' `$PREFIX`. */
  readonly prefix: string;
  readonly home: string | undefined;
  /** Node.js and our script, by absolute paths. */
  readonly program: readonly string[];
}

/** What Android hands from app to app is bounded; a longer action would take the whole notification with it. */
const MAX_ACTION = 4_000;

/** A notification by its id, and what there is to do about it. */
interface Shown extends Pick<MessageSection, "command" | "login" | "silence"> {
  readonly id: string;
  /** Nobody decided to tell of it: there is nothing to silence, and maybe nowhere to keep a silence yet. */
  readonly isTest?: boolean;
}

/** What a person can do about one condition with one tap. Each says in a toast how it went. */
export function createButtons(
  { command, login, silence, id, isTest = false }: Shown,
  { commandOptions }: Pick<Message, "commandOptions">,
  options: ButtonOptions,
): readonly Button[] {
  const { prefix, program } = options;
  const ourselves = program.map(shellWord).join(" ");
  const toast = (text: string): string => `${shellWord(`${prefix}/bin/termux-toast`)} ${shellWord(text)}`;
  const buttons: Button[] = [];
  if (command !== null) {
    // Among its arguments a backslash would be changed by the `echo` of dash that they go through.
    const copy = `printf %s ${shellWord(command)} | ${shellWord(`${prefix}/bin/termux-clipboard-set`)}`;
    // A comment says what to do, but is nothing to run.
    const isComment = command.startsWith("#");
    // It shows over the lock screen too.
    const masked = maskCommand(command, login, MASKED);
    const run = isComment ? toast(masked.replace(/^#\s*/, "")) : `${copy} && ${toast(`Copied: ${masked}`)}`;
    buttons.push({ label: "What to do", action: run });
  }
  if (silence !== null) {
    const run = silence.replace(/^agent-auth /, `${ourselves} `);
    const [done, failed] = [toast("Snoozed for 8 hours"), toast("Could not be snoozed; see agent-auth notify silence")];
    // Once it is written down: what else it covers, and this one if we die in between, the next check takes away.
    const remove = `${shellWord(`${prefix}/bin/termux-notification-remove`)} ${shellWord(id)}`;
    const takeAway = `${remove}; ${toast("That was a test: nothing is snoozed")}`;
    const snooze = `if ${run}; then ${remove}; ${done}; else ${failed}; fi`;
    buttons.push({ label: "Snooze 8 h", action: isTest ? takeAway : snooze });
  }
  buttons.push({
    label: "Re-check",
    action: recheck(`${ourselves} check --notify --quiet --judge verdict${commandOptions}`, toast),
  });
  const surroundings = exportSurroundings(options);
  return buttons
    .map(({ label, action }) => ({ label, action: keepFromReply(`${surroundings}${action}`) }))
    .filter(({ action }) => action.length <= MAX_ACTION);
}

function recheck(run: string, toast: (text: string) => string): string {
  const cases = [
    `0) ${toast("All is well")}`,
    `1|2) ${toast("Something still needs you")}`,
    `3) ${toast("Not everything could be checked")}`,
    `*) ${toast("Nothing was checked; see agent-auth doctor")}`,
  ];
  return `${run}; case $? in ${cases.join(";; ")};; esac`;
}

/** Termux starts an action with next to nothing, and what we start in it looks for its own programs. */
function exportSurroundings({ prefix, home }: ButtonOptions): string {
  const values = {
    PREFIX: prefix,
    PATH: `${prefix}/bin`,
    TMPDIR: `${prefix}/tmp`,
    ...(home === undefined ? {} : { HOME: home }),
  };
  return `export ${Object.entries(values)
    .map(([name, value]) => `${name}=${shellWord(value)}`)
    .join(" ")}; `;
}

/**
 * Termux:API asks for a text where an action says `$REPLY`, and puts it there. A name of somebody else may say so; all of
 * them stand in single quotes, where an empty pair more changes nothing.
 */
function keepFromReply(action: string): string {
  return action.replaceAll("$REPLY", () => "$''REPLY");
}
