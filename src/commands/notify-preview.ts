import { findConditions } from "../alerts/conditions.ts";
import { decide } from "../alerts/decide.ts";
import { EMPTY_MEMORY } from "../alerts/memory.ts";
import type { ChannelPolicy } from "../alerts/policy.ts";
import { renderMessage } from "../alerts/render.ts";
import { renderNativePayload } from "../channels/native-payload.ts";
import { maskNotification } from "../channels/open.ts";
import { toJsonText } from "../format/json.ts";
import type { RunCommand } from "./command.ts";
import { selectChannels } from "./alert-state.ts";
import { openChecker } from "./open-checker.ts";

/** Stands in while nothing is configured. */
const ANY_CHANNEL: ChannelPolicy = {
  name: "default",
  minSeverity: "warning",
  match: [],
  sendResolved: true,
  quietHours: null,
  evening: null,
  refreshEveryMs: null,
};

/**
 * `agent-auth notify preview`: what each channel would be told of the host as it is now, if nothing had been told yet,
 * nothing had to be held and no hours were quiet. Sends nothing, remembers nothing.
 */
export const runNotifyPreview: RunCommand = async (options, context) => {
  const { checker, config } = await openChecker(options, context);
  const selected = selectChannels(config, options.list("channel")).map(({ policy }) => policy);
  const channels = (selected.length === 0 ? [ANY_CHANNEL] : selected).map((policy) => ({
    ...policy,
    quietHours: null,
  }));
  const now = context.now();
  const snapshot = await checker.check(now);
  const { changes } = decide({
    conditions: findConditions(snapshot, config.alerts.remindAtMs),
    memory: EMPTY_MEMORY,
    policy: { ...config.alerts, holdMs: {} },
    channels,
    now,
    newId: () => "preview",
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
  if (messages.length === 0) context.write(format === "html" ? "" : "nothing to tell\n");
  for (const { notification, message } of messages) {
    const heading = `to ${notification.channel}, ${notification.severity}:`;
    context.write(format === "html" ? `${message.html}\n` : `${heading}\n\n${message.text.trimEnd()}\n\n`);
  }
  return 0;
};
