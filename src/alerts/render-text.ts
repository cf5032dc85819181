import type { MessageSection } from "./message.ts";

/** How many conditions a message tells in full, and how many more it names. */
export const MAX_FULL = 10;
export const MAX_NAMED = 50;

/** The message in plain text. Every command stands on a line of its own. */
export function renderText(title: string, sections: readonly MessageSection[], page: string | null): string {
  const full = sections
    .slice(0, MAX_FULL)
    .map((section) => renderSection(section, sections.length === 1 ? title : null));
  const named = sections.slice(MAX_FULL, MAX_NAMED).map(({ headline }) => `- ${headline}`);
  const unnamed = sections.length - MAX_FULL - named.length;
  const blocks = [
    ...(sections.length === 1 ? [] : [title]),
    ...full,
    ...(named.length === 0 ? [] : [named.join("\n")]),
    ...(unnamed > 0 ? [`and ${unnamed} more`] : []),
    ...(page === null ? [] : [`Page: ${page}`]),
  ];
  return `${blocks.join("\n\n")}\n`;
}

/** `title` stands in for the headline where both would say the same. */
function renderSection({ headline, facts, command, silence, runbook }: MessageSection, title: string | null): string {
  const width = Math.max(...facts.map(([label]) => label.length)) + 2;
  return [
    title ?? headline,
    "",
    ...facts.map(([label, value]) => `${`${label}:`.padEnd(width)}${value}`),
    ...(command === null ? [] : ["", "To mend it:", command]),
    ...(silence === null ? [] : ["", "To silence it:", silence]),
    ...(runbook === null ? [] : ["", `Runbook: ${runbook}`]),
  ].join("\n");
}
