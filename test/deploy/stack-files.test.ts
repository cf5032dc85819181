import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { copyFiles, shorten } from "../../scripts/stack/files.ts";
import { PROMETHEUS } from "./rules.ts";

const directory = mkdtempSync(join(tmpdir(), "agent-auth-files-"));
const addresses = { exporter: "127.0.0.1:1", alertmanager: "127.0.0.1:2", webhook: "127.0.0.1:3" };
copyFiles(PROMETHEUS, directory, addresses);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function lines(name: string): readonly (readonly [shipped: string, copied: string])[] {
  const read = (from: string): readonly string[] => readFileSync(join(from, name), "utf8").split("\n");
  const copied = read(directory);
  return read(PROMETHEUS).map((line, place) => [line, copied[place] ?? ""] as const);
}

test("the copy of the rules differs in durations only, and in all of them", () => {
  const durations = /(?<=for: )\w+|(?<=\[)\w+(?=\])/g;
  const all = lines("agent-auth.rules.yml").filter(([shipped]) => !shipped.trimStart().startsWith("#"));
  for (const [shipped, copied] of all) expect(copied).toBe(shipped.replaceAll(durations, shorten));
  expect(all.filter(([shipped, copied]) => shipped !== copied).length).toBeGreaterThan(20);
});

test.each([
  ["prometheus.yml", ["scrape_interval", "evaluation_interval", "127.0.0.1:2", "127.0.0.1:1"]],
  ["alertmanager.yml", ["group_wait", "group_interval", "repeat_interval", "127.0.0.1:3"]],
])("%s differs in durations and addresses only", (name, expected) => {
  const changed = lines(name).filter(([shipped, copied]) => shipped !== copied);
  expect(changed.filter(([, copied]) => !expected.some((part) => copied.includes(part)))).toEqual([]);
  for (const part of expected) expect(changed.some(([, copied]) => copied.includes(part))).toBe(true);
});

test.each([
  ["15m", "7500ms"],
  ["1h", "30000ms"],
  ["0s", "0ms"],
])("%s becomes %s", (duration, shortened) => {
  expect(shorten(duration)).toBe(shortened);
});

test.each(["", "5", "1h30m", "x"])("no duration: %j", (duration) => {
  expect(() => shorten(duration)).toThrow("expected a duration such as 15m");
});
