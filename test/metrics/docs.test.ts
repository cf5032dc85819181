import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { renderMetricsDoc } from "../../src/metrics/docs.ts";
import { METRIC_TABLE } from "../../src/metrics/table.ts";

it("docs/metrics.md is what the table says (npm run docs)", () => {
  expect(readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8")).toBe(renderMetricsDoc());
});

it("has a section for every metric", () => {
  const page = renderMetricsDoc();
  expect(METRIC_TABLE.filter(({ name }) => !page.includes(`### \`${name}\`\n`))).toEqual([]);
});
