import { CHANNEL_KINDS } from "../channels/registry.ts";
import { type JsonSchema, jsonSchema } from "./json-schema.ts";

/** Keys that every channel has, in the order of the reference. */
const COMMON = ["name", "type", "minSeverity", "match", "sendResolved", "quietHours", "evening"];

type Keys = readonly (readonly [string, JsonSchema])[];

/** The part of the reference about channels: what all have, and each kind with a complete example. */
export function renderChannelReference(renderTable: (keys: Keys) => string): string {
  const options = jsonSchema().properties?.["channels"]?.items?.oneOf ?? [];
  const [first] = options;
  const common = COMMON.flatMap((key): Keys => {
    const schema = first?.properties?.[key];
    const kinds = options.map(({ properties }) => properties?.["type"]?.const);
    if (schema === undefined) return [];
    return [[key, key === "type" ? { ...schema, ...describeTypes(kinds) } : schema]];
  });
  const sections = Object.values(CHANNEL_KINDS).flatMap(({ type, title, example }) => {
    const properties = options.find((option) => option.properties?.["type"]?.const === type)?.properties ?? {};
    const own = Object.entries(properties).filter(([key]) => !COMMON.includes(key));
    return [`### ${title}\n`, `\`\`\`yaml\n${renderChannelExample(example)}\`\`\`\n`, renderTable(own)];
  });
  return ["## Channels\n", INTRODUCTION, renderTable(common), ...sections].join("\n");
}

function describeTypes(kinds: readonly unknown[]): JsonSchema {
  const [example = ""] = kinds;
  return { title: "type of channel", description: `One of ${kinds.map(String).join(", ")}.`, examples: [example] };
}

/** The keys of one channel as a config has them, below `channels`. */
export function renderChannelExample(keys: string): string {
  return `channels:\n${keys.replaceAll(/^(?=.)/gm, "    ").replace("    ", "  - ")}`;
}

const INTRODUCTION = `Each entry of \`channels\` is one receiver. How it is decided who is told what and when, and what arrives, is described
in [alerts.md](alerts.md). All channels have these keys:
`;
