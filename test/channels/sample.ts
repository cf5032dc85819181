import type { Message, MessageOptions } from "../../src/alerts/message.ts";
import type { Notification } from "../../src/alerts/notification.ts";
import { renderMessage } from "../../src/alerts/render.ts";
import type { SendContext } from "../../src/channels/channel.ts";
import { buildCondition, buildNotification, NOW } from "../alerts/sample-alerts.ts";

export { NOW } from "../alerts/sample-alerts.ts";

const MESSAGE_OPTIONS: MessageOptions = {
  emails: "masked",
  timezone: "UTC",
  runbookUrl: "https://wiki.example.com/agents",
  externalUrl: "https://agents.example.com",
};

/** One critical and one warning, firing. */
export const FIRING: Notification = buildNotification({ id: "01-firing" }, [
  buildCondition(),
  buildCondition({
    agent: "ops",
    severity: "warning",
    reason: "expiring",
    key: "openclaw/ops/anthropic:default/expiry",
  }),
]);

/** The first of them, over. */
export const RESOLVED: Notification = buildNotification({ id: "02-resolved", status: "resolved" });

export function messageOf(notification: Notification, options: Partial<MessageOptions> = {}): Message {
  return renderMessage(notification, { ...MESSAGE_OPTIONS, ...options }, NOW);
}

/** A context that nobody aborts. */
export function context(given: Partial<SendContext> = {}): SendContext {
  return { now: NOW, signal: new AbortController().signal, ...given };
}
