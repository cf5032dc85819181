import * as z from "zod";
import type { Severity } from "../alerts/condition.ts";
import type { MessageSection } from "../alerts/message.ts";
import type { NotificationItem } from "../alerts/notification.ts";
import { cutTo } from "../alerts/shown.ts";
import { timeoutValue } from "../config-values.ts";
import type { Delivery } from "./channel.ts";
import type { ChannelKind } from "./kind.ts";
import { minimalEnvironment, type ProgramEnd, runProgram } from "./program.ts";

/*
 * Android notifications by Termux:API, for an agent that lives on the phone itself.
 * - One notification per condition, replaced by its id, and taken away when the condition is over.
 * - It shows on the lock screen, so it says what is wrong and never how to log in; the command is behind a button.
 * - Buttons run with a bare PATH, so their programs are absolute.
 * - `--content` is always given: without it termux-notification waits for standard input.
 * - Without the app behind it a call hangs, so each has a deadline.
 * - Where termux-notification is missing, a toast says so once, and the message is refused.
 */

const GROUP = "agent-auth";
const PRIORITY = { critical: "max", warning: "high", info: "low" } as const satisfies Record<Severity, string>;
const MAX_CONTENT = 240;
/** This program, for a shell that knows no PATH. */
const OURSELVES = [process.execPath, process.argv[1] ?? "agent-auth"].map(quote).join(" ");

const schema = z.strictObject({
  timeout: timeoutValue("How long Termux:API may take for one call.", "10s"),
});

type TermuxOptions = z.output<typeof schema>;

export const termux: ChannelKind<TermuxOptions> = {
  type: "termux",
  title: "Termux",
  schema,
  example: `name: lockscreen
type: termux
quietHours: { from: "22:00", to: "07:00" }
`,
  async create({ timeout }, { env }) {
    return {
      async send(notification, message, { signal }) {
        const run = (...argv: readonly string[]): Promise<ProgramEnd> =>
          runProgram({ argv, stdin: "", env: minimalEnvironment(env, []), timeoutMs: timeout, signal });
        for (const [index, item] of notification.items.entries()) {
          const section = message.sections[index];
          const title = section?.headline ?? message.title;
          const end =
            item.endsAt === null
              ? await run("termux-notification", ...describe(item, section, title, env["PREFIX"]))
              : await run("termux-notification-remove", idOf(item));
          if (end.kind === "failed" && end.code === "ENOENT") {
            await run("termux-toast", "-g", "top", cutTo(title, MAX_CONTENT));
            return { kind: "refused", detail: "termux-notification is not installed; run pkg install termux-api" };
          }
          // What was shown before stays, and is replaced by itself when all are sent again.
          const failure = judge(end, timeout);
          if (failure !== null) return failure;
        }
        return { kind: "delivered", detail: `shown or removed: ${notification.items.length}` };
      },
      close: async () => undefined,
    };
  },
};

function describe(
  item: NotificationItem,
  section: MessageSection | undefined,
  title: string,
  prefix = "/data/data/com.termux/files/usr",
): readonly string[] {
  const { severity, summary } = item.condition;
  const buttons: { readonly label: string; readonly run: string }[] = [];
  const command = section?.command ?? null;
  if (command !== null && !command.startsWith("#")) {
    buttons.push({ label: "Copy command", run: `${quote(`${prefix}/bin/termux-clipboard-set`)} ${quote(command)}` });
  }
  const silence = section?.silence ?? null;
  if (silence !== null) buttons.push({ label: "Silence 8h", run: silence.replace(/^agent-auth /, `${OURSELVES} `) });
  const shown = { id: idOf(item), group: GROUP, priority: PRIORITY[severity], title, content: summary };
  return [
    ...Object.entries(shown).flatMap(([name, value]) => [`--${name}`, cutTo(value, MAX_CONTENT)]),
    ...buttons.flatMap(({ label, run }, index) => [`--button${index + 1}`, label, `--button${index + 1}-action`, run]),
  ];
}

/** The same for every message about a condition, however long its name is. */
function idOf({ condition }: NotificationItem): string {
  const { createHash } = process.getBuiltinModule("node:crypto");
  return `agent-auth-${condition.family}-${createHash("sha256").update(condition.key).digest("hex").slice(0, 16)}`;
}

function judge(end: ProgramEnd, timeoutMs: number): Delivery | null {
  switch (end.kind) {
    case "exited":
      return end.code === 0 ? null : retry(`termux-notification: exit ${end.code}`);
    case "timeout":
      return retry(`termux-notification: no answer within ${timeoutMs / 1_000} s; is the Termux:API app installed?`);
    case "stopped":
      return retry("stopped before it was shown");
    case "killed":
      return retry(`termux-notification: ended by ${end.signal}`);
    case "failed":
      return retry(`termux-notification cannot be started (${end.code})`);
  }
}

function retry(detail: string): Delivery {
  return { kind: "retry", detail, retryAfterMs: null };
}

/** One word for a POSIX shell, whatever is in it. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
