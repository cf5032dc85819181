import type { Message, MessageSection } from "../alerts/message.ts";
import type { NotificationItem } from "../alerts/notification.ts";
import { cutTo } from "../alerts/shown.ts";

/*
 * Bodies for chats that mark text up. Names come from stores and may hold anything, so each of them stands where nothing
 * is marked up, or is escaped. Lengths are the limits that the services document; what is too long is cut, not lost.
 */

interface ChatMessage {
  readonly items: readonly NotificationItem[];
  readonly message: Message;
  /** Address of our own page. */
  readonly page: string | null;
}

const COLOUR = { critical: 0xd32f2f, warning: 0xf9a825, info: 0x1976d2 } as const;
const COLOUR_RESOLVED = 0x388e3c;
const COLOUR_UNWATCHED = 0x8b8d98;

/**
 * Slack has no escape for its markup, so names stand in `plain_text`; only commands are marked up, as a block in which
 * nothing is special but its end and the brackets (https://docs.slack.dev/reference/block-kit/composition-objects/text-object).
 */
export function renderSlack({ message: { title, sections }, page }: ChatMessage): unknown {
  const MAX_BLOCKS = 50;
  const MAX_TEXT = 3000;
  const plain = (text: string): unknown => ({
    type: "section",
    text: { type: "plain_text", text: cutTo(text, MAX_TEXT), emoji: false },
  });
  const marked = (text: string): unknown => ({
    type: "section",
    text: { type: "mrkdwn", text: cutTo(text, MAX_TEXT) },
  });
  const blocks = sections.flatMap((section) => [
    plain([section.headline, ...linesOf(section)].join("\n")),
    ...(section.command === null ? [] : [marked(`\`\`\`\n${escapeSlack(withoutFence(section.command))}\n\`\`\``)]),
    ...(section.runbook === null ? [] : [marked(linkForSlack(section.runbook, "Runbook"))]),
  ]);
  const footer = page === null ? [] : [marked(linkForSlack(page, "Open page"))];
  return {
    // Shown where blocks are not, such as on a lock screen.
    text: escapeSlack(title),
    mrkdwn: false,
    blocks: [
      { type: "header", text: { type: "plain_text", text: title, emoji: false } },
      ...blocks.slice(0, MAX_BLOCKS - 1 - footer.length),
      ...footer,
    ],
  };
}

export function renderDiscord({ items, message: { title, sections }, page }: ChatMessage): unknown {
  const MAX_EMBEDS = 10;
  const MAX_TOTAL = 6000;
  let left = MAX_TOTAL;
  const embeds = [];
  for (const [index, section] of sections.slice(0, MAX_EMBEDS).entries()) {
    const heading = cutTo(escapeDiscord(section.headline), 256);
    const facts = section.facts.map(([fact, value]) => `**${escapeDiscord(fact)}** ${escapeDiscord(value)}`);
    const command = section.command === null ? [] : [`\`\`\`\n${withoutFence(section.command)}\n\`\`\``];
    const description = cutTo(
      [...facts, ...command, ...(section.runbook ?? "").split("\n")].join("\n").trimEnd(),
      4096,
    );
    left -= heading.length + description.length;
    if (left < 0) break;
    const color = toDiscordColour(items[index]);
    embeds.push({ title: heading, ...(page === null ? {} : { url: page }), description, color });
  }
  return { content: cutTo(escapeDiscord(title), 2000), embeds, allowed_mentions: { parse: [] } };
}

function toDiscordColour(item: NotificationItem | undefined): number {
  if (item?.because === "unwatched") return COLOUR_UNWATCHED;
  return item === undefined || item.endsAt !== null ? COLOUR_RESOLVED : COLOUR[item.condition.severity];
}

/** A text block of an adaptive card is Markdown, and so is a fact; a text run is not (https://adaptivecards.io/explorer/TextRun.html). */
export function renderTeams({ items, message: { title, sections }, page }: ChatMessage): unknown {
  const MAX_SECTIONS = 12;
  const body: unknown[] = [richText([run(title, { size: "Large", weight: "Bolder" })])];
  for (const [index, section] of sections.slice(0, MAX_SECTIONS).entries()) {
    body.push(richText([run(section.headline, { weight: "Bolder", color: toTeamsColour(items[index]) })]));
    for (const [fact, value] of section.facts)
      body.push(richText([run(`${fact} `, { weight: "Bolder" }), run(value, {})]));
    if (section.command !== null) body.push(richText([run(section.command, { fontType: "Monospace" })]));
  }
  const [runbook = null] = sections.map((section) => section.runbook).filter((url) => url !== null);
  const links = [
    { title: "Runbook", url: runbook },
    { title: "Open page", url: page },
  ];
  const actions = links.filter(({ url }) => url !== null).map((link) => ({ type: "Action.OpenUrl", ...link }));
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body,
    ...(actions.length === 0 ? {} : { actions }),
  };
  const attachment = { contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content };
  return { type: "message", attachments: [attachment] };
}

function toTeamsColour(item: NotificationItem | undefined): string {
  if (item?.because === "unwatched") return "Default";
  if (item === undefined || item.endsAt !== null) return "Good";
  return { critical: "Attention", warning: "Warning", info: "Default" }[item.condition.severity];
}

function richText(inlines: readonly unknown[]): unknown {
  return { type: "RichTextBlock", inlines };
}

function run(text: string, style: object): unknown {
  return { type: "TextRun", text: cutTo(text, 400), ...style };
}

function linesOf({ facts }: MessageSection): readonly string[] {
  return facts.map(([fact, value]) => `${fact}: ${value}`);
}

function linkForSlack(url: string, name: string): string {
  return `<${escapeSlack(url).replaceAll("|", "%7C")}|${name}>`;
}

/** Slack reads `<!channel>` and links between angle brackets; a profile id must not ring everybody. */
function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Everything that Discord marks up, makes a mention or a link of; a backslash before punctuation is not shown. */
function escapeDiscord(text: string): string {
  return text.replaceAll(/[\\*_~`|<>[\]()#@]|:(?=\/\/)/g, (sign) => `\\${sign}`);
}

function withoutFence(command: string): string {
  return command.replaceAll("```", "'''");
}
