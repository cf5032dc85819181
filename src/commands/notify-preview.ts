import { readBoot } from "../alerts/boot.ts";
import { decideOn, observe } from "../alerts/decide-on.ts";
import type { Decision } from "../alerts/notification.ts";
import { lastScope } from "../alerts/lifetime.ts";
import { EMPTY_MEMORY } from "../alerts/memory.ts";
import type { ChannelPolicy } from "../alerts/policy.ts";
import { readAlertMemory } from "../alerts/read-memory.ts";
import { renderMessage } from "../alerts/render.ts";
import { renderNativePayload } from "../channels/native-payload.ts";
import { maskNotification } from "../channels/open.ts";
import type { Config } from "../config/config.ts";
import { wrapCommand, wrapWhole } from "../format/terminal.ts";
import { toJsonText } from "../format/json.ts";
import type { RunCommand } from "./command.ts";
import { selectPolicies } from "./alert-state.ts";
import { openChecker } from "./open-checker.ts";
import { widthOf } from "./width.ts";

/** `agent-auth notify preview`: what the next check would tell each channel. Sends nothing, remembers nothing. */
export const runNotifyPreview: RunCommand = async (options, context) => {
  const { checker, config, storagePath } = await openChecker(options, context);
  const channels = selectPolicies(config, options.list("channel"));
  const isFresh = options.isOn("fresh");
  const now = context.now();
  const snapshot = await checker.check(now);
  const memory = (isFresh ? null : readAlertMemory(storagePath)) ?? EMPTY_MEMORY;
  const scope = lastScope(config.alerts.scope, memory.seen);
  const rules = isFresh ? withoutDelay(config, channels) : { policy: config.alerts, channels };
  const { changes, decisions } = decideOn({
    observed: observe(snapshot, config.alerts),
    memory,
    boot: readBoot,
    now,
    newId: () => "preview",
    ...rules,
    policy: { ...rules.policy, scope },
  });
  const messages = changes.notifications.map(({ notification }) => ({
    notification,
    message: renderMessage(notification, config.alerts, now),
  }));
  const format = options.text("format") ?? "text";
  if (format === "json") {
    const payloads = messages.map(({ notification, message }) =>
      renderNativePayload(maskNotification(notification, config.alerts.emails), message),
    );
    context.write(`${toJsonText(payloads)}\n`);
    return 0;
  }
  if (messages.length === 0) context.write(format === "html" ? "" : describeNothing(decisions, isFresh));
  for (const { notification, message } of messages) {
    const heading = `to ${notification.channel}, ${notification.severity}:`;
    const text = fit(message.text.trimEnd(), widthOf(context));
    context.write(format === "html" ? `${message.html}\n` : `${heading}\n\n${text}\n\n`);
  }
  return 0;
};

function withoutDelay({ alerts }: Config, channels: readonly ChannelPolicy[]) {
  return {
    policy: { ...alerts, holdMs: {} },
    channels: channels.map((channel) => ({ ...channel, quietHours: null })),
  };
}

/** `nothing to tell: 2 unchanged, 1 silenced`. */
function describeNothing(decisions: readonly Decision[], isFresh: boolean): string {
  const counts = new Map<string, number>();
  for (const decision of decisions) {
    if ("notTold" in decision) counts.set(decision.notTold, (counts.get(decision.notTold) ?? 0) + 1);
  }
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).join(", ");
  if (reasons === "") return "nothing to tell\n";
  return `nothing to tell: ${reasons}${isFresh ? "" : "\n--fresh shows messages as if nothing had been told yet"}\n`;
}

/** Lines that fit; a command stays one that can be copied. */
function fit(text: string, width: number): string {
  let before = "";
  return text
    .split("\n")
    .flatMap((line) => {
      const isCommand = before.startsWith("To ") && before.endsWith(" it:");
      before = line;
      return isCommand && !line.startsWith("#") ? wrapCommand(line, width) : hang(line, width);
    })
    .join("\n");
}

/** A fact goes on below its value, not below its label. */
function hang(line: string, width: number): readonly string[] {
  const label = /^[A-Z][\w ]*: +(?=\S)/.exec(line)?.[0] ?? "";
  const [first = "", ...rest] = wrapWhole(line.slice(label.length), Math.max(1, width - label.length));
  return [label + first, ...rest.map((more) => " ".repeat(label.length) + more)];
}
