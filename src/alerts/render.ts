import { showCommand } from "../shown-command.ts";
import { showSentence } from "./lookalikes.ts";
import type { Message, MessageOptions, MessageSection, RenderMessage } from "./message.ts";
import {
  formatInstant,
  hasEndedMeanwhile,
  headlineOf,
  isOver,
  lastingHeadlineOf,
  leftOf,
  nameOfEnd,
  nameOfKnown,
  ownerOf,
  phraseOf,
  relativeTo,
} from "./message-words.ts";
import type { NotificationItem } from "./notification.ts";
import { renderHtml } from "./render-html.ts";
import { renderText } from "./render-text.ts";
import { runbookOf } from "./runbook.ts";
import { createShow, cutTo, MASKED, type Show } from "./shown.ts";
import { renderOptions, silenceCommand } from "./silence-command.ts";
import { whyNow } from "./why-now.ts";

/** One SMS, and what a lock screen shows. */
const MAX_TITLE = 140;

/** A notification in words. The same notification, options and `now` give the same message. */
export const renderMessage: RenderMessage = (notification, options, now): Message => {
  const show = createShow(options.emails);
  const { items } = notification;
  const own = renderOptions(options.commandOptions ?? [], show);
  const sections = items.map((item) => toSection(item, options, show, now, own));
  const more = items.length > 1 ? ` +${items.length - 1} more` : "";
  const title = cutTo(sections[0]?.headline ?? "", MAX_TITLE - more.length) + more;
  const page = options.externalUrl;
  return {
    title,
    text: renderText(title, sections, page),
    html: renderHtml(title, notification, sections, page),
    sections,
    commandOptions: own,
  };
};

function toSection(
  item: NotificationItem,
  options: MessageOptions,
  show: Show,
  now: Date,
  own: string,
): MessageSection {
  const { condition } = item;
  const headline = headlineOf(item, show, now);
  const lasting = lastingHeadlineOf(item, MASKED, now, options.timezone);
  const facts = factsOf(item, options, show, now);
  const { action, agent, login = "" } = condition;
  const runbook = options.runbookUrl === null ? null : `${options.runbookUrl}/${runbookOf(condition)}.md`;
  // Nothing is left to mend or to silence.
  if (item.endsAt !== null) return { headline, lasting, facts, command: null, login, silence: null, runbook: null };
  const silence = silenceCommand(condition, show, own);
  const command = action === null ? null : showCommand(action, { agent, login, mask: show, options: own });
  return { headline, lasting, facts, command, login, silence, runbook };
}

/** What the end of a condition is for who is told of it, where it is not over. */
const ENDED: Partial<Record<NotificationItem["because"], string>> = {
  eased: "Eased",
  hidden: "Hidden",
  unwatched: "Watched until",
};

function factsOf(item: NotificationItem, { timezone }: MessageOptions, show: Show, now: Date): MessageSection["facts"] {
  const { condition, startsAt, left } = item;
  const { expiresAt, knownAt = null, reason, summary } = condition;
  const told = (at: Date): string => `${formatInstant(at, timezone)} (${relativeTo(at, now)})`;
  const why = whyNow(item, now);
  const isPast = isOver(item);
  const endedAt = item.overSince === undefined ? item.endsAt : item.overSince;
  const ended = ENDED[item.because] ?? "Over since";
  const hasEnded = !isPast && hasEndedMeanwhile(condition, now);
  const means = hasEnded ? summary.replace(" is about to expire", " expired") : summary;
  return [
    ["What", `${phraseOf(item, show, now)} (${show(hasEnded ? "expired" : reason)})`],
    ["Agent", ownerOf(condition, show)],
    // It may have begun before anybody looked.
    ["Seen since", told(startsAt)],
    ...(endedAt === null ? [] : [[ended, told(endedAt)] as const]),
    ...(left === undefined ? [] : [["What is left", `${leftOf(condition, left)} (${show(left.reason)})`] as const]),
    ...(expiresAt === null || isPast ? [] : [[nameOfEnd(condition, now), told(expiresAt)] as const]),
    // One that is ahead was written down before the clock was set back.
    ...(knownAt === null || isPast || knownAt > now ? [] : [[nameOfKnown(condition), told(knownAt)] as const]),
    // What it meant is no news once it is over, and would read as if it still did.
    ...(!isPast ? [["Means", showSentence(means, condition, show)] as const] : []),
    ...(why === null ? [] : [["Why now", why] as const]),
  ];
}
