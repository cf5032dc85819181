import type { Condition } from "../alerts/condition.ts";
import type { Message, MessageSection } from "../alerts/message.ts";
import { cutTo } from "../alerts/shown.ts";
import type { Notification } from "../alerts/notification.ts";
import { commonOf, fingerprint, toAlertmanagerAlert } from "./alertmanager-alert.ts";
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
  slack: renderSlack,
  discord: renderDiscord,
  teams: renderTeams,
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
const COLOUR = { critical: 0xd32f2f, warning: 0xf9a825, info: 0x1976d2 } as const;
const COLOUR_RESOLVED = 0x388e3c;

/** Alertmanager's own webhook payload, version 4, so that its receivers take ours. */
function renderAlertmanagerWebhook(
  { status, channel, items }: Notification,
  { sections }: Message,
  { externalUrl }: BodyOptions,
): unknown {
  const alerts = items.map((item, index) => {
    const { labels, annotations } = toAlertmanagerAlert(item, sections[index]);
    return {
      status: item.endsAt === null ? "firing" : "resolved",
      labels,
      annotations,
      startsAt: item.startsAt.toISOString(),
      // Go's zero time, which is what a firing alert has there.
      endsAt: item.endsAt?.toISOString() ?? "0001-01-01T00:00:00Z",
      generatorURL: externalUrl ?? "",
      fingerprint: fingerprint(labels),
    };
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

function renderSlack(_notification: Notification, { title, sections }: Message): unknown {
  const MAX_BLOCKS = 48;
  const blocks = sections.slice(0, MAX_BLOCKS).map((section) => ({
    type: "section",
    text: { type: "mrkdwn", text: cutTo(renderMarkdown(section, "*", escapeSlack), 3000) },
  }));
  return {
    text: escapeSlack(title),
    blocks: [{ type: "header", text: { type: "plain_text", text: title } }, ...blocks],
  };
}

function renderDiscord({ items }: Notification, { title, sections }: Message): unknown {
  const MAX_EMBEDS = 10;
  const MAX_TOTAL = 6000;
  let left = MAX_TOTAL;
  const embeds = [];
  for (const [index, section] of sections.slice(0, MAX_EMBEDS).entries()) {
    const heading = cutTo(section.headline, 256);
    const description = cutTo(renderMarkdown({ ...section, headline: "" }, "**", escapeDiscord), 4096);
    left -= heading.length + description.length;
    if (left < 0) break;
    const item = items[index];
    const color = item === undefined || item.endsAt !== null ? COLOUR_RESOLVED : COLOUR[item.condition.severity];
    embeds.push({ title: heading, description, color });
  }
  return { content: escapeDiscord(title), embeds, allowed_mentions: { parse: [] } };
}

function renderTeams({ items }: Notification, { title, sections }: Message): unknown {
  const MAX_SECTIONS = 20;
  const body: unknown[] = [textBlock(title, { size: "Large", weight: "Bolder" })];
  for (const [index, section] of sections.slice(0, MAX_SECTIONS).entries()) {
    body.push(textBlock(section.headline, { weight: "Bolder", color: toTeamsColour(items[index]) }));
    body.push({
      type: "FactSet",
      facts: section.facts.map(([fact, value]) => ({ title: fact, value: cutTo(value, 300) })),
    });
    if (section.command !== null) body.push(textBlock(section.command, { fontType: "Monospace" }));
    if (section.runbook !== null) body.push(textBlock(`[Runbook](${section.runbook})`, {}));
  }
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body,
  };
  const attachment = { contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content };
  return { type: "message", attachments: [attachment] };
}

function toTeamsColour(item: { readonly endsAt: Date | null; readonly condition: Condition } | undefined): string {
  if (item === undefined || item.endsAt !== null) return "Good";
  return { critical: "Attention", warning: "Warning", info: "Default" }[item.condition.severity];
}

function textBlock(text: string, style: object): unknown {
  return { type: "TextBlock", text: cutTo(text, 600), wrap: true, ...style };
}

function renderMarkdown(section: MessageSection, bold: string, escape: (text: string) => string): string {
  const lines = section.facts.map(([fact, value]) => `${bold}${escape(fact)}${bold} ${escape(value)}`);
  if (section.headline !== "") lines.unshift(`${bold}${escape(section.headline)}${bold}`);
  if (section.command !== null) lines.push(`\`\`\`\n${escapeCode(section.command, escape)}\n\`\`\``);
  if (section.runbook !== null) lines.push(section.runbook);
  return lines.join("\n");
}

/** Slack reads `<!channel>` and links between angle brackets; a profile id must not ring everybody. */
function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function escapeDiscord(text: string): string {
  return text.replaceAll(/[\\*_~`|>[\]]/g, (sign) => `\\${sign}`);
}

/** Within a code block nothing is special but its end, and for Slack the brackets. */
function escapeCode(text: string, escape: (text: string) => string): string {
  const plain = text.replaceAll("```", "'''");
  return escape === escapeSlack ? escapeSlack(plain) : plain;
}
