import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { requireProgram } from "../real-program.ts";

const text = readFileSync(join(import.meta.dirname, "../../docs/fleet.md"), "utf8");
const blocks = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, block = ""]) => block);
const promtool = requireProgram("promtool");

describe.runIf(promtool !== null)("promtool takes what docs/fleet.md shows", () => {
  const directory = mkdtempSync(join(tmpdir(), "agent-auth-fleet-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const check = (kind: string, block: string, ...flags: readonly string[]): string => {
    const path = join(directory, "shown.yml");
    writeFileSync(path, block);
    const { status, stdout, stderr } = spawnSync(promtool!, ["check", kind, ...flags, path], { encoding: "utf8" });
    return `${status} ${status === 0 ? "" : stdout + stderr}`;
  };

  test.each(blocks.filter((block) => block.includes("scrape_configs:")))("config: %s", (block) => {
    expect(check("config", block, ...(block.includes("feature=agent") ? ["--agent"] : []))).toBe("0 ");
  });

  test.each(blocks.filter((block) => block.startsWith("groups:")))("rules: %s", (block) => {
    expect(check("rules", block)).toBe("0 ");
  });

  test("there are some of each", () => {
    expect(blocks.map((block) => /^\w+:/m.exec(block)?.[0])).toEqual([
      "metric_relabel_configs:",
      "scrape_configs:",
      undefined,
      "scrape_configs:",
      "scrape_configs:",
      "groups:",
    ]);
  });
});
