import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FAMILIES } from "../../src/alerts/condition.ts";
import { MATCH_LABELS } from "../../src/alerts/match.ts";
import { NOT_TOLD_BECAUSE, TOLD_BECAUSE } from "../../src/alerts/notification.ts";
import { renderNativePayload } from "../../src/channels/native-payload.ts";
import { CHANNEL_KINDS } from "../../src/channels/registry.ts";
import { WEBHOOK_BODIES } from "../../src/channels/webhook-body.ts";
import { HEARTBEAT_STYLES } from "../../src/config/config.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { FIRING, messageOf } from "../channels/sample.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/alerts.md"), "utf8");
const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = ""]) => text);

test.each(examples.map((text) => [text.split("\n").slice(0, 4).join(" "), text] as const))(
  "the example is valid: %s",
  async (_beginning, text) => {
    await expect(parseConfig(text, "example.yaml", { NTFY_TOPIC: "CANARY" })).resolves.toBeDefined();
  },
);

test("names every reason, label, style and format", () => {
  const words = [
    ...TOLD_BECAUSE,
    ...NOT_TOLD_BECAUSE,
    ...FAMILIES,
    ...MATCH_LABELS,
    ...HEARTBEAT_STYLES,
    ...Object.keys(WEBHOOK_BODIES),
  ];
  expect(words.filter((word) => !page.includes(`\`${word}\``))).toEqual([]);
});

test("has a section for every kind of channel", () => {
  expect(Object.values(CHANNEL_KINDS).filter(({ title }) => !page.includes(`\n### ${title}\n`))).toEqual([]);
});

test("names every field of the native payload", () => {
  const payload = renderNativePayload(FIRING, messageOf(FIRING));
  const { items, ...fields } = payload;
  const names = [...Object.keys(fields), ...Object.keys(items[0] ?? {}).map((name) => `items[].${name}`)];
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
