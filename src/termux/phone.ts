import { runProgram } from "../channels/program.ts";
import { termuxEnvironment } from "../channels/termux-environment.ts";
import { isRecord } from "../record.ts";

/** Without the app behind it a command of Termux:API never ends. */
const ANSWER_MS = 10_000;
/** A person reads and chooses. */
const CHOICE_MS = 3 * 60_000;
const MAX_OUTPUT = 64 * 1024;

/** The screen of an Android phone, by Termux:API; what could not be shown is false or null, and never waited for. */
export interface Phone {
  toast(text: string): Promise<boolean>;
  /** Position of the value that was chosen; null when none could be shown, or nobody answered within three minutes. */
  choose(title: string, values: readonly string[]): Promise<number | "dismissed" | null>;
  copy(text: string): Promise<boolean>;
  openUrl(url: string): Promise<boolean>;
  /** Replaces the one with the same id, without another sound. */
  notify(notification: { readonly id: string; readonly title: string; readonly content: string }): Promise<boolean>;
  /** Takes the notification with that id off the screen, where it is on it. */
  takeAway(id: string): Promise<boolean>;
}

/** Options and behaviour as of the scripts of termux-api-package 0.59. */
export function openPhone(env: Readonly<Record<string, string | undefined>>): Phone {
  const surroundings = termuxEnvironment(env);
  const { signal } = new AbortController();
  const run = async (
    argv: readonly string[],
    {
      stdin = "",
      timeoutMs = ANSWER_MS,
      onOutput,
    }: { stdin?: string; timeoutMs?: number; onOutput?: (text: string) => void } = {},
  ): Promise<boolean> => {
    const reading = onOutput === undefined ? {} : { onOutput };
    const end = await runProgram({
      argv,
      stdin,
      env: surroundings,
      timeoutMs,
      signal,
      endsWithChildren: true,
      ...reading,
    });
    return end.kind === "exited" && end.code === 0;
  };
  return {
    // By standard input: what begins with a dash would be an option.
    toast: async (text) => run(["termux-toast"], { stdin: text }),
    async choose(title, values) {
      let output = "";
      const onOutput = (text: string): void => {
        if (output.length < MAX_OUTPUT) output += text;
      };
      const list = values.map(escapeValue).join(",");
      const isDone = await run(["termux-dialog", "sheet", "-t", title, "-v", list], { timeoutMs: CHOICE_MS, onOutput });
      return isDone ? readChoice(output, values.length) : null;
    },
    // By standard input: among its arguments a backslash would be changed by the `echo` that they go through.
    copy: async (text) => run(["termux-clipboard-set"], { stdin: text }),
    openUrl: async (url) => run(["termux-open-url", url]),
    notify: async ({ id, title, content }) =>
      run([
        "termux-notification",
        "--id",
        id,
        "--priority",
        "max",
        "--alert-once",
        "--title",
        title,
        "--content",
        content,
      ]),
    takeAway: async (id) => run(["termux-notification-remove", id]),
  };
}

/** Commas part the values; one with a backslash before it belongs to a value. Other backslashes mean nothing there. */
function escapeValue(value: string): string {
  return value.replaceAll("\\", "/").replaceAll(",", "\\,");
}

function readChoice(output: string, count: number): number | "dismissed" | null {
  try {
    const answer: unknown = JSON.parse(output);
    if (!isRecord(answer) || "error" in answer) return null;
    const { code, index } = answer;
    const isChosen = (code === 0 || code === -1) && typeof index === "number" && Number.isInteger(index);
    return isChosen && index >= 0 && index < count ? index : "dismissed";
  } catch {
    // A dialog that broke off.
    return null;
  }
}
