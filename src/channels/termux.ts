import * as z from "zod";
import type { Severity } from "../alerts/condition.ts";
import type { Message, MessageSection } from "../alerts/message.ts";
import type { Notification, NotificationItem } from "../alerts/notification.ts";
import { cutTo, MASKED } from "../alerts/shown.ts";
import { timeoutValue } from "../config-values.ts";
import type { ChannelTools, Delivery } from "./channel.ts";
import type { ChannelKind } from "./kind.ts";
import { type ProgramEnd, runProgram } from "./program.ts";
import { type ButtonOptions, createButtons } from "./termux-buttons.ts";
import { termuxEnvironment } from "./termux-environment.ts";

/*
 * Android notifications by Termux:API, for an agent that lives on the phone itself.
 * - One notification per condition, replaced by its id, and taken away when the condition is over.
 * - It shows on the lock screen, so it says what is wrong and never how to log in; the command is behind a button.
 * - It stays while time passes, so it says when something ends and never how long that still takes.
 * - One program at a time: Android kills what has many children.
 * - Without the app behind it a call never ends, so each has a deadline, and the first that meets it ends the attempt.
 * - An attempt that broke off goes on where it was.
 * Options and behaviour: scripts/termux-notification.in of termux-api-package 0.59.
 */

const GROUP = "agent-auth";
const PRIORITY = { critical: "max", warning: "high", info: "low" } as const satisfies Record<Severity, string>;
const MAX_CONTENT = 240;
/** Android shows no more than 24 notifications of one app; the gravest come first. */
const MAX_SHOWN = 20;
/** Of the one that stands for all that have no room. */
export const MORE_ID = "agent-auth-more";
/** Facts that say when, in place of how long that still is or has been. */
const WHEN = ["Expires", "Expired", "Usable from", "Last seen", "Last check"];
const ABOUT_TO = " is about to expire";
/** Rings again though it is still on the screen. */
const NEWS: ReadonlySet<NotificationItem["because"]> = new Set(["first", "escalated", "test"]);

const schema = z.strictObject({
  timeout: timeoutValue("How long Termux:API may take for one call.", "10s"),
});

type TermuxOptions = z.output<typeof schema>;

/** One call of Termux:API. */
type Call = readonly [program: string, ...args: readonly string[]];

export const termux: ChannelKind<TermuxOptions> = {
  type: "termux",
  isScreen: true,
  title: "Termux",
  schema,
  example: `name: lockscreen
type: termux
quietHours: { from: "22:00", to: "07:00" }
`,
  async create({ timeout }, { env }) {
    const around = lookAround(env);
    /** Of the message that was tried last: how many of its calls have been answered. */
    let progress = { id: "", done: 0 };
    /** The message that was shown as a toast, which is enough once. */
    let toasted = "";
    return {
      async send(notification, message, { signal }) {
        const run = (argv: Call): Promise<ProgramEnd> =>
          runProgram({ argv, stdin: "", env: around.env, timeoutMs: timeout, signal });
        const calls = planCalls(notification, message, around.buttons);
        if (progress.id !== notification.id) progress = { id: notification.id, done: 0 };
        for (const call of calls.slice(progress.done)) {
          const end = await run(call);
          const failure = describeFailure(call[0], end, timeout);
          if (failure === null) {
            progress.done += 1;
            continue;
          }
          const title = titleOf(message);
          // Where the app is missing a toast would hang as well.
          const canToast = end.kind === "failed" || end.kind === "exited";
          if (canToast && notification.status === "firing" && toasted !== notification.id) {
            toasted = notification.id;
            await run(["termux-toast", "-g", "top", title]);
          }
          return retry(`${failure}; not shown: ${title}`);
        }
        // The same message may come again, after what it showed was swiped away.
        progress = { id: "", done: 0 };
        return { kind: "delivered", detail: `shown or removed: ${calls.length}` };
      },
      close: async () => undefined,
    };
  },
};

/** What has to run for a message, in this order. */
function planCalls({ items }: Notification, message: Message, buttons: ButtonOptions): readonly Call[] {
  const pairs = items.map((item, index) => ({ item, section: message.sections[index] }));
  const firing = pairs.filter(({ item }) => item.endsAt === null);
  const shown = firing.slice(0, MAX_SHOWN);
  const more = firing.length - shown.length;
  return [
    ...shown.map(({ item, section }) => show(describe(item, section, message, buttons))),
    ...(more > 0 ? [show(describeMore(more, message, buttons))] : []),
    ...pairs.flatMap(({ item }): Call[] => (item.endsAt === null ? [] : [["termux-notification-remove", idOf(item)]])),
  ];
}

