import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  idsOf,
  makeSandbox,
  readAgent,
  reasonsOf,
  storeOf,
  tokenEntry,
  writeAgentDatabase,
  writeJson,
} from "./sandbox.ts";

const DATABASE = "openclaw-agent.sqlite";
const PROFILES = "auth-profiles.json";

/** Files of an agent directory, by name; a database is given by its rows. */
interface Layout {
  readonly database?: Parameters<typeof writeAgentDatabase>[1] | "empty";
  readonly profiles?: unknown;
  readonly state?: unknown;
  readonly auth?: unknown;
  readonly oauth?: unknown;
}

function layOut({ database, profiles, state, auth, oauth }: Layout): { agentDir: string; legacyOAuthPath: string } {
  const agentDir = join(makeSandbox(), "agent");
  const legacyOAuthPath = join(agentDir, "..", "oauth.json");
  mkdirSync(agentDir);
  if (database === "empty") writeFileSync(join(agentDir, DATABASE), "");
  else if (database !== undefined) writeAgentDatabase(join(agentDir, DATABASE), database);
  if (profiles !== undefined) writeJson(join(agentDir, PROFILES), profiles);
  if (state !== undefined) writeJson(join(agentDir, "auth-state.json"), state);
  if (auth !== undefined) writeJson(join(agentDir, "auth.json"), auth);
  if (oauth !== undefined) writeJson(legacyOAuthPath, oauth);
  return { agentDir, legacyOAuthPath };
}

const OAUTH = { anthropic: { access: "CANARY", refresh: "CANARY", expires: 1 } };

describe("which generation holds the truth", () => {
  test.each<[string, Layout, string | null, readonly string[]]>([
    ["nothing", {}, null, []],
    ["one JSON file", { profiles: storeOf("a:1") }, "auth-profiles-json", ["a:1"]],
    ["two JSON files", { profiles: storeOf("a:1"), state: {} }, "auth-profiles-split", ["a:1"]],
    ["state alone is no store", { state: { order: { a: ["a:1"] } } }, null, []],
    ["a map by provider", { profiles: { openai: { apiKey: "CANARY" } } }, "auth-profiles-flat", ["openai:default"]],
    ["auth.json", { auth: { openai: { type: "api_key", key: "CANARY" } } }, "legacy-auth-json", ["openai:default"]],
    ["oauth.json", { oauth: OAUTH }, "legacy-oauth-json", ["anthropic:default"]],
    ["auth.json over oauth.json", { auth: { a: tokenEntry("a:x") }, oauth: OAUTH }, "legacy-auth-json", ["a:default"]],
    ["an empty auth.json counts for nothing", { auth: {}, oauth: OAUTH }, "legacy-oauth-json", ["anthropic:default"]],
    [
      "JSON over everything older",
      { profiles: storeOf("a:1"), auth: OAUTH, oauth: OAUTH },
      "auth-profiles-json",
      ["a:1"],
    ],
    ["a row over JSON", { database: { store: storeOf("b:1") }, profiles: storeOf("a:1") }, "agent-sqlite", ["b:1"]],
    ["a database without a row", { database: {} }, null, []],
    ["an empty store in the row", { database: { store: storeOf() } }, "agent-sqlite", []],
  ])("%s", (_name, layout, format, ids) => {
    const store = readAgent(layOut(layout));
    expect([store?.format ?? null, idsOf(store), reasonsOf(store)]).toEqual([format, ids, []]);
    expect(store?.isUp ?? true).toBe(true);
  });

  test("oauth.json is not looked at for any other agent", () => {
    const { agentDir } = layOut({ oauth: OAUTH });
    expect(readAgent({ agentDir })).toBeNull();
  });

  test("archives are never read", () => {
    const { agentDir } = layOut({});
    for (const name of [`${PROFILES}.migrated-1`, `${PROFILES}.sqlite-import.1.bak`, `${PROFILES}.bak`]) {
      writeJson(join(agentDir, name), storeOf("a:1"));
    }
    expect(readAgent({ agentDir })).toBeNull();
  });
});

