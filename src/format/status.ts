import { isNothingFound, type Snapshot } from "../snapshot.ts";
import { summariseSnapshot } from "./summary.ts";
import { type Block, type Row, type Section, toSections, toTrouble, type Trouble } from "./status-sections.ts";
import { measure, pad, type Paint, renderAction, shorten, type Style, wrap } from "./terminal.ts";
import { describeNothingFound, listHostProblems } from "./words.ts";

export interface StatusLayout {
  /** Cells per line. */
  readonly width: number;
  readonly paint: Paint;
}

/** Below this many cells a row becomes several lines. */
const STACKED_BELOW = 72;

/** Colour is never alone: each mark stands for the verdict by its shape. */
const MARKS: Record<Style, string> = {
  ok: "✓",
  info: "i",
  warning: "!",
  critical: "✗",
  unknown: "?",
  dim: " ",
  bold: " ",
};

/** The snapshot for a person: by installation and agent, with countdowns and what to do. Only words of a command may exceed the width. */
export function renderStatus(snapshot: Snapshot, layout: StatusLayout): string {
  const sections = toSections(snapshot);
  const columns = measureColumns(sections, layout.width);
  const lines = [
    ...listHostProblems(snapshot).flatMap((problem) => renderTrouble(toTrouble(problem), layout)),
    ...(isNothingFound(snapshot) ? wrap(describeNothingFound(snapshot), layout.width) : []),
    ...sections.flatMap((section) => [...renderSection(section, columns, layout), ""]),
    ...wrap(summariseSnapshot(snapshot), layout.width),
  ];
  return `${lines.join("\n")}\n`;
}

interface Columns {
  readonly provider: number;
  readonly name: number;
  readonly type: number;
  readonly status: number;
  readonly when: number;
}

const MIN_STATUS = 8;
const INDENT = 4;
const MAX_PROVIDER = 16;

function measureColumns(sections: readonly Section[], width: number): Columns {
  const rows = sections.flatMap(({ blocks }) => blocks.flatMap((block) => block.rows));
  const widest = (cell: (row: Row) => string) => rows.reduce((most, row) => Math.max(most, measure(cell(row))), 0);
  const provider = Math.min(
    MAX_PROVIDER,
    widest((row) => row.provider),
  );
  const type = widest((row) => row.type);
  const status = Math.max(
    MIN_STATUS,
    widest((row) => row.status),
  );
  const when = widest((row) => row.when);
  // Indent, mark and a blank, then two blanks after each of the four columns before `when`.
  const rest = INDENT + 2 + provider + type + status + when + 8;
  return {
    provider,
    type,
    status,
    when,
    name: Math.min(
      widest((row) => row.name),
      Math.max(12, width - rest),
    ),
  };
}

function renderSection(section: Section, columns: Columns, layout: StatusLayout): readonly string[] {
  const { paint, width } = layout;
  const title = shorten(section.title, Math.floor(width / 2));
  const path = shorten(section.path, width - measure(title) - 2);
  return [
    `${paint("bold", title)}  ${paint("dim", path)}`,
    ...section.problems.flatMap((trouble) => renderTrouble(trouble, layout)),
    ...section.blocks.flatMap((block) => renderBlock(block, columns, layout)),
  ];
}

function renderTrouble({ style, text }: Trouble, { width, paint }: StatusLayout): readonly string[] {
  return wrap(text, width - 4).map((line, index) =>
    paint(style, `${index === 0 ? `  ${MARKS[style]} ` : "    "}${line}`),
  );
}

function renderBlock(block: Block, columns: Columns, layout: StatusLayout): readonly string[] {
  const { width, paint } = layout;
  const indent = " ".repeat(INDENT);
  const message = block.message === "" ? [] : wrap(block.message, width - INDENT);
  const isStacked = width < STACKED_BELOW;
  return [
    ...renderHeading(block, layout),
    ...message.map((line) => paint(block.style, `${indent}${line}`)),
    ...renderAction(block.action, INDENT, width),
    ...block.rows.flatMap((row, index) =>
      isStacked ? renderStacked(row, layout) : renderRow(row, block.rows[index - 1], columns, layout),
    ),
  ];
}

function renderHeading({ style, title, state }: Block, { width, paint }: StatusLayout): readonly string[] {
  const heading = (name: string) => `  ${paint(style, MARKS[style])} ${paint("bold", name)}`;
  if (INDENT + measure(title) + 2 + measure(state) <= width) return [`${heading(title)}  ${paint(style, state)}`];
  const below = wrap(state, width - INDENT).map((line) => `${" ".repeat(INDENT)}${paint(style, line)}`);
  return [heading(shorten(title, width - INDENT)), ...below];
}

function renderRow(
  row: Row,
  above: Row | undefined,
  columns: Columns,
  { width, paint }: StatusLayout,
): readonly string[] {
  const provider = above?.provider === row.provider ? "" : shorten(row.provider, columns.provider);
  const start = INDENT + 2 + columns.provider + 2;
  const cells = [
    `${" ".repeat(INDENT)}${paint(row.style, MARKS[row.style])} ${pad(provider, columns.provider)}`,
    pad(shorten(row.name, columns.name), columns.name),
    pad(row.type, columns.type),
    paint(row.style, row.status) + " ".repeat(columns.status - row.status.length),
    pad(row.when, columns.when),
  ];
  const used = start + columns.name + columns.type + columns.status + columns.when + 6;
  const isNoteBeside = row.note !== "" && used + 2 + measure(row.note) <= width;
  const line = (isNoteBeside ? [...cells, row.note] : cells).join("  ").trimEnd();
  const below = row.note === "" || isNoteBeside ? [] : wrap(row.note, width - start);
  return [line, ...below.map((text) => " ".repeat(start) + text), ...renderAction(row.action, start, width)];
}

function renderStacked(row: Row, { width, paint }: StatusLayout): readonly string[] {
  const isProviderSaid = row.name.startsWith(`${row.provider}:`);
  const facts = [isProviderSaid ? "" : row.provider, row.type, `${row.status} ${row.when}`.trim(), row.note];
  const details = wrap(facts.filter((fact) => fact !== "").join(" · "), width - INDENT - 2);
  const indent = " ".repeat(INDENT + 2);
  return [
    `${" ".repeat(INDENT)}${paint(row.style, MARKS[row.style])} ${shorten(row.name, width - INDENT - 2)}`,
    ...details.map((line) => indent + line),
    ...renderAction(row.action, INDENT + 2, width),
  ];
}
