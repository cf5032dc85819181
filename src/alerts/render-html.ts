import type { Severity } from "./condition.ts";
import type { MessageSection } from "./message.ts";
import { isOver } from "./message-words.ts";
import type { Notification, NotificationItem } from "./notification.ts";
import { MAX_FULL, MAX_NAMED } from "./render-text.ts";

/** Legible on white and on black alike; text keeps the reader's own colours. */
const COLOURS: Record<Severity | "resolved" | "unwatched", string> = {
  critical: "#e5484d",
  warning: "#d97706",
  info: "#3b82f6",
  resolved: "#2e9e5b",
  unwatched: "#8b8d98",
};

const FONT = "font-family:system-ui,-apple-system,Segoe UI,Roboto,sans-serif;font-size:16px;line-height:1.45";
const CODE =
  "margin:4px 0 12px;padding:8px 10px;border-radius:6px;background:rgba(128,128,128,.15);white-space:pre-wrap;overflow-wrap:anywhere;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:14px";

/** The message as an HTML fragment: inline styles only, no images, no links but those to our runbooks and page. */
export function renderHtml(
  title: string,
  { items }: Notification,
  sections: readonly MessageSection[],
  page: string | null,
): string {
  const full = sections.slice(0, MAX_FULL).map((section, index) => renderSection(section, colourOf(items[index])));
  const named = sections.slice(MAX_FULL, MAX_NAMED).map(({ headline }) => `<li>${escapeHtml(headline)}</li>`);
  const unnamed = sections.length - MAX_FULL - named.length;
  return [
    `<div style="${FONT};max-width:640px">`,
    ...(sections.length === 1 ? [] : [`<p style="margin:0 0 16px"><strong>${escapeHtml(title)}</strong></p>`]),
    ...full,
    ...(named.length === 0 ? [] : [`<ul style="padding-left:20px">${named.join("")}</ul>`]),
    ...(unnamed > 0 ? [`<p>and ${unnamed} more</p>`] : []),
    ...(page === null ? [] : [`<p style="margin:0">${link(page, "Open the page")}</p>`]),
    "</div>",
  ].join("\n");
}

/** Text made safe between tags and in a quoted attribute. */
function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

function colourOf(item: NotificationItem | undefined): string {
  if (item?.because === "unwatched") return COLOURS.unwatched;
  return COLOURS[item === undefined || isOver(item) ? "resolved" : item.condition.severity];
}

function renderSection({ headline, facts, command, silence, runbook }: MessageSection, colour: string): string {
  const rows = facts.map(
    ([label, value]) =>
      `<tr><td style="padding:2px 12px 2px 0;vertical-align:top;white-space:nowrap;opacity:.7">${escapeHtml(label)}</td>` +
      `<td style="padding:2px 0;overflow-wrap:anywhere">${escapeHtml(value)}</td></tr>`,
  );
  return [
    `<div style="margin:0 0 20px;padding:2px 0 2px 12px;border-left:4px solid ${colour}">`,
    `<p style="margin:0 0 8px;overflow-wrap:anywhere"><strong>${escapeHtml(headline)}</strong></p>`,
    `<table role="presentation" style="border-collapse:collapse;margin:0 0 8px;font-size:15px">${rows.join("")}</table>`,
    ...(command === null
      ? []
      : [`<p style="margin:0">To mend it:</p>`, `<pre style="${CODE}">${escapeHtml(command)}</pre>`]),
    ...(silence === null
      ? []
      : [`<p style="margin:0">To silence it:</p>`, `<pre style="${CODE}">${escapeHtml(silence)}</pre>`]),
    ...(runbook === null ? [] : [`<p style="margin:0">${link(runbook, "Runbook")}</p>`]),
    "</div>",
  ].join("\n");
}

function link(url: string, text: string): string {
  return `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>`;
}