describe("JSON that OpenClaw no longer reads is migration_required and gives no credential", () => {
  const profiles = storeOf("a:1");
  test.each<[string, Layout, boolean, readonly string[]]>([
    ["beside a database without a row", { database: {}, profiles }, false, ["migration_required"]],
    [
      "beside a database with an empty store",
      { database: { store: storeOf() }, profiles },
      false,
      ["migration_required"],
    ],
    ["beside a database of 0 bytes", { database: "empty", profiles }, false, ["empty_file", "migration_required"]],
    ["where the installation has a state database", { profiles }, true, ["migration_required"]],
    ["a map by provider", { profiles: { openai: { apiKey: "CANARY" } } }, true, ["migration_required"]],
    ["auth.json", { auth: OAUTH }, true, ["migration_required"]],
    ["oauth.json", { oauth: OAUTH }, true, ["migration_required"]],
  ])("%s", (_name, layout, hasStateDatabase, reasons) => {
    const store = readAgent({ ...layOut(layout), hasStateDatabase });
    expect(store).toMatchObject({ isUp: false, isStale: false, readAt: null, credentials: [] });
    expect(reasonsOf(store)).toEqual(reasons);
    expect(store?.problems.at(-1)?.message).toMatch(/; import it with `doctor --fix`$/);
  });

  test.each<[string, Layout]>([
    ["an empty store", { profiles: storeOf() }],
    ["an empty auth.json", { auth: {} }],
    ["state alone", { state: { order: { a: ["a:1"] } } }],
  ])("%s strands nothing", (_name, layout) => {
    expect(readAgent({ ...layOut(layout), hasStateDatabase: true })).toBeNull();
  });

  test("a row makes the JSON beside it a mere leftover", () => {
    const store = readAgent({ ...layOut({ database: { store: storeOf("b:1") }, profiles }), hasStateDatabase: true });
    expect([idsOf(store), reasonsOf(store)]).toEqual([["b:1"], []]);
  });

  test("a damaged database says so, for its row may be there", () => {
    const { agentDir } = layOut({ profiles });
    writeFileSync(join(agentDir, DATABASE), "x".repeat(5_000));
    expect(reasonsOf(readAgent({ agentDir }))).toEqual(["sqlite_corrupt"]);
  });
});

describe("state", () => {
  const older = { ...storeOf("a:1"), order: { a: ["a:old"] }, lastGood: { a: "a:1" } };

  test("auth-state.json wins key by key over what the first file says", () => {
    const store = readAgent(
      layOut({ profiles: older, state: { order: { a: ["a:new"] }, usageStats: { "a:1": { errorCount: 2 } } } }),
    );
    expect(store?.state.order.get("a")).toEqual(["a:new"]);
    expect(store?.state.lastGood.get("a")).toBe("a:1");
    expect(store?.state.usage.get("a:1")?.errorCount).toBe(2);
  });

  test("the row auth_profile_state is the state of a database", () => {
    const state = { order: { "openai-codex": ["a:1"] } };
    const store = readAgent(layOut({ database: { store: storeOf("a:1"), state, updatedAt: 1_790_000_000_000 } }));
    expect(store?.state.order.get("openai")).toEqual(["a:1"]);
    expect(store?.modifiedAt).toEqual(new Date(1_790_000_000_000));
  });

  test.each<[string, Layout, string]>([
    ["auth-state.json that does not parse", { profiles: older, state: "rewritten below" }, "bad_json"],
    ["auth-state.json that is no object", { profiles: older, state: [] }, "wrong_shape"],
    ["auth-state.json that is null", { profiles: older, state: null }, "wrong_shape"],
    ["a state row that does not parse", { database: { store: older, state: "{" } }, "bad_json"],
    ["a state row that is null", { database: { store: older, state: "null" } }, "wrong_shape"],
  ])("%s fails the look and keeps the credentials", (_name, layout, reason) => {
    const { agentDir } = layOut(layout);
    if (layout.state === "rewritten below") writeFileSync(join(agentDir, "auth-state.json"), "{");
    const store = readAgent({ agentDir });
    expect(store).toMatchObject({ isUp: false, problems: [{ reason }] });
    expect(idsOf(store)).toEqual(["a:1"]);
    expect(store?.readAt).not.toBeNull();
  });
});

