import { closeSync, ftruncateSync, mkdirSync, openSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CREDENTIAL_TYPES } from "../../src/credential.ts";
import { PROBLEM_REASONS } from "../../src/problem.ts";
import type { StoreReader } from "../../src/stores/reader.ts";
import { LOGIN_FORMATS, STORE_FORMATS } from "../../src/stores/registry.ts";
import type { Store } from "../../src/stores/store.ts";
import {
  fakeDigest,
  makeReader,
  makeSandbox,
  NOW,
  reasonsOf,
  storeOf,
  writeAgentDatabase,
  writeJson,
} from "./sandbox.ts";
import { writeStateDatabase } from "./state-fixture.ts";

const SECRET = "sk-ant-oat01-CANARYCANARYCANARYCANARY";
/** Of a shape that nobody could know for a secret. */
const PLAIN_SECRET = "CANARY-zai-key-1";
const FORMATS = Object.entries({ ...STORE_FORMATS, ...LOGIN_FORMATS });

/** Objects that get past the first checks of some format, with anything in their fields. */
const anything = fc.jsonValue({ maxDepth: 3 });
const entry = fc.record(
  Object.fromEntries(
    [
      "provider",
      "email",
      "key",
      "apiKey",
      "token",
      "access",
      "refresh",
      "expires",
      "setup",
      "oauthRef",
      "keyRef",
      "tokenRef",
      "mode",
    ].map((key) => [key, fc.oneof(anything, fc.constant(SECRET), fc.double())]),
  ),
  { requiredKeys: [] },
);
const typed = fc
  .tuple(fc.constantFrom(...CREDENTIAL_TYPES), entry)
  .map(([type, fields]) => ({ provider: "a", ...fields, type }));
const map = fc.dictionary(
  fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", SECRET)),
  fc.oneof(typed, anything),
);
const usage = fc.dictionary(
  fc.string(),
  fc.dictionary(fc.constantFrom("cooldownUntil", "lastUsed", "failureCounts", "errorCount"), anything),
);
const store = fc.oneof(
  anything,
  map,
  fc.record(
    { profiles: fc.oneof(map, anything), usageStats: usage, order: anything, version: anything },
    { requiredKeys: ["profiles"] },
  ),
  fc.record(
    { claudeAiOauth: anything, tokens: anything, auth_mode: anything, access_token: anything, expiry_date: anything },
    { requiredKeys: [] },
  ),
);

describe.each(FORMATS)("contract of %s", (_id, format) => {
  const context = { path: "/x", modifiedAt: NOW, digest: fakeDigest };

  test("takes any JSON, gives only what it may, and no secret", () => {
    fc.assert(
      fc.property(store, fc.option(fc.oneof(anything, usage)), (first, second) => {
        const reading = format.parse({ store: first, state: second }, context);
        for (const { expiry, profileId, provider } of reading.credentials) {
          expect(expiry.kind === "at" && Number.isNaN(expiry.at.getTime())).toBe(false);
          expect([typeof profileId, typeof provider]).toEqual(["string", "string"]);
        }
        for (const { reason, message } of reading.problems) {
          expect(PROBLEM_REASONS).toContain(reason);
          expect(message).toContain("/x");
        }
        expect(JSON.stringify([reading, ...reading.state.usage.keys(), ...reading.state.order.keys()])).not.toContain(
          "CANARY",
        );
      }),
      { numRuns: 300 },
    );
  });

  test("has a title and says nothing of a store that is no object", () => {
    expect(format.title).not.toBe("");
    for (const value of [null, 1, "x", true, []]) {
      const reading = format.parse({ store: value, state: null }, context);
      expect([reading.credentials, reading.problems.map(({ reason }) => reason)]).toEqual([[], ["wrong_shape"]]);
    }
  });
});

/** Where each format's bytes are, and how the reader is asked for them. */
interface Place {
  readonly write: (directory: string, text: string) => void;
  readonly read: (reader: StoreReader, directory: string) => Store | null;
}

/** As a file that nobody is writing any more: the reader does not wait for its end. */
function writeAtRest(path: string, text: string): void {
  writeFileSync(path, text);
  utimesSync(path, 1_000, 1_000);
}

function agentFile(name: string, beside: Readonly<Record<string, unknown>> = {}): Place {
  return {
    write: (directory, text) => {
      for (const [other, content] of Object.entries(beside)) writeJson(join(directory, other), content);
      writeAtRest(join(directory, name), text);
    },
    read: (reader, agentDir) =>
      reader.readAgentStore(
        { owner: "main", agentDir, hasStateDatabase: false, legacyOAuthPath: join(agentDir, "oauth.json") },
        NOW,
      ),
  };
}

function login(id: string): Place {
  return {
    write: (directory, text) => writeAtRest(join(directory, "login.json"), text),
    read: (reader, directory) => reader.readLogin(id, join(directory, "login.json"), NOW),
  };
}