function describe(
  item: NotificationItem,
  section: MessageSection | undefined,
  message: Message,
  options: ButtonOptions,
): readonly string[] {
  const { severity } = item.condition;
  const id = idOf(item);
  const { command, login, silence } = section ?? { command: null, login: "", silence: null };
  const isTest = item.because === "test";
  const buttons = createButtons({ command, login, silence, id, isTest }, message, options);
  return [
    `--id=${id}`,
    `--priority=${PRIORITY[severity]}`,
    `--title=${cutTo(section?.lasting ?? "", MAX_CONTENT)}`,
    `--content=${toContent(meaningOf(item, section))}`,
    ...(NEWS.has(item.because) ? [] : ["--alert-once"]),
    ...buttons.flatMap(({ label, action }, at) => [`--button${at + 1}=${label}`, `--button${at + 1}-action=${action}`]),
  ];
}

/** What it means, and when it ends, ended or was known last. */
function meaningOf({ condition }: NotificationItem, section: MessageSection | undefined): string {
  const fact = (name: string): string | undefined => section?.facts.find(([label]) => label === name)?.[1];
  const means = fact("Means") ?? condition.summary;
  const label = WHEN.find((name) => fact(name) !== undefined);
  if (label === undefined) return means;
  const instant = fact(label)?.replace(/ \(.*\)$/, "");
  // "About to" is over before somebody replaces it.
  const isNamed = means.includes(ABOUT_TO) && label === "Expires";
  return isNamed ? means.replace(ABOUT_TO, ` expires ${instant}`) : `${means.replace(/\.$/, "")}. ${label}: ${instant}`;
}

function describeMore(count: number, message: Message, options: ButtonOptions): readonly string[] {
  const [button] = createButtons(
    { command: `agent-auth status${message.commandOptions}`, login: "", silence: null, id: MORE_ID },
    message,
    options,
  );
  return [
    `--id=${MORE_ID}`,
    `--priority=${PRIORITY.warning}`,
    `--title=+${count} more than can be shown`,
    `--content=${count} less grave conditions were told with these. agent-auth status shows all that still hold.`,
    ...(button === undefined ? [] : [`--button1=${button.label}`, `--button1-action=${button.action}`]),
  ];
}

/** A content has to be among the arguments: without one termux-notification waits for its standard input. */
function show(options: readonly string[]): Call {
  return ["termux-notification", `--group=${GROUP}`, ...options];
}

/** `echo` gets it, which takes `-n` for an option. */
function toContent(text: string): string {
  return cutTo(MASKED(text), MAX_CONTENT).replace(/^-/, " -");
}

/** What a whole message is about, in one line. */
function titleOf({ sections }: Message): string {
  const [first, ...more] = sections;
  const headline = first?.lasting ?? "";
  return more.length === 0 ? headline : `${headline} +${more.length} more`;
}

/** The key is the same for every message about a condition, whatever its installation is called, and tells no name. */
export function idOf({ condition }: Pick<NotificationItem, "condition">): string {
  return `agent-auth-${condition.family}-${condition.key}`;
}

function lookAround(env: ChannelTools["env"]): {
  readonly env: Record<string, string>;
  readonly buttons: ButtonOptions;
} {
  const surroundings = termuxEnvironment(env);
  const program = [process.execPath, process.argv[1] ?? "agent-auth"];
  return { env: surroundings, buttons: { prefix: surroundings.PREFIX, home: env["HOME"], program } };
}

/** Null when it was done. A missing program is no refusal: it gets installed. */
function describeFailure(program: string, end: ProgramEnd, timeoutMs: number): string | null {
  switch (end.kind) {
    case "exited":
      return end.code === 0 ? null : `${program}: exit ${end.code}`;
    case "timeout":
      return `${program}: no answer within ${timeoutMs / 1_000} s; is the Termux:API app installed?`;
    case "stopped":
      return "stopped before it was shown";
    case "killed":
      return `${program}: ended by ${end.signal}`;
    case "failed":
      return end.code === "ENOENT"
        ? `${program} is not installed; run pkg install termux-api`
        : `${program} cannot be started (${end.code})`;
  }
}

function retry(detail: string): Delivery {
  return { kind: "retry", detail, retryAfterMs: null };
}