describe("what the store says of itself", () => {
  test.each([
    ["version of a JSON store", { profiles: { ...storeOf("a:1"), version: 1 } }, 1],
    ["no version", { profiles: { profiles: {} } }, null],
    ["a version that is no number", { profiles: { profiles: {}, version: "1" } }, null],
    ["user_version of a database", { database: { store: storeOf("a:1"), userVersion: 7 } }, 7],
  ])("schemaVersion: %s", (_name, layout, version) => {
    expect(readAgent(layOut(layout))?.schemaVersion).toBe(version);
  });

  test.each([
    [0o600, false],
    [0o640, true],
    [0o604, true],
    [0o400, false],
  ])("mode %o is insecure: %s", (mode, hasInsecureMode) => {
    const { agentDir } = layOut({ profiles: storeOf("a:1") });
    chmodSync(join(agentDir, PROFILES), mode);
    expect(readAgent({ agentDir })?.hasInsecureMode).toBe(hasInsecureMode);
  });

  test("entries that upstream ignores are counted, and the rest is read", () => {
    const profiles = {
      profiles: { "a:1": tokenEntry("a:1"), b: null, c: "x", d: { type: "token" }, e: { type: "?" } },
    };
    const store = readAgent(layOut({ profiles }));
    expect([store?.isUp, idsOf(store)]).toEqual([true, ["a:1"]]);
    expect(store?.problems).toMatchObject([{ reason: "invalid_entry", count: 4 }]);
    expect(store?.problems[0]?.message).toContain("2 × non_object, 1 × missing_provider, 1 × invalid_type");
  });

  test("__proto__ is a profile id like any other", () => {
    const { agentDir } = layOut({});
    writeFileSync(
      join(agentDir, PROFILES),
      '{"profiles":{"__proto__":{"type":"token","provider":"__proto__","token":"CANARY"}}}',
    );
    expect(readAgent({ agentDir })?.credentials).toMatchObject([{ profileId: "__proto__", provider: "__proto__" }]);
  });

  test("10,000 profiles are read", () => {
    const ids = Array.from({ length: 10_000 }, (_, i) => `a:${i}`);
    expect(idsOf(readAgent(layOut({ profiles: storeOf(...ids) })))).toEqual(ids);
  });
});

describe("things in place of the file", () => {
  test.each([
    ["a directory", "not_regular", (path: string) => mkdirSync(path)],
    ["an endless device", "not_regular", (path: string) => symlinkSync("/dev/zero", path)],
    ["a link to itself", "symlink_loop", (path: string) => symlinkSync(path, path)],
  ])("%s: %s", (_name, reason, arrange) => {
    const { agentDir } = layOut({});
    arrange(join(agentDir, PROFILES));
    const store = readAgent({ agentDir });
    expect([reasonsOf(store), store?.isUp, store?.readAt]).toEqual([[reason], false, null]);
  });

  test("an agent directory that is a link to itself", () => {
    const agentDir = join(makeSandbox(), "agent");
    symlinkSync(agentDir, agentDir);
    expect(reasonsOf(readAgent({ agentDir }))).toEqual(["symlink_loop"]);
  });

  test("an agent directory that is a file holds no store", () => {
    const agentDir = join(makeSandbox(), "agent");
    writeFileSync(agentDir, "x");
    expect(readAgent({ agentDir })).toBeNull();
    rmSync(agentDir);
    expect(readAgent({ agentDir })).toBeNull();
  });
});
