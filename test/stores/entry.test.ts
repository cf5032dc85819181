import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Credential } from "../../src/credential.ts";
import { judgeHealth } from "../../src/judge/health.ts";
import { DEFAULT_POLICY } from "../../src/policy.ts";
import type { Era } from "../../src/provider.ts";
import { parseEntry } from "../../src/stores/entry.ts";
import { fakeDigest } from "./sandbox.ts";

const KEY = "sk-CANARY-key-0123456789";
const ACCESS = "CANARY-access-0123456789";
const REFRESH = "CANARY-refresh-0123456789";
const CLAIM = "0123456789abcdef0123456789abcdef";
const HASH = "f".repeat(64);

function parse(raw: unknown, era: Era = "json"): Credential {
  const parsed = parseEntry(raw, "a:default", { era, fallbackProvider: null, digest: fakeDigest });
  if (typeof parsed === "string") throw new Error(parsed);
  return parsed;
}

function fence(kind: string, { claim = CLAIM, infix = "" } = {}): string {
  return `openclaw-oauth-refresh-fence:v1:${claim}:${infix}${kind}:${HASH}`;
}

describe("golden: every entry is judged as 2026.9.6 judges it", () => {
  const golden = JSON.parse(readFileSync("test/fixtures/golden/profile-status-matrix.json", "utf8"));
  const now = new Date(golden.now);
  test.each(Object.entries<GoldenProfile>(golden.profiles))("%s", (id, { credential, byVersion }) => {
    const parsed = parseEntry(credential, id, { era: "sqlite", fallbackProvider: null, digest: fakeDigest });
    const ours = typeof parsed === "string" ? null : judgeHealth(parsed, DEFAULT_POLICY.warnWithinMs, now);
    const theirs = byVersion["2026.9.6"] ?? null;
    expect(ours?.status ?? null).toBe(theirs?.status ?? null);
    // Upstream gives fewer reasons than we do, and none that differs.
    expect(theirs?.reasonCode ?? ours?.reasonCode).toBe(ours?.reasonCode);
  });
});

interface GoldenProfile {
  readonly credential: unknown;
  readonly byVersion: Readonly<Record<string, { status: string; reasonCode?: string } | null>>;
}

describe("entries that upstream ignores", () => {
  test.each([
    ["a string", "text", "non_object"],
    ["null", null, "non_object"],
    ["an array", [{ type: "token" }], "non_object"],
    ["no type", { provider: "a", key: KEY }, "invalid_type"],
    ["an unknown type", { provider: "a", type: "password" }, "invalid_type"],
    ["a type that is no string", { provider: "a", type: ["token"] }, "invalid_type"],
    ["an invalid type beside a good mode", { provider: "a", type: "x", mode: "token" }, "invalid_type"],
    ["no provider", { type: "token", token: KEY }, "missing_provider"],
    ["a blank provider", { type: "token", provider: "  " }, "missing_provider"],
    ["a provider that is no string", { type: "token", provider: 7 }, "missing_provider"],
  ])("%s: %s", (_name, raw, flaw) => {
    expect(parseEntry(raw, "id", { era: "json", fallbackProvider: null, digest: fakeDigest })).toBe(flaw);
  });

  test("a fallback provider takes the place of a missing one", () => {
    const parsed = parseEntry({ type: "token" }, "id", { era: "json", fallbackProvider: "Z.AI", digest: fakeDigest });
    expect(parsed).toMatchObject({ provider: "zai" });
  });
});

describe("type and provider", () => {
  test.each([
    ["mode instead of type", { mode: "oauth" }, "json", { type: "oauth" }],
    ["type apiKey", { type: "apiKey" }, "json", { type: "api_key" }],
    ["provider in other letters", { type: "token", provider: " UPPERprov " }, "json", { provider: "upperprov" }],
    ["openai-codex before SQLite", { type: "oauth", provider: "openai-codex" }, "json", { provider: "openai-codex" }],
    ["openai-codex since SQLite", { type: "oauth", provider: "openai-codex" }, "sqlite", { provider: "openai" }],
  ] as const)("%s", (_name, raw, era, expected) => {
    expect(parse({ provider: "a", ...raw }, era)).toMatchObject(expected);
  });
});

