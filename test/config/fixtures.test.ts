import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { DEFAULT_CONFIG } from "../../src/config/config.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { ConfigError } from "../../src/errors.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures/config");
const ENV = {
  ZONE: "Asia/Tokyo",
  SWITCH: "false",
  NUMBER: "5000",
  BASE: "/data",
  EMPTY: "",
  TOKEN: "CANARY-of-no-shape",
};

const bad = globSync("bad/*.yaml", { cwd: FIXTURES }).sort();
const good = globSync("good/*.yaml", { cwd: FIXTURES }).sort();

test("there are fixtures of both kinds", () => {
  expect(bad.length).toBeGreaterThan(65);
  expect(good.length).toBeGreaterThan(16);
});

test.each(bad)("%s is refused with the message beside it", async (path) => {
  const error: unknown = await parseFixture(path).catch((refusal: unknown) => refusal);
  expect(error).toBeInstanceOf(ConfigError);
  const { message } = error as ConfigError;
  expect(`${message}\n`).toBe(readFileSync(join(FIXTURES, path.replace(/yaml$/, "txt")), "utf8"));
  expect(message).not.toContain("CANARY");
});

test.each(good)("%s means what stands beside it, and the defaults", async (path) => {
  const differs: unknown = JSON.parse(readFileSync(join(FIXTURES, path.replace(/yaml$/, "json")), "utf8"));
  expect(await parseFixture(path)).toEqual(merge(DEFAULT_CONFIG, differs));
});

async function parseFixture(path: string) {
  return parseConfig(readFileSync(join(FIXTURES, path), "utf8"), basename(path), ENV);
}

function merge(base: object, over: unknown): object {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over as object)) {
    const isSection = typeof value === "object" && value !== null && !Array.isArray(value);
    merged[key] = isSection ? merge(merged[key] as object, value) : value;
  }
  return merged;
}
