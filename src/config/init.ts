import { CHANNEL_KINDS } from "../channels/registry.ts";
import { renderChannelExample } from "./channel-reference.ts";
import { type JsonSchema, jsonSchema } from "./json-schema.ts";

const WIDTH = 100;

/**
 * A config file to start from: every key with its meaning and default, commented out, so that it changes nothing until
 * a line is uncommented.
 */
export function renderStarterConfig(): string {
  const lines = [
    "# agent-auth-exporter configuration. Every key is optional; what is commented out shows the default.",
    "# Validate with: agent-auth config check --config.file THIS_FILE",
    "# More about each, and the keys of every kind of channel: docs/configuration.md of the package.",
    "# Values may hold environment variables: ${NAME}, or ${NAME:-a fallback}.",
  ];
  for (const [key, schema] of Object.entries(jsonSchema().properties ?? {})) {
    lines.push("");
    if (schema.properties === undefined) lines.push(...renderKeyLines(key, schema, ""));
    else {
      lines.push(...comment(schema.description ?? "", ""), `${key}:`);
      for (const [inner, child] of Object.entries(schema.properties)) lines.push(...renderKeyLines(inner, child, "  "));
    }
  }
  return `${lines.join("\n")}\n`;
}

function renderKeyLines(key: string, schema: JsonSchema, indent: string): readonly string[] {
  const choices = schema.enum === undefined ? "" : ` One of ${schema.enum.join(", ")}.`;
  // The file stands alone, so links lead nowhere.
  const meaning = schema.description?.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1");
  // JSON is YAML: strings are quoted where a reader might wonder, lists stay on one line.
  const example = key === "channels" ? renderExample(renderChannelExample(CHANNEL_KINDS.email.example)) : [];
  return [
    ...comment(`${meaning}${choices}`, indent),
    ...example,
    `${indent}#${key}: ${JSON.stringify(schema.default)}`,
  ];
}

function renderExample(yaml: string): readonly string[] {
  return [
    "# For example:",
    ...yaml
      .trimEnd()
      .split("\n")
      .map((line) => `#   ${line}`),
  ];
}

function comment(text: string, indent: string): readonly string[] {
  const lines: string[] = [];
  let line = `${indent}#`;
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `${indent}#`;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