describe("where the secret of an api_key is", () => {
  const ref = { source: "env", provider: "default", id: "NAME" };
  test.each([
    ["key", { key: KEY }, "inline"],
    ["apiKey", { apiKey: KEY }, "inline"],
    ["a key that is empty hides apiKey", { key: "", apiKey: KEY }, "absent"],
    ["a blank key", { key: " \t" }, "absent"],
    ["a key that is a number", { key: 42 }, "absent"],
    ["nothing", {}, "absent"],
    ["keyRef", { keyRef: ref }, "ref"],
    ["keyRef wins over key", { key: KEY, keyRef: ref }, "ref"],
    ["a ref object in key", { key: ref }, "ref"],
    ["a ref of old data without provider", { keyRef: { source: "file", id: "/a" } }, "ref"],
    ["a ref with an unknown source", { keyRef: { ...ref, source: "vault" } }, "absent"],
    ["a ref with a blank id", { keyRef: { ...ref, id: " " } }, "absent"],
    ["a ref with a key too many", { keyRef: { ...ref, extra: 1 } }, "absent"],
    ["a reference to the environment", { key: "${ANTHROPIC_API_KEY}" }, "ref"],
    ["the short form of one", { key: " $ANTHROPIC_API_KEY " }, "ref"],
    ["a dollar sign in a key", { key: "$notAName" }, "inline"],
    ["the onboarding command", { key: "openclaw onboard --auth-choice x" }, "malformed"],
    ["the command with other options", { key: " OpenClaw  onboard --install --auth-choice=x" }, "malformed"],
    ["another command", { key: "openclaw onboard --install" }, "inline"],
    ["the command with a ref beside it", { key: "openclaw onboard --auth-choice x", keyRef: ref }, "ref"],
  ])("%s: %s", (_name, raw: Record<string, unknown>, secret) => {
    const credential = parse({ type: "api_key", provider: "a", expires: 1, ...raw });
    expect(credential).toMatchObject({ secret, hasRefresh: false, expiry: { kind: "none" } });
    expect(credential.secretDigest).toBeNull();
  });
});

describe("where the secret of a token is", () => {
  test.each([
    ["token", { token: KEY }, "inline"],
    ["an empty token", { token: "" }, "absent"],
    ["tokenRef", { tokenRef: { source: "exec", provider: "p", id: "a/b" } }, "ref"],
    ["a ref object in token", { token: { source: "store", provider: "p", id: "N" } }, "ref"],
    ["key is no token", { key: KEY }, "absent"],
    ["the onboarding command is only looked for in keys", { token: "openclaw onboard --auth-choice x" }, "inline"],
  ])("%s: %s", (_name, raw, secret) => {
    const secretDigest = secret === "inline" ? fakeDigest(String(Object(raw).token)) : null;
    expect(parse({ type: "token", provider: "a", ...raw })).toMatchObject({ secret, hasRefresh: false, secretDigest });
    // What says when it ends needs nobody to count its age.
    expect(parse({ type: "token", provider: "a", expires: 1, ...raw }).secretDigest).toBeNull();
  });
});

describe("expires", () => {
  test.each([
    ["absent", undefined, { kind: "none" }],
    ["null", null, { kind: "invalid" }],
    ["zero", 0, { kind: "invalid" }],
    ["negative", -1, { kind: "invalid" }],
    ["a string", "1790864000000", { kind: "invalid" }],
    ["true", true, { kind: "invalid" }],
    ["the last instant there is", 8.64e15, { kind: "at", at: new Date(8.64e15) }],
    ["one beyond it", 8.64e15 + 2, { kind: "invalid" }],
    ["infinite", Number.POSITIVE_INFINITY, { kind: "invalid" }],
    ["not a number", Number.NaN, { kind: "invalid" }],
    ["a fraction", 1_821_536_000_000.5, { kind: "at", at: new Date(1_821_536_000_000) }],
    ["a fraction of a millisecond", 0.5, { kind: "at", at: new Date(0) }],
    ["seconds", 1_790_000_000, { kind: "at", at: new Date(1_790_000_000) }],
  ])("%s", (_name, expires, expiry) => {
    const entry = { type: "oauth", provider: "a", ...(expires === undefined ? {} : { expires }) };
    expect(parse(entry).expiry).toEqual(expiry);
  });
});

describe("OAuth tokens", () => {
  test.each([
    ["both", { access: ACCESS, refresh: REFRESH }, ["inline", true, REFRESH]],
    ["access alone", { access: ACCESS, refresh: "" }, ["inline", false, null]],
    ["refresh alone", { access: " ", refresh: REFRESH }, ["absent", true, REFRESH]],
    ["neither", { access: null, refresh: 7 }, ["absent", false, null]],
  ] as const)("%s", (_name, raw, [secret, hasRefresh, refresh]) => {
    expect(parse({ type: "oauth", provider: "a", ...raw })).toMatchObject({
      secret,
      hasRefresh,
      fence: "none",
      secretDigest: null,
      refreshDigest: refresh === null ? null : fakeDigest(refresh),
    });
  });

  test.each([
    ["a refresh that runs", fence("access"), fence("refresh"), 1, "pending", true],
    [
      "a refresh that failed",
      fence("access", { infix: "failed:" }),
      fence("refresh", { infix: "failed:" }),
      1,
      "failed",
      false,
    ],
    ["another expiry", fence("access"), fence("refresh"), 2, "none", true],
    ["two claims", fence("access", { claim: HASH.slice(0, 32) }), fence("refresh"), 1, "none", true],
    ["half of it failed", fence("access", { infix: "failed:" }), fence("refresh"), 1, "none", true],
    ["swapped", fence("refresh"), fence("access"), 1, "none", true],
    ["cut off", fence("access").slice(0, -1), fence("refresh"), 1, "none", true],
  ] as const)("fence: %s", (_name, access, refresh, expires, state, hasRefresh) => {
    const credential = parse({ type: "oauth", provider: "a", access, refresh, expires });
    expect(credential).toMatchObject({ fence: state, hasRefresh, secret: "inline" });
    expect(credential.refreshDigest === null).toBe(state !== "none");
  });

  test.each([
    ["a side file", { source: "openclaw-credentials", provider: "openai-codex", id: CLAIM }, {}, true],
    [
      "a side file and tokens",
      { source: "openclaw-credentials", provider: "openai-codex", id: CLAIM },
      { access: ACCESS },
      false,
    ],
    ["an id of another form", { source: "openclaw-credentials", provider: "openai-codex", id: "x" }, {}, false],
    ["another source", { source: "env", provider: "openai-codex", id: CLAIM }, {}, false],
  ])("oauthRef: %s", (_name, oauthRef, tokens, hasUnresolvedRef) => {
    expect(parse({ type: "oauth", provider: "a", oauthRef, ...tokens })).toMatchObject({ hasUnresolvedRef });
  });
});

