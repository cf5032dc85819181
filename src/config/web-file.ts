import { resolve } from "node:path";
import { ConfigError } from "../errors.ts";
import { readTextFile } from "../files.ts";
import { type FileStates, stateOf } from "../watch-files.ts";
import type { WebSecurity } from "../web-security.ts";
import { type ConfigDocument, parseConfigDocument } from "./document.ts";
import { describeIssue } from "./issues.ts";
import { toJsonSchema } from "./json-schema.ts";
import { type ConfigMistake, renderKey, toConfigError } from "./mistake.ts";
import { type WebFile, webSchema } from "./web-schema.ts";
import { readTls } from "./web-tls.ts";

const MAX_BYTES = 1024 * 1024;

/** From here on one guess takes seconds of our processor, and so does the first scrape. */
const SLOW_COST = 14;

/** What a web config says now. `files` is everything that was read or should have been. */
export type WebConfigReading =
  | {
      readonly kind: "good";
      readonly files: FileStates;
      readonly security: WebSecurity;
      /** What will not be as somebody might expect, a sentence each. */
      readonly notes: readonly string[];
    }
  | { readonly kind: "bad"; readonly files: FileStates; readonly error: ConfigError };

/** Adds a mistake at a place of the file; `text` is "expected …, got …; remedy". */
export type Complain = (path: readonly string[], text: string) => void;

/** Reads a web config with its certificates and keys. What is wrong with it is an answer; throws for a bug only. */
export function readWebConfig(path: string, now: Date): WebConfigReading {
  const file = resolve(path);
  const files = new Map([[file, stateOf(file)]]);
  try {
    const { value, document } = parse(file);
    const mistakes: ConfigMistake[] = [];
    const complain: Complain = (place, text) =>
      void mistakes.push({ key: renderKey(place), position: document.locate(place), text });
    const notes: string[] = [];
    const tls =
      value.tls_server_config === undefined
        ? null
        : readTls(value.tls_server_config, { file, files, complain, notes, now });
    const security = { tls, ...readHttp(value, complain, notes) };
    if (mistakes.length > 0) throw toConfigError(file, mistakes);
    return { kind: "good", files, security, notes };
  } catch (error) {
    if (error instanceof ConfigError) return { kind: "bad", files, error };
    throw error;
  }
}

/** The same, for whoever has no config before it to fall back on. Throws `ConfigError`. */
export function loadWebConfig(path: string, now: Date): Extract<WebConfigReading, { kind: "good" }> {
  const reading = readWebConfig(path, now);
  if (reading.kind === "bad") throw reading.error;
  return reading;
}

function parse(file: string): { readonly value: WebFile; readonly document: ConfigDocument } {
  const document = parseConfigDocument(readText(file), null);
  if (document.isBroken) throw toConfigError(file, document.mistakes);
  const value = withoutEmptySections(document, file);
  const result = webSchema.safeParse(value);
  if (result.success && document.mistakes.length === 0) return { value: result.data, document };
  const context = { value, document, schema: toJsonSchema(webSchema), manual: "docs/web.md" };
  const found = (result.error?.issues ?? []).flatMap((issue) => describeIssue(issue, context));
  throw toConfigError(file, [...document.mistakes, ...found]);
}

function readText(file: string): string {
  const reading = readTextFile(file, MAX_BYTES);
  if (reading.kind === "text") return reading.text;
  const { reason, message, path } = reading.problem;
  if (reason === "empty_file") return "";
  const [finding = ""] = message.slice(path.length).split(";");
  throw new ConfigError(`${path}${finding}; name another file with --web.config.file or \`web.configFile\``);
}

/** A section with nothing below it, or `{}`, says nothing, unless nobody knows its name. */
function withoutEmptySections({ value, locate }: ConfigDocument, file: string): Record<string, unknown> {
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    const text = `expected sections such as basic_auth_users, got ${Array.isArray(value) ? "a list" : "a single value"}; write them one below the other`;
    throw toConfigError(file, [{ key: null, position: locate([]), text }]);
  }
  const isEmpty = (section: unknown): boolean =>
    section === null || (typeof section === "object" && !Array.isArray(section) && Object.keys(section).length === 0);
  return Object.fromEntries(
    Object.entries(value).filter(([name, section]) => !(name in webSchema.shape && isEmpty(section))),
  );
}

function readHttp(
  { http_server_config: http, basic_auth_users: users, rate_limit: limit }: WebFile,
  complain: Complain,
  notes: string[],
): Omit<WebSecurity, "tls"> {
  if (http.http2 === true)
    notes.push("http_server_config.http2: only HTTP/1.1 is spoken here; clients fall back to it");
  for (const [name, hash] of Object.entries(users)) {
    if (name.includes(":")) {
      complain(
        ["basic_auth_users", name],
        "expected a user without a colon, which no client can send; rename the user",
      );
    }
    const cost = Number(hash.slice(4, 6));
    if (cost >= SLOW_COST) {
      notes.push(`basic_auth_users.${name}: a hash of cost ${cost} keeps this process busy for seconds; 10 is usual`);
    }
  }
  if (limit !== undefined && limit.interval > 0 && limit.burst === undefined) {
    complain(["rate_limit"], "expected burst beside interval, got none; write for example burst: 20");
  }
  return {
    headers: Object.fromEntries(
      Object.entries(http.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    ),
    users: new Map(Object.entries(users)),
    rateLimit:
      limit === undefined || limit.interval === 0 ? null : { intervalMs: limit.interval, burst: limit.burst ?? 1 },
  };
}
