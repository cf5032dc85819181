import { describe, expect, test } from "vitest";
import type { ChannelKind } from "../../src/channels/kind.ts";
import { CHANNEL_KINDS } from "../../src/channels/registry.ts";
import { jsonSchema } from "../../src/config/json-schema.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { printConfig } from "../../src/config/print.ts";
import { renderConfigReference } from "../../src/config/reference.ts";

const KINDS: readonly (readonly [string, ChannelKind<object>])[] = Object.entries(CHANNEL_KINDS);
const ENV = { NTFY_TOPIC: "CANARY-topic" };
const channelSchemas = jsonSchema().properties?.["channels"]?.items?.oneOf ?? [];

function toList(example: string): string {
  return `channels:\n  - ${example.trimEnd().replaceAll("\n", "\n    ")}\n`;
}

test("every kind is registered under its own type and stands in the schema", () => {
  expect(KINDS.map(([type, kind]) => [type, kind.type])).toEqual(KINDS.map(([type]) => [type, type]));
  expect(channelSchemas.map(({ properties }) => properties?.["type"]?.const)).toEqual(KINDS.map(([type]) => type));
});

describe.each(KINDS)("%s", (type, kind) => {
  test("the example is valid and stands in the reference", async () => {
    const { channels } = await parseConfig(toList(kind.example), "example.yaml", ENV);
    expect(channels.map((channel) => channel.type)).toEqual([type]);
    expect(renderConfigReference()).toContain(toList(kind.example));
  });

  test("what is printed reads back the same, but for secrets", async () => {
    const config = await parseConfig(toList(kind.example), "example.yaml", ENV);
    const printed = printConfig(config);
    expect(printed).not.toContain("CANARY");
    const filled = printed.replaceAll('url: "[masked]"', 'url: "http://[::1]/"').replaceAll('"[masked]"', "CANARY");
    const [again] = (await parseConfig(filled, "printed.yaml", {})).channels;
    const [first] = config.channels;
    expect(again?.policy).toEqual(first?.policy);
    expect(Object.keys(again?.options ?? {}).sort()).toEqual(Object.keys(first?.options ?? {}).sort());
  });

  test("every key is described, and every secret may stand in a file of its own", () => {
    const properties = channelSchemas.find((schema) => schema.properties?.["type"]?.const === type)?.properties ?? {};
    const keys = Object.entries(properties);
    for (const [key, { description }] of keys) expect(description, key).toMatch(/^(?:[A-Z`]|\d|ntfy).*\.$/);
    const secrets = keys.flatMap(([key, { writeOnly }]) => (writeOnly ? [`${key}File`] : []));
    expect(secrets.filter((key) => !(key in properties))).toEqual([]);
  });
});

test("a secret of digits from the environment stays text", async () => {
  const text = toList('name: phone\ntype: ntfy\nurl: "http://[::1]"\ntopic: ${PIN}');
  expect((await parseConfig(text, "a.yaml", { PIN: "1234" })).channels[0]?.options).toMatchObject({ topic: "1234" });
});

test("a port from the environment is a number", async () => {
  const text = toList("name: mail\ntype: email\nhost: a\nport: ${PORT}\nfrom: a@example.com\nto: [b@example.com]");
  expect((await parseConfig(text, "a.yaml", { PORT: "2525" })).channels[0]?.options).toMatchObject({ port: 2525 });
});
