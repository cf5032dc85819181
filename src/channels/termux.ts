import * as z from "zod";
import type { Severity } from "../alerts/condition.ts";
import type { NotificationItem } from "../alerts/notification.ts";
import { durationValue } from "../config-values.ts";
import type { Delivery } from "./channel.ts";
import type { ChannelKind } from "./kind.ts";
import { minimalEnvironment, type ProgramEnd, runProgram } from "./program.ts";
import { clip } from "./webhook-body.ts";

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

const schema = z.strictObject({
  silenceFor: z
    .string()
    .regex(/^(?:\d+(?:m|h|d))+$/)
    .default("4h")
    .meta({
      title: "duration",
      description: "What the Silence button of a notification stands for.",
      examples: ["1h"],
    }),
  timeout: durationValue(100)
    .prefault("10s")
    .meta({ title: "duration", description: "How long Termux:API may take for one call.", examples: ["20s"] }),
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
  async create({ silenceFor, timeout }, { env }) {
    return {
      async send(notification, message, { signal }) {
        const run = (...argv: readonly string[]): Promise<ProgramEnd> =>
          runProgram({ argv, stdin: "", env: minimalEnvironment(env, []), timeoutMs: timeout, signal });
        for (const [index, item] of notification.items.entries()) {
          const title = message.sections[index]?.headline ?? message.title;
          const end =
            item.endsAt === null
              ? await run("termux-notification", ...describe(item, title, silenceFor, env["PREFIX"]))
              : await run("termux-notification-remove", idOf(item));
          if (end.kind === "failed" && end.code === "ENOENT") {
            await run("termux-toast", "-g", "top", clip(title, MAX_CONTENT));
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
  title: string,
  silenceFor: string,
  prefix = "/data/data/com.termux/files/usr",
): readonly string[] {
  const { severity, summary, action } = item.condition;
  const buttons = [
    ...(action === null || action.startsWith("#")
      ? []
      : [{ label: "Copy command", run: `${quote(`${prefix}/bin/termux-clipboard-set`)} ${quote(action)}` }]),
    { label: `Silence ${silenceFor}`, run: renderSilence(item, silenceFor) },
  ];
  return [
    "--id",
    idOf(item),
    "--group",
    GROUP,
    "--priority",
    PRIORITY[severity],
    "--title",
    clip(title, MAX_CONTENT),
    "--content",
    clip(summary, MAX_CONTENT),
    ...buttons.flatMap(({ label, run }, index) => [`--button${index + 1}`, label, `--button${index + 1}-action`, run]),
  ];
}

function renderSilence({ condition }: NotificationItem, silenceFor: string): string {
  const { installation, agent, provider } = condition;
  const matchers = [
    `installation=${installation}`,
    `agent=${agent}`,
    ...(provider === null ? [] : [`provider=${provider}`]),
  ];
  const program = [process.execPath, process.argv[1] ?? "agent-auth", "notify", "silence", "add", matchers.join(",")];
  return [...program, "--for", silenceFor].map(quote).join(" ");
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
