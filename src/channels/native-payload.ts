import type { Severity } from "../alerts/condition.ts";
import type { Message } from "../alerts/message.ts";
import type { Notification, NotificationItem } from "../alerts/notification.ts";
import { summaryOf } from "../alerts/past.ts";

/** What `webhook` sends in its own format and `command` gets on standard input. Documented in docs/alerts.md. */
export interface NativePayload {
  readonly version: 1;
  readonly id: string;
  readonly channel: string;
  readonly createdAt: string;
  readonly status: "firing" | "resolved";
  readonly severity: Severity;
  readonly title: string;
  readonly text: string;
  readonly items: readonly NativeItem[];
}

interface NativeItem {
  readonly key: string;
  readonly status: "firing" | "resolved";
  readonly because: NotificationItem["because"];
  readonly severity: Severity;
  readonly family: string;
  readonly reason: string;
  readonly installation: string;
  readonly agent: string;
  readonly provider: string | null;
  readonly profile: string | null;
  readonly summary: string;
  readonly command: string | null;
  readonly startsAt: string;
  readonly endsAt: string | null;
  readonly expiresAt: string | null;
  readonly headline: string;
  readonly runbook: string | null;
}

/** What a template may name: the fields of the payload, and those of an item. */
export const PAYLOAD_FIELDS: readonly string[] = Object.keys({
  version: true,
  id: true,
  channel: true,
  createdAt: true,
  status: true,
  severity: true,
  title: true,
  text: true,
  items: true,
} satisfies Record<keyof NativePayload, true>);
export const ITEM_FIELDS: readonly string[] = Object.keys({
  key: true,
  status: true,
  because: true,
  severity: true,
  family: true,
  reason: true,
  installation: true,
  agent: true,
  provider: true,
  profile: true,
  summary: true,
  command: true,
  startsAt: true,
  endsAt: true,
  expiresAt: true,
  headline: true,
  runbook: true,
} satisfies Record<keyof NativeItem, true>);

/** The notification as data, times in ISO 8601 UTC. */
export function renderNativePayload(notification: Notification, message: Message): NativePayload {
  const { id, channel, createdAt, status, severity, items } = notification;
  return {
    version: 1,
    id,
    channel,
    createdAt: createdAt.toISOString(),
    status,
    severity,
    title: message.title,
    text: message.text,
    items: items.map(({ because, condition, startsAt, endsAt }, index) => ({
      key: condition.key,
      status: endsAt === null ? "firing" : "resolved",
      because,
      severity: condition.severity,
      family: condition.family,
      reason: condition.reason,
      installation: condition.installation,
      agent: condition.agent,
      provider: condition.provider,
      profile: condition.profile === null ? null : condition.profile + (condition.apart ?? ""),
      summary: summaryOf({ condition, endsAt }),
      command: message.sections[index]?.command ?? null,
      startsAt: startsAt.toISOString(),
      endsAt: endsAt?.toISOString() ?? null,
      expiresAt: condition.expiresAt?.toISOString() ?? null,
      headline: message.sections[index]?.headline ?? condition.summary,
      runbook: message.sections[index]?.runbook ?? null,
    })),
  };
}
