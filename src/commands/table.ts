import { measure, pad } from "../format/terminal.ts";

/** Rows with aligned columns, the last one ragged. Cells must be safe to print. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => measure(row[column] ?? ""))),
  );
  const toLine = (row: readonly string[]): string =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return rows.map((row) => `${toLine(row)}\n`).join("");
}
