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
  // JSON is YAML: strings are quoted where a reader might wonder, lists stay on one line.
  return [...comment(`${schema.description}${choices}`, indent), `${indent}#${key}: ${JSON.stringify(schema.default)}`];
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