const PLACES: Readonly<Record<keyof typeof STORE_FORMATS | keyof typeof LOGIN_FORMATS, Place>> = {
  "shared-sqlite": {
    write: (directory, text) =>
      writeStateDatabase(directory, {
        machineState: { "auth.sharedStore": { location: "state-db" }, "authProfiles.store": text },
      }),
    read: (reader, directory) => reader.readStateDatabase(directory, NOW)?.sharedStore ?? null,
  },
  "agent-sqlite": {
    ...agentFile(""),
    write: (directory, text) => writeAgentDatabase(join(directory, "openclaw-agent.sqlite"), { store: text }),
  },
  "auth-profiles-json": agentFile("auth-profiles.json"),
  "auth-profiles-split": agentFile("auth-state.json", { "auth-profiles.json": storeOf("a:1") }),
  "auth-profiles-flat": agentFile("auth-profiles.json"),
  "legacy-auth-json": agentFile("auth.json"),
  "legacy-oauth-json": agentFile("oauth.json"),
  "claude-code": login("claude-code"),
  codex: login("codex"),
  gemini: login("gemini"),
  qwen: login("qwen"),
  minimax: login("minimax"),
};

const SAMPLE = JSON.stringify({
  profiles: { "a:1": { type: "token", provider: "a", token: SECRET, email: "é@example.com" } },
  a: { type: "api_key", key: SECRET },
  claudeAiOauth: { accessToken: SECRET, expiresAt: 1 },
  tokens: { access_token: SECRET },
  access_token: SECRET,
});

describe.each(Object.entries(PLACES))("hostile bytes as %s", (_id, { write, read }) => {
  /** What comes of these bytes; a failure must give a reason and must not carry a secret. */
  const outcomeOf = (directory: string, text: string): string => {
    write(directory, text);
    const found = read(makeReader(), directory);
    expect(JSON.stringify(found)).not.toContain("CANARY");
    if (found === null) return "none";
    expect(found.isUp).toBe(!found.problems.some(({ reason }) => reason !== "invalid_entry"));
    return found.isUp ? "up" : (reasonsOf(found)[0] ?? "no reason");
  };

  test("cut at every byte", () => {
    const bytes = Buffer.from(SAMPLE);
    const outcomes = new Set<string>();
    for (let length = 0; length < bytes.length; length++) {
      const directory = join(makeSandbox(), "x");
      mkdirSync(directory);
      outcomes.add(outcomeOf(directory, bytes.subarray(0, length).toString("latin1")));
    }
    expect([...outcomes].toSorted()).toEqual(["bad_json", "empty_file"]);
  });

  test.each([
    ["a byte order mark", `\uFEFF${SAMPLE}`],
    ["deep nesting", `{"profiles":${"[".repeat(50_000)}${"]".repeat(50_000)}}`],
    ["deep objects", `{"profiles":${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}}`],
    ["prototype keys", '{"__proto__":{"profiles":{}},"profiles":{"__proto__":{"__proto__":{}}},"constructor":{}}'],
    ["an array", "[[]]"],
    ["null", "null"],
    ["a number too large", "1e999"],
    ["a lone surrogate", '{"profiles":{"\\ud800":{"type":"token","provider":"\\udfff"}}}'],
  ])("%s", (_name, text) => {
    const directory = join(makeSandbox(), "x");
    mkdirSync(directory);
    expect(["up", "none", "wrong_shape"]).toContain(outcomeOf(directory, text));
  });
});

test("a byte order mark does not hide the credentials", () => {
  const directory = makeSandbox();
  writeFileSync(join(directory, "auth-profiles.json"), `\uFEFF${SAMPLE}`);
  expect(PLACES["auth-profiles-json"].read(makeReader(), directory)?.credentials).toHaveLength(1);
});

test.each(["auth-profiles.json", "auth.json", "auth-state.json", "oauth.json"])(
  "100 MB of %s are too_large",
  (name) => {
    const directory = makeSandbox();
    if (name === "auth-state.json") writeJson(join(directory, "auth-profiles.json"), storeOf("a:1"));
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    const fd = openSync(path, "w");
    ftruncateSync(fd, 100_000_000);
    closeSync(fd);
    expect(reasonsOf(PLACES["auth-profiles-json"].read(makeReader(), directory))).toEqual(["too_large"]);
  },
);

test("state names a profile as the store does, also where its id holds its own secret", () => {
  const id = `zai:${PLAIN_SECRET}`;
  const entry = { type: "api_key", provider: "zai", key: PLAIN_SECRET };
  const state = { order: { zai: [id, "zai:b"] }, lastGood: { zai: id }, usageStats: { [id]: { errorCount: 2 } } };
  const documents = { store: { profiles: { [id]: entry }, ...state }, state };
  const context = { path: "/x", modifiedAt: null, digest: fakeDigest };
  const reading = STORE_FORMATS["auth-profiles-json"].parse(documents, context);
  const shown = reading.credentials[0]?.profileId ?? "";
  expect(shown).toMatch(/^zai:\[redacted\]~[0-9a-f]{8}$/);
  expect(reading.state.order.get("zai")).toEqual([shown, "zai:b"]);
  expect(reading.state.lastGood.get("zai")).toBe(shown);
  expect([...reading.state.usage.keys()]).toEqual([shown]);
});

test.each(["auth-profiles-flat", "legacy-auth-json", "legacy-oauth-json"] as const)(
  "%s keeps nothing of a key that holds its own secret",
  (format) => {
    const entry = { apiKey: PLAIN_SECRET, access: PLAIN_SECRET, refresh: "r", type: "api_key" };
    const documents = { store: { [`zai-${PLAIN_SECRET}`]: entry }, state: null };
    const reading = STORE_FORMATS[format].parse(documents, { path: "/x", modifiedAt: null, digest: fakeDigest });
    expect(reading.credentials).toHaveLength(1);
    expect(inspect(reading, { depth: null })).not.toMatch(/CANARY/i);
  },
);