describe("other marks", () => {
  const setup = { replacement: true, modelRef: "a/b", configJson: "{}" };
  test.each([
    ["a set-up not finished", { setup }, { isSetupInactive: true }],
    ["a set-up that is active", { setup: { ...setup, replacement: false } }, { isSetupInactive: false }],
    ["a set-up without its model", { setup: { ...setup, modelRef: "" } }, { isSetupInactive: false }],
    ["a set-up that is no object", { setup: true }, { isSetupInactive: false }],
    ["owned by another CLI", { authFlow: "external-cli" }, { isExternallyManaged: true }],
    ["another flow", { authFlow: "device" }, { isExternallyManaged: false }],
    ["email and name", { email: "p@example.com", displayName: "P" }, { email: "p@example.com", displayName: "P" }],
    ["blank email and name", { email: " ", displayName: 3 }, { email: null, displayName: null }],
  ])("%s", (_name, raw, expected) => {
    expect(parse({ type: "oauth", provider: "a", ...raw })).toMatchObject(expected);
  });

  test("keys of the prototype mean nothing", () => {
    const raw: unknown = JSON.parse('{"__proto__":{"type":"token","provider":"a"},"constructor":1}');
    expect(parseEntry(raw, "__proto__", { era: "json", fallbackProvider: null, digest: fakeDigest })).toBe(
      "invalid_type",
    );
    expect(Object.prototype).not.toHaveProperty("provider");
  });

  test.each([
    ["key", { type: "api_key", key: "CANARY-1" }],
    ["apiKey", { type: "api_key", apiKey: "CANARY-1" }],
    ["token", { type: "token", token: " CANARY-1\n" }],
    ["access token", { type: "oauth", access: "CANARY-1", refresh: "x" }],
    ["refresh token", { type: "oauth", access: "x", refresh: "CANARY-1" }],
  ])("no field holds its own %s, whatever that looks like", (_name, secrets) => {
    const raw = { ...secrets, provider: "zai", email: "CANARY-1@x.org", displayName: "my canary-1, CANARY-1" };
    const parsed = parseEntry(raw, "zai:as-CANARY-1", { era: "json", fallbackProvider: null, digest: fakeDigest });
    expect(parsed).toMatchObject({
      profileId: expect.stringMatching(/^zai:as-\[redacted\]~[0-9a-f]{8}$/),
      email: "[redacted]@x.org",
      displayName: "my [redacted], [redacted]",
      provider: "zai",
    });
  });

  test.each([
    ["too short to be one", { key: "ollama1" }, "ollama1:default"],
    ["its provider's name, as local servers are given", { provider: "lmstudio", key: "lmstudio" }, "lmstudio:default"],
    ["a reference", { key: "$LONG_NAME" }, "a:$LONG_NAME"],
  ])("a key that is %s may stand in the id", (_name, raw, id) => {
    const context = { era: "json", fallbackProvider: "zai", digest: fakeDigest } as const;
    expect(parseEntry({ type: "api_key", ...raw }, id, context)).toMatchObject({ profileId: id });
  });

  test("no field holds a secret, wherever it was pasted", () => {
    const secret = "sk-ant-oat01-CANARYCANARYCANARYCANARY";
    const raw = {
      type: "oauth",
      provider: secret,
      access: secret,
      refresh: secret,
      email: secret,
      displayName: secret,
    };
    const parsed = parseEntry(raw, `anthropic:${secret}`, { era: "json", fallbackProvider: null, digest: fakeDigest });
    expect(JSON.stringify(parsed)).not.toContain("CANARY");
    expect(parsed).toMatchObject({ profileId: expect.stringMatching(/^anthropic:\[redacted\]~[0-9a-f]{8}$/) });
  });
});
