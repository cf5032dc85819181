import type { Message } from "../alerts/message.ts";
import { cutTo } from "../alerts/shown.ts";
import type { Notification } from "../alerts/notification.ts";
import { commonOf, fingerprint, toAlertmanagerAlert } from "./alertmanager-alert.ts";
import { renderDiscord, renderSlack, renderTeams } from "./chat-body.ts";
import { renderNativePayload } from "./native-payload.ts";

/** What a format may add to the message: where it goes within the service, and links. */
export interface BodyOptions {
  readonly chatId: string | undefined;
  readonly externalUrl: string | null;
}

type RenderBody = (notification: Notification, message: Message, options: BodyOptions) => unknown;

/** The bodies that services expect. Lengths are the limits they document; a message that is too long is cut, not lost. */
export const WEBHOOK_BODIES = {
  native: (notification, message) => renderNativePayload(notification, message),
  alertmanager: renderAlertmanagerWebhook,
  slack: ({ items }, message, { externalUrl: page }) => renderSlack({ items, message, page }),
  discord: ({ items }, message, { externalUrl: page }) => renderDiscord({ items, message, page }),
  teams: ({ items }, message, { externalUrl: page }) => renderTeams({ items, message, page }),
  // Without a parse mode nothing in the text is markup.
  telegram: (_notification, { text }, { chatId }) => ({
    chat_id: chatId,
    text: cutTo(text, 4096),
    link_preview_options: { is_disabled: true },
  }),
  gotify: ({ severity, status }, { title, text }) => ({
    title,
    message: cutTo(text, 16_000),
    priority: status === "resolved" ? 2 : GOTIFY_PRIORITY[severity],
    extras: { "client::display": { contentType: "text/plain" } },
  }),
} satisfies Record<string, RenderBody>;

export type WebhookFormat = keyof typeof WEBHOOK_BODIES;

const GOTIFY_PRIORITY = { critical: 8, warning: 5, info: 2 } as const;

/** Alertmanager's own webhook payload, version 4, so that its receivers take ours. */
function renderAlertmanagerWebhook(
  { status, channel, items, createdAt }: Notification,
  { sections }: Message,
  { externalUrl }: BodyOptions,
): unknown {
  const alerts = items.flatMap((item, index) => {
    const { labels, annotations } = toAlertmanagerAlert(item, sections[index]);
    const startsAt = item.startsAt.toISOString();
    const make = (own: typeof labels, endsAt: Date | null) => ({
      status: endsAt === null ? "firing" : "resolved",
      labels: own,
      annotations,
      startsAt,
      // Go's zero time, which is what a firing alert has there.
      endsAt: endsAt?.toISOString() ?? "0001-01-01T00:00:00Z",
      generatorURL: externalUrl ?? "",
      fingerprint: fingerprint(own),
    });
    const now = make(labels, item.endsAt);
    if (item.severityBefore === undefined) return [now];
    // Its labels are the identity of an alert: with another severity it is another one, and that before is over.
    return [make({ ...labels, severity: item.severityBefore }, createdAt), now];
  });
  return {
    receiver: channel,
    status,
    alerts,
    groupLabels: {},
    commonLabels: commonOf(alerts.map(({ labels }) => labels)),
    commonAnnotations: commonOf(alerts.map(({ annotations }) => annotations)),
    externalURL: externalUrl ?? "",
    version: "4",
    groupKey: "{}:{}",
    truncatedAlerts: 0,
  };
}
