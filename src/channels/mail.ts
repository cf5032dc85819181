import type { Message } from "../alerts/message.ts";
import type { Notification, NotificationItem } from "../alerts/notification.ts";

/** A mail as nodemailer takes it, without recipients. */
export interface Mail {
  readonly from: string;
  readonly replyTo?: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly date: Date;
  readonly messageId: string;
  readonly inReplyTo?: string;
  readonly references: string[];
  readonly headers: Record<string, string>;
  readonly priority: "high" | "normal";
}

/** More would make a header that some servers refuse. */
const MAX_REFERENCES = 20;

/**
 * A message as a mail. Its id follows from the notification's, so that a repeated delivery can be told; firing, reminders
 * and resolve of one episode refer to the same root and show as one thread. RFC 3834 and `X-Auto-Response-Suppress` keep
 * out-of-office replies away.
 */
export function composeMail(
  notification: Notification,
  { title, text, html }: Message,
  options: { readonly from: string; readonly replyTo?: string | undefined; readonly userAgent: string },
): Mail {
  const domain = /@([\w.-]+)>?\s*$/.exec(options.from)?.[1] ?? "localhost";
  const references = [...new Set(notification.items.map((item) => `<${threadOf(item)}@${domain}>`))];
  const [first] = references;
  return {
    from: options.from,
    ...(options.replyTo === undefined ? {} : { replyTo: options.replyTo }),
    subject: title,
    text,
    html: `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Alert</title><body>${html}</body></html>`,
    date: notification.createdAt,
    messageId: `<${notification.id.replaceAll(/[^\w.-]/g, "-")}@${domain}>`,
    ...(first === undefined ? {} : { inReplyTo: first }),
    references: references.slice(0, MAX_REFERENCES),
    headers: {
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All",
      "List-Id": `<${notification.channel}.agent-auth.${domain}>`,
      "X-Mailer": options.userAgent,
      "X-Agent-Auth-Notification": notification.id,
    },
    priority: notification.status === "firing" && notification.severity === "critical" ? "high" : "normal",
  };
}

function threadOf({ condition, startsAt }: NotificationItem): string {
  const { createHash } = process.getBuiltinModule("node:crypto");
  const episode = createHash("sha256").update(`${condition.key} ${startsAt.toISOString()}`).digest("hex");
  return `thread-${episode.slice(0, 24)}`;
}
