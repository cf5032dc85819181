import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GENERATED_DOCS } from "../../scripts/generated-docs.ts";
import { DEFAULT_CONFIG } from "../../src/config/config.ts";
import { jsonSchema, listKeys, schemaAt } from "../../src/config/json-schema.ts";
import { renderStarterConfig } from "../../src/config/init.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { renderConfigReference } from "../../src/config/reference.ts";

const ROOT = join(import.meta.dirname, "../..");
const schema = jsonSchema();
const leaves = listKeys(schema).filter((key) => {
  const depth = key.split(".").length;
  return depth === 2 || (depth === 1 && schemaAt(schema, [key])?.properties === undefined);
});

test.each(GENERATED_DOCS.filter(({ path }) => path.includes("config")))(
  "$path is what the code renders",
  ({ path, render }) => {
    expect(readFileSync(join(ROOT, path), "utf8"), "run npm run docs").toBe(render());
  },
);

test("the mistakes that the reference shows are told in these words", async () => {
  const file = "polcy:\n  warnWithin: 48h\ntimezone: Berlin\n";
  const error = await parseConfig(file, "config.yaml", {}).catch((found: unknown) => found);
  const [, shown] = /```text\n([^`]*(?:`(?!``)[^`]*)*)```/.exec(renderConfigReference()) ?? [];
  expect(error).toMatchObject({ message: shown?.trim() });
});

test.each(["heartbeat", "push.gateway", "push.otlp", "remotes"])(
  "the reference has a section with every key of %s",
  (place) => {
    const described = schemaAt(schema, place.split("."));
    const section = described?.items ?? described?.anyOf?.find(({ properties }) => properties !== undefined);
    const keys = Object.keys(section?.properties ?? {});
    const [, text = ""] = renderConfigReference().split(new RegExp(`^#+ \`${place}\`\\n`, "m"));
    const rows = [...(text.split(/^#/m)[0] ?? "").matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key);
    expect(keys.length).toBeGreaterThan(5);
    expect(rows).toEqual(keys);
  },
);

test("a starter file refers to nothing that only the reference has", () => {
  expect(renderStarterConfig()).not.toMatch(/\b(?:below|above)\b|\]\(/);
});

test("a starter file shows a channel that can be taken as it is", async () => {
  const [, example = ""] = /^# For example:\n((?:#   .*\n)+)/m.exec(renderStarterConfig()) ?? [];
  const config = await parseConfig(example.replaceAll(/^# {3}/gm, ""), "config.yaml", {});
  expect(config.channels).toMatchObject([{ policy: { name: "mail" } }]);
});

test("the schema has a key for everything that the config holds", () => {
  const held = Object.entries(DEFAULT_CONFIG).flatMap(([key, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.keys(value).map((inner) => `${key}.${inner.replace(/Ms$/, "")}`)
      : [key],
  );
  expect(leaves).toEqual(held);
});

test.each(leaves)("%s is described, and its default and examples are valid", async (key) => {
  const described = schemaAt(schema, key.split("."));
  expect(described?.description).toMatch(/^(?:[A-Z`]|macOS).*\.$/);
  expect(described).toHaveProperty("default");
  expect(await parseAt(key, described?.default)).toEqual(DEFAULT_CONFIG);
  for (const example of described?.examples ?? []) expect(await parseAt(key, example)).not.toEqual(DEFAULT_CONFIG);
});

async function parseAt(key: string, value: unknown) {
  const [first = "", second] = key.split(".");
  const content = second === undefined ? { [first]: value } : { [first]: { [second]: value } };
  return parseConfig(JSON.stringify(content), "example.yaml", {});
}
