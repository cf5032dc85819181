import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { judgeHealth } from "../../src/judge/health.ts";
import { LOGIN_FORMATS } from "../../src/stores/registry.ts";
import type { Store } from "../../src/stores/store.ts";
import { idsOf, makeReader, makeSandbox, NOW, reasonsOf } from "./sandbox.ts";

const ACCESS = "CANARY-access";
const REFRESH = "CANARY-refresh";
const LATER = NOW.getTime() + 8 * 3_600_000;
const MODIFIED = new Date("2026-09-21T10:00:00Z");

function readLogin(format: string, content: unknown): Store | null {
  const path = join(makeSandbox(), "login.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
  utimesSync(path, MODIFIED, MODIFIED);
  const store = makeReader().readLogin(format, path, NOW);
  expect(JSON.stringify(store)).not.toContain("CANARY");
  return store;
}

/** Type, secret, refresh and expiry (ms, or why not) of the only credential; null when there is none. */
function brief(store: Store | null): readonly unknown[] | null {
  const credential = store?.credentials[0];
  if (credential === undefined) return null;
  const { type, secret, hasRefresh, expiry } = credential;
  return [type, secret, hasRefresh, expiry.kind === "at" ? expiry.at.getTime() : expiry.kind];
}

function jwt(claims: unknown): string {
  return `CANARY.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.CANARY`;
}

test.each(Object.entries(LOGIN_FORMATS))("%s: its provider, owner and id", (id, { provider }) => {
  const content = {
    claudeAiOauth: { accessToken: ACCESS, refreshToken: REFRESH, expiresAt: LATER },
    tokens: { access_token: ACCESS, refresh_token: REFRESH },
    access_token: ACCESS,
    refresh_token: REFRESH,
    expiry_date: LATER,
  };
  const store = readLogin(id, content);
  expect(store).toMatchObject({ owner: "_cli", format: id, isUp: true, hasInsecureMode: false, modifiedAt: MODIFIED });
  expect(store?.credentials).toMatchObject([
    { profileId: `${id}:default`, provider, type: "oauth", isExternallyManaged: true, hasRefresh: true },
  ]);
  expect(store?.credentials[0]?.refreshDigest).toMatch(/^[0-9a-f]{16}$/);
});

describe("Claude Code", () => {
  const login = { accessToken: ACCESS, refreshToken: REFRESH, expiresAt: LATER, scopes: ["user:inference"] };
  test.each([
    ["a login", { claudeAiOauth: login }, ["oauth", "inline", true, LATER]],
    ["a set-up token", { claudeAiOauth: { ...login, refreshToken: null } }, ["token", "inline", false, LATER]],
    ["one without a date", { claudeAiOauth: { accessToken: ACCESS } }, ["token", "inline", false, "none"]],
    [
      "tokens blanked by a failed refresh, whatever the refresh token's date says",
      { claudeAiOauth: { accessToken: "", refreshToken: "", expiresAt: 0, refreshTokenExpiresAt: LATER } },
      ["oauth", "absent", false, "invalid"],
    ],
    [
      "the date lost in a refresh",
      { claudeAiOauth: { accessToken: ACCESS, refreshToken: REFRESH } },
      ["oauth", "inline", true, "none"],
    ],
    ["a date as text", { claudeAiOauth: { ...login, expiresAt: "soon" } }, ["oauth", "inline", true, "invalid"]],
    ["wiped", {}, ["oauth", "absent", false, "none"]],
    ["null", { claudeAiOauth: null }, ["oauth", "absent", false, "none"]],
    ["other logins alone", { mcpOAuth: { x: { accessToken: ACCESS } } }, null],
  ])("%s", (_name, content, expected) => {
    const store = readLogin("claude-code", content);
    expect([brief(store), store?.isUp]).toEqual([expected, true]);
  });

  test("a blanked login is missing, not expired", () => {
    const [credential] =
      readLogin("claude-code", { claudeAiOauth: { accessToken: "", expiresAt: 0 } })?.credentials ?? [];
    if (credential === undefined) throw new Error("no credential");
    expect(judgeHealth(credential, 0, NOW)).toMatchObject({ status: "missing", reasonCode: "missing_credential" });
  });

  test.each([
    ["emptied", "", "empty_file"],
    ["no object", "[]", "wrong_shape"],
    ["cut off", '{"claudeAiOauth":{', "bad_json"],
  ])("%s: %s", (_name, content, reason) => {
    const store = readLogin("claude-code", content);
    expect([reasonsOf(store), store?.isUp, idsOf(store)]).toEqual([[reason], false, []]);
  });
});

describe("Codex", () => {
  const exp = 1_790_100_000;
  const tokens = { access_token: jwt({ exp }), refresh_token: REFRESH, id_token: jwt({ email: "p@example.com" }) };
  const atRefresh = Date.parse("2026-09-20T12:00:00Z");
  test.each([
    ["tokens", { tokens }, ["oauth", "inline", true, exp * 1_000]],
    [
      "tokens, said outright",
      { auth_mode: "chatgpt", OPENAI_API_KEY: "CANARY", tokens },
      ["oauth", "inline", true, exp * 1_000],
    ],
    ["a null key beside tokens", { OPENAI_API_KEY: null, tokens }, ["oauth", "inline", true, exp * 1_000]],
    ["a key beside tokens", { OPENAI_API_KEY: "CANARY", tokens }, ["api_key", "inline", false, "none"]],
    [
      "a key, said outright",
      { auth_mode: "apikey", OPENAI_API_KEY: "CANARY", tokens },
      ["api_key", "inline", false, "none"],
    ],
    ["a key said and missing", { auth_mode: "ApiKey", tokens }, ["api_key", "absent", false, "none"]],
    ["tokens said and missing", { auth_mode: "chatgpt" }, ["oauth", "absent", false, "none"]],
    ["wiped", {}, ["oauth", "absent", false, "none"]],
    ["another mode", { auth_mode: "agentIdentity" }, null],
    [
      "a token without a date: an hour after the refresh",
      { tokens: { ...tokens, access_token: ACCESS }, last_refresh: "2026-09-20T12:00:00Z" },
      ["oauth", "inline", true, atRefresh + 3_600_000],
    ],
    [
      "nor a refresh: an hour after the file was written",
      { tokens: { ...tokens, access_token: jwt({ exp: "soon" }) }, last_refresh: "yesterday" },
      ["oauth", "inline", true, MODIFIED.getTime() + 3_600_000],
    ],
    [
      "a date no calendar has",
      { tokens: { ...tokens, access_token: jwt({ exp: 1e13 }) } },
      ["oauth", "inline", true, "invalid"],
    ],
    ["tokens that are no object", { tokens: "CANARY" }, ["oauth", "absent", false, "none"]],
  ])("%s", (_name, content, expected) => {
    const store = readLogin("codex", content);
    expect([brief(store), store?.isUp]).toEqual([expected, true]);
  });

  test("the e-mail address is that of the identity token", () => {
    expect(readLogin("codex", { tokens })?.credentials[0]?.email).toBe("p@example.com");
  });
});

describe.each(["gemini", "qwen", "minimax"])("%s", (format) => {
  test.each([
    ["a login", { access_token: ACCESS, refresh_token: REFRESH, expiry_date: LATER }, ["oauth", "inline", true, LATER]],
    ["without a refresh token", { access_token: ACCESS, expiry_date: LATER }, ["oauth", "inline", false, LATER]],
    ["wiped", {}, ["oauth", "absent", false, "none"]],
    ["a date as text", { access_token: ACCESS, expiry_date: String(LATER) }, ["oauth", "inline", false, "invalid"]],
  ])("%s", (_name, content, expected) => {
    expect(brief(readLogin(format, content))).toEqual(expected);
  });

  test("no object: wrong_shape", () => {
    expect(reasonsOf(readLogin(format, '"CANARY"'))).toEqual(["wrong_shape"]);
  });
});

test("a login file that does not exist is no store", () => {
  expect(makeReader().readLogin("codex", join(makeSandbox(), "auth.json"), NOW)).toBeNull();
});

test("a format that is no login is a mistake of the caller", () => {
  expect(() => makeReader().readLogin("agent-sqlite", "x", NOW)).toThrow(/login format/);
});
