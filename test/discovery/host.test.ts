import { chmodSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import {
  agentOf,
  asNobody,
  keyStore,
  makeRoot,
  NOW,
  openHost,
  readOnly,
  type Tree,
  writeAgentDatabase,
  writeStateDatabase,
  writeTree,
} from "./tree.ts";

function agentTree(...ids: readonly string[]): Tree {
  return Object.fromEntries(
    ids.map((id) => [`.openclaw/agents/${id}/agent/auth-profiles.json`, keyStore("anthropic", id)]),
  );
}

const VERTEX = { agents: { defaults: { model: "google-vertex/gemini-3-pro" } } };

/** Waits until the clock that stamps files has moved on; it steps every few milliseconds. */
function passTick(home: string): void {
  const probe = join(home, "probe");
  const stamp = (): number => {
    writeFileSync(probe, "");
    return statSync(probe).ctimeMs;
  };
  const before = stamp();
  while (stamp() === before);
}

function config(value: Readonly<Record<string, unknown>>): Tree {
  return { ".openclaw/openclaw.json": value };
}

describe("stores and what agents inherit, JSON", () => {
  test("main's store is the base of all others", () => {
    const home = makeRoot();
    writeTree(home, { ...agentTree("main", "ops"), ".openclaw/agents/bare/agent": null });
    const reading = readOnly(home);
    const main = agentOf(reading, "main");
    expect(main.ownStore?.credentials.map(({ profileId }) => profileId)).toEqual(["anthropic:main"]);
    expect(main.baseStore).toBeNull();
    expect(agentOf(reading, "ops").ownStore?.owner).toBe("ops");
    expect(agentOf(reading, "ops").baseStore).toBe(main.ownStore);
    expect([agentOf(reading, "bare").ownStore, agentOf(reading, "bare").baseStore]).toEqual([null, main.ownStore]);
    expect(reading.stores.map(({ owner }) => owner)).toEqual(["main", "ops"]);
  });

  test("also where the roster does not name main", () => {
    const home = makeRoot();
    writeTree(home, { ...agentTree("main"), ...config({ agents: { list: [{ id: "ops" }] } }) });
    const reading = readOnly(home);
    expect(reading.agents.map(({ id, isListed }) => [id, isListed])).toEqual([
      ["ops", true],
      ["main", false],
    ]);
    expect(agentOf(reading, "ops").baseStore?.owner).toBe("main");
  });

  test("Ops beside ops is one agent, which lives where its directory is", () => {
    const home = makeRoot();
    writeTree(home, { ".openclaw/agents/Ops/agent": null, ".openclaw/agents/ops/sessions": null });
    writeTree(home, { ".openclaw/agents/Dev/agent": null, ".openclaw/agents/dev/agent": null });
    const reading = readOnly(home);
    expect(reading.agents.map(({ id }) => id)).toEqual(["main", "dev", "ops"]);
    expect(agentOf(reading, "ops").agentDir).toBe(join(home, ".openclaw/agents/Ops/agent"));
    expect(agentOf(reading, "dev").agentDir).toBe(join(home, ".openclaw/agents/dev/agent"));
  });

  test("a directory without agent/ is no agent, but agents/main is", () => {
    const home = makeRoot();
    const list = [{ id: "ops" }];
    writeTree(home, {
      ...config({ agents: { list } }),
      ".openclaw/agents/main/sessions": null,
      ".openclaw/agents/x/sessions": null,
    });
    expect(readOnly(home).agents.map(({ id }) => id)).toEqual(["ops", "main"]);
  });

  test("agents that share a directory share one store", () => {
    const home = makeRoot();
    const entries = { a: { agentDir: "~/shared" }, b: { agentDir: "~/shared" } };
    writeTree(home, { ...config({ agents: { entries } }), "shared/auth-profiles.json": keyStore("openai") });
    const reading = readOnly(home);
    expect(reading.agents.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(agentOf(reading, "b").ownStore).toBe(agentOf(reading, "a").ownStore);
    expect(reading.stores).toHaveLength(1);
  });

  test("an agent in main's directory has no base besides", () => {
    const home = makeRoot();
    const list = [{ id: "twin", agentDir: "~/.openclaw/agents/main/agent" }, { id: "main" }];
    writeTree(home, { ...config({ agents: { list } }), ...agentTree("main") });
    const reading = readOnly(home);
    expect(agentOf(reading, "twin")).toMatchObject({ ownStore: { owner: "main" }, baseStore: null });
  });

  test("a legacy login file is main's", () => {
    const home = makeRoot();
    const oauth = { anthropic: { access: "CANARY-a", refresh: "CANARY-r", expires: NOW.getTime() } };
    writeTree(home, { ".openclaw/credentials/oauth.json": oauth, "moved/oauth.json": { openai: oauth.anthropic } });
    expect(agentOf(readOnly(home), "main").ownStore?.credentials[0]?.provider).toBe("anthropic");
    const moved = readOnly(home, { OPENCLAW_OAUTH_DIR: "~/moved" });
    expect(agentOf(moved, "main").ownStore?.credentials[0]?.provider).toBe("openai");
  });
});

describe("stores and what agents inherit, SQLite", () => {
  test("the shared store is the base of all, main included", () => {
    const home = makeRoot();
    const stateDir = join(home, ".openclaw");
    writeStateDatabase(stateDir, { ops: "agents/ops/agent/openclaw-agent.sqlite" }, keyStore("anthropic"));
    writeAgentDatabase(join(stateDir, "agents/ops/agent"), keyStore("openai"));
    const reading = readOnly(home);
    expect(
      reading.agents.map(({ id, ownStore, baseStore }) => [id, ownStore?.owner ?? null, baseStore?.owner]),
    ).toEqual([
      ["main", null, "_shared"],
      ["ops", "ops", "_shared"],
    ]);
    expect(reading.stores.map(({ owner }) => owner)).toEqual(["_shared", "ops"]);
  });

  test("without a shared store main's database is", () => {
    const home = makeRoot();
    const stateDir = join(home, ".openclaw");
    writeStateDatabase(stateDir, {});
    writeAgentDatabase(join(stateDir, "agents/main/agent"), keyStore("anthropic"));
    writeTree(home, { ".openclaw/agents/ops/agent": null });
    expect(agentOf(readOnly(home), "ops").baseStore?.owner).toBe("main");
  });

  test.each([
    ["absolute", true],
    ["relative to the state directory", false],
  ])("the registry finds a database elsewhere, its path %s", (_name, isAbsolute) => {
    const home = makeRoot();
    const stateDir = join(home, ".openclaw");
    writeAgentDatabase(join(stateDir, "elsewhere/ops"), keyStore("openai"));
    const path = "elsewhere/ops/openclaw-agent.sqlite";
    writeStateDatabase(stateDir, { ops: isAbsolute ? join(stateDir, path) : path });
    expect(agentOf(readOnly(home), "ops").ownStore?.credentials[0]?.provider).toBe("openai");
  });

  test("a registered agent whose directory is gone is gone, until it is back", () => {
    const home = makeRoot();
    const stateDir = join(home, ".openclaw");
    writeStateDatabase(stateDir, { ops: "elsewhere/ops/openclaw-agent.sqlite" });
    const host = openHost({ homes: [home] });
    const idsNow = (): unknown => host.read(NOW).installations[0]?.agents.map(({ id }) => id);
    expect(idsNow()).toEqual(["main"]);
    writeAgentDatabase(join(stateDir, "elsewhere/ops"), keyStore("openai"));
    expect(idsNow()).toEqual(["main", "ops"]);
    rmSync(join(stateDir, "elsewhere"), { recursive: true });
    expect(idsNow()).toEqual(["main"]);
  });

  test("unless the roster names it: it then lives on the base", () => {
    const home = makeRoot();
    writeTree(home, config({ agents: { entries: { ops: {} } } }));
    writeStateDatabase(join(home, ".openclaw"), { ops: "elsewhere/ops/openclaw-agent.sqlite" }, keyStore("openai"));
    expect(agentOf(readOnly(home), "ops")).toMatchObject({ ownStore: null, baseStore: { owner: "_shared" } });
  });

  test("a state database that cannot be read leaves what agents inherit unknown", () => {
    const home = makeRoot();
    writeTree(home, { ".openclaw/state/openclaw.sqlite": "CANARY, no database", ".openclaw/agents/ops/agent": null });
    expect(agentOf(readOnly(home), "ops").baseStore).toMatchObject({ isUp: false });
  });

  test("providers merged since then are one", () => {
    const home = makeRoot();
    writeTree(
      home,
      config({ agents: { defaults: { model: "openai-codex/gpt-5.5" } }, auth: { order: { "openai-codex": ["x"] } } }),
    );
    expect([
      ...readOnly(home).declaredOrder.keys(),
      readOnly(home).agents[0]?.providersConfigured[0]?.provider,
    ]).toEqual(["openai-codex", "openai-codex"]);
    writeStateDatabase(join(home, ".openclaw"), {});
    expect([
      ...readOnly(home).declaredOrder.keys(),
      readOnly(home).agents[0]?.providersConfigured[0]?.provider,
    ]).toEqual(["openai", "openai"]);
  });
});

describe("the config", () => {
  test("in JSON5, with an include and variables", async () => {
    const home = makeRoot();
    writeTree(home, {
      ".openclaw/openclaw.json": `// mine\n{ $include: ["./models.json5"], env: { MODEL: "gpt-5.5" }, agents: { list: [{ id: 'ops' },] } }`,
      ".openclaw/models.json5": "{ agents: { defaults: { model: '${VENDOR}/${MODEL}' } } }",
      ".openclaw/.env": "VENDOR=openai\nMODEL=ignored-by-nobody",
    });
    const host = openHost({ homes: [home], env: { HOME: home } });
    await host.prepare();
    const [reading] = host.read(NOW).installations;
    expect(reading?.problems).toEqual([]);
    expect(reading?.agents.map(({ id, providersConfigured }) => [id, providersConfigured])).toEqual([
      ["ops", [{ provider: "openai", role: "primary", models: ["ignored-by-nobody"] }]],
    ]);
  });

  test("takes our environment before .env, and .env before its own block", () => {
    const home = makeRoot();
    writeTree(home, {
      ...config({
        env: { vars: { A: "block", B: "block", C: "block" } },
        agents: { defaults: { model: { primary: "p/${A}", fallbacks: ["p/${B}", "p/${C}"] } } },
      }),
      ".openclaw/.env": "A=file\nB=file",
    });
    expect(agentOf(readOnly(home, { A: "ours" }), "main").providersConfigured[0]?.models).toEqual([
      "ours",
      "file",
      "block",
    ]);
  });

  test("of another home does not see our environment, but its own HOME", () => {
    const root = makeRoot();
    const agents = {
      defaults: { model: "${VENDOR}/m" },
      entries: { ops: { agentDir: "${HOME}/ops" }, dev: { agentDir: "~/dev" } },
    };
    writeTree(join(root, "bob"), config({ agents }));
    const env = { HOME: join(root, "ann"), VENDOR: "openai" };
    const [reading] = openHost({ homes: [join(root, "b*")], env }).read(NOW).installations;
    expect(reading?.agents.map(({ agentDir }) => agentDir)).toEqual([join(root, "bob/ops"), join(root, "bob/dev")]);
    expect(reading?.problems.map(({ reason }) => reason)).toEqual(["config_invalid"]);
  });

  test.each([
    ["does not parse", "{ agents: CANARY", "expected JSON5, found a mistake at line 1"],
    ["is empty", "", "is empty, expected JSON5; restore it, or write {} into it"],
    [
      "has a model that is a number",
      '{"agents": {"defaults": {"model": 5}}}',
      "`agents.defaults.model`: expected a string",
    ],
    ["includes itself", '{"$include": "openclaw.json"}', "expected no cycle"],
    ["includes what does not exist", '{"$include": "none.json"}', "none.json does not exist, but an `$include` of /"],
    ["is too large", `"${"x".repeat(2 * 1024 * 1024)}"`, "larger than"],
  ])("that %s is a problem, and discovery goes on from disk", async (_name, text, message) => {
    const home = makeRoot();
    writeTree(home, { ".openclaw/openclaw.json": text, ...agentTree("ops") });
    const host = openHost({ homes: [home] });
    await host.prepare();
    const [reading] = host.read(NOW).installations;
    expect(reading?.isConfigBroken).toBe(true);
    expect(reading?.problems).toHaveLength(1);
    expect(reading?.problems[0]?.message).toContain(message);
    expect(reading?.agents.map(({ id, isListed }) => [id, isListed])).toEqual([
      ["main", true],
      ["ops", true],
    ]);
    expect(JSON.stringify(reading)).not.toContain("CANARY");
  });

  test("that is a directory is a problem", () => {
    const home = makeRoot();
    writeTree(home, { ".openclaw/openclaw.json/x": null });
    expect(readOnly(home)).toMatchObject({ isConfigBroken: true, problems: [{ reason: "not_regular" }] });
  });

  test("that may not be read is a problem", () => {
    const home = makeRoot();
    writeTree(home, config({}));
    for (const path of [home, join(home, ".openclaw")]) chmodSync(path, 0o755);
    chmodSync(join(home, ".openclaw/openclaw.json"), 0);
    const reading = asNobody(() => readOnly(home));
    expect(reading).toMatchObject({ isConfigBroken: true, problems: [{ reason: "permission_denied" }] });
  });

  test("of more than 8 MiB with all it includes is a problem", () => {
    const root = makeRoot();
    writeTree(root, {
      ".openclaw/openclaw.json": { $include: Array.from({ length: 9 }, () => "large.json") },
      ".openclaw/large.json": { meta: "x".repeat(1024 * 1024) },
    });
    const problems = openHost({ homes: [root] }).read(NOW).installations[0]?.problems ?? [];
    expect(problems.map(({ reason, message }) => [reason, message.includes("8388608 bytes")])).toEqual([
      ["config_invalid", true],
    ]);
  });

  test("that breaks while we watch keeps the agents of the last good one", () => {
    const home = makeRoot();
    const path = join(home, ".openclaw/openclaw.json");
    writeTree(home, config({ agents: { defaults: { model: "openai/gpt-5.5" }, list: [{ id: "ops" }] } }));
    const host = openHost({ homes: [home] });
    const before = host.read(NOW);
    writeFileSync(path, '{"agents": ');
    const broken = host.read(NOW);
    expect(broken.installations[0]).toMatchObject({ isConfigBroken: true, agents: [{ id: "ops", isListed: true }] });
    expect(broken.revision).toBe(before.revision + 1);
    writeFileSync(path, '{"agents": {"list": [{"id": "dev"}]}}');
    expect(host.read(NOW).installations[0]).toMatchObject({ isConfigBroken: false, agents: [{ id: "dev" }] });
  });
});

describe("other credentials", () => {
  const sourcesOf = (home: string, env: Record<string, string> = {}): unknown =>
    agentOf(readOnly(home, env), "main").otherCredentials.map(
      ({ provider, kind, detail }) => `${provider} ${kind} ${detail}`,
    );

  test("come from our environment, .env and the config, each told by its name", () => {
    const home = makeRoot();
    writeTree(home, {
      ...config({
        env: { GROQ_API_KEY: "CANARY-groq", CEREBRAS_API_KEY: "CANARY-theirs", vars: { XAI_API_KEY: "CANARY-xai" } },
        models: {
          providers: {
            myco: { apiKey: "CANARY-myco" },
            viaenv: { apiKey: "${MISTRAL_API_KEY}" },
            none: { apiKey: "${NOPE}" },
          },
        },
      }),
      ".openclaw/.env": "MISTRAL_API_KEY=CANARY-mistral\nZAI_API_KEY=$(pass zai)",
    });
    const ours = { ANTHROPIC_API_KEY: "CANARY-anthropic", OPENAI_API_KEY: " ", CEREBRAS_API_KEY: "CANARY-ours" };
    expect(sourcesOf(home, ours)).toEqual([
      "anthropic env ANTHROPIC_API_KEY",
      "cerebras env CEREBRAS_API_KEY",
      "groq config env.GROQ_API_KEY",
      "mistral env MISTRAL_API_KEY",
      "myco config models.providers.myco.apiKey",
      "viaenv config models.providers.viaenv.apiKey",
      "xai config env.XAI_API_KEY",
    ]);
  });

  test("of our environment count only in our own home", () => {
    const root = makeRoot();
    writeTree(join(root, "ann"), config({}));
    writeTree(join(root, "bob"), config({}));
    const env = { HOME: join(root, "ann"), OPENAI_API_KEY: "CANARY" };
    const { installations } = openHost({ homes: [join(root, "*")], env }).read(NOW);
    expect(installations.map(({ id, agents }) => [id, agents[0]?.otherCredentials.length])).toEqual([
      ["ann-openclaw", 1],
      ["bob-openclaw", 0],
    ]);
  });

  test("gcloud's login counts where a model asks for vertex", () => {
    const home = makeRoot();
    writeTree(home, config({ agents: { defaults: { model: "google-vertex/gemini-3-pro" } } }));
    expect(sourcesOf(home)).toEqual([]);
    writeTree(home, { ".config/gcloud/application_default_credentials.json": { refresh_token: "CANARY" } });
    expect(sourcesOf(home)).toEqual(["google-vertex gcloud application default credentials"]);
  });

  test("are found per agent, by the models of that agent", () => {
    const home = makeRoot();
    const entries = { a: { model: "ollama/llama3" }, b: {} };
    writeTree(home, config({ agents: { defaults: { model: "openai/gpt-5.5" }, entries } }));
    const reading = readOnly(home);
    expect(reading.agents.map(({ id, otherCredentials }) => [id, otherCredentials.map(({ kind }) => kind)])).toEqual([
      ["a", ["local"]],
      ["b", []],
    ]);
  });
});

describe("the command to type", () => {
  test.each([
    [".openclaw", "openclaw.json", "openclaw"],
    [".openclaw", "clawdbot.json", "openclaw"],
    [".clawdbot", "clawdbot.json", "clawdbot"],
    [".clawdbot", "moltbot.json", "moltbot"],
    [".clawdbot", "openclaw.json", "openclaw"],
    [".moltbot-dev", null, "moltbot"],
    [".moldbot", "moldbot.json", "openclaw"],
  ])("in %s with %s", (dir, file, cli) => {
    const home = makeRoot();
    writeTree(home, { [`${dir}/agents`]: null, ...(file === null ? {} : { [`${dir}/${file}`]: {} }) });
    expect(readOnly(home).cli).toBe(cli);
    writeStateDatabase(join(home, dir), {});
    expect(readOnly(home).cli).toBe("openclaw");
  });
});

/** Past the time within which a stamp is not trusted to move; until then everything is read again. */
const TRUSTED_LATER_MS = 3_600_000;

describe.each([
  ["while the stamps are fresh", 0],
  ["with stamps that can be trusted", TRUSTED_LATER_MS],
])("looking again %s", (_when, laterMs) => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + laterMs });
    onTestFinished(() => void vi.useRealTimers());
  });

  test("an unchanged host gives the same objects and the same revision", () => {
    const home = makeRoot();
    writeTree(home, {
      ...agentTree("main", "ops"),
      ...config({}),
      ".codex/auth.json": { tokens: { access_token: "CANARY" } },
    });
    const host = openHost({ homes: [home], logins: true });
    const first = host.read(NOW);
    expect(host.read(new Date(NOW.getTime() + 60_000))).toBe(first);
  });

  test.each<readonly [string, (home: string) => void]>([
    ["a store", (home) => writeTree(home, { ".openclaw/agents/ops/agent/auth-profiles.json": keyStore("openai") })],
    ["a new agent", (home) => writeTree(home, agentTree("new"))],
    ["agent/ in a directory that had none", (home) => writeTree(home, { ".openclaw/agents/empty/agent": null })],
    ["an agent that is gone", (home) => rmSync(join(home, ".openclaw/agents/ops"), { recursive: true })],
    ["agent/ gone from its directory", (home) => rmSync(join(home, ".openclaw/agents/ops/agent"), { recursive: true })],
    ["the config", (home) => writeTree(home, config({ agents: { defaults: { model: "a/b" } } }))],
    [
      "the config's name",
      (home) => renameSync(join(home, ".openclaw/openclaw.json"), join(home, ".openclaw/clawdbot.json")),
    ],
    ["gcloud's login", (home) => writeTree(home, { ".config/gcloud/application_default_credentials.json": {} })],
    [".env", (home) => writeTree(home, { ".openclaw/.env": "OPENAI_API_KEY=CANARY" })],
    ["a login", (home) => writeTree(home, { ".codex/auth.json": { tokens: { access_token: "CANARY" } } })],
    ["a new installation", (home) => writeTree(home, { ".openclaw-x/agents": null })],
    ["a state database", (home) => writeStateDatabase(join(home, ".openclaw"), {}, keyStore("openai"))],
  ])("sees %s", (_name, change) => {
    const home = makeRoot();
    writeTree(home, { ...agentTree("main", "ops"), ...config(VERTEX), ".openclaw/agents/empty/sessions": null });
    const host = openHost({ homes: [home], logins: true });
    const first = host.read(NOW);
    passTick(home);
    change(home);
    const second = host.read(NOW);
    expect(second.revision).toBeGreaterThan(first.revision);
    expect(second).toEqual({ ...openHost({ homes: [home], logins: true }).read(NOW), revision: second.revision });
  });

  test("sees an included file that was missing, and then its change", () => {
    const home = makeRoot();
    writeTree(home, config({ agents: { $include: "agents.json" } }));
    const host = openHost({ homes: [home] });
    expect(host.read(NOW).installations[0]?.isConfigBroken).toBe(true);
    for (const id of ["ops", "dev"]) {
      passTick(home);
      writeTree(home, { ".openclaw/agents.json": { list: [{ id }] } });
      expect(host.read(NOW).installations[0]?.agents.map((agent) => agent.id)).toEqual([id]);
    }
  });

  test.each([
    ["out of the config's directory", "../outside.json"],
    ["in a circle", "openclaw.json"],
  ])("sees that an include which led %s leads elsewhere", (_name, target) => {
    const home = makeRoot();
    const link = join(home, ".openclaw/link.json");
    writeTree(home, {
      ...config({ agents: { $include: "link.json" } }),
      ".openclaw/inside.json": { list: [{ id: "ops" }] },
      "outside.json": {},
    });
    symlinkSync(target, link);
    const host = openHost({ homes: [home] });
    expect(host.read(NOW).installations[0]?.isConfigBroken).toBe(true);
    rmSync(link);
    symlinkSync("inside.json", link);
    expect(host.read(NOW).installations[0]?.agents.map(({ id }) => id)).toEqual(["ops"]);
  });

  test("sees a home that appeared, though it is empty", () => {
    const root = makeRoot();
    writeTree(root, { "home/ann": null });
    const host = openHost({ homes: [join(root, "home/*")] });
    const first = host.read(NOW);
    passTick(root);
    writeTree(root, { "home/bob": null });
    const second = host.read(NOW);
    expect(second.revision).toBe(first.revision + 1);
    expect(second.searched).toContain(`${join(root, "home/bob/.openclaw")}/`);
  });

  test("an agent that was gone comes back without its past", () => {
    const home = makeRoot();
    writeTree(home, agentTree("main", "ops"));
    const host = openHost({ homes: [home] });
    host.read(NOW);
    for (const tree of [null, { ".openclaw/agents/ops/agent/auth-profiles.json": "{ broken" }]) {
      passTick(home);
      if (tree === null) rmSync(join(home, ".openclaw/agents/ops"), { recursive: true });
      else writeTree(home, tree);
      host.read(NOW);
    }
    const back = host.read(NOW).installations[0]?.agents.find(({ id }) => id === "ops");
    expect(back?.ownStore).toMatchObject({ isUp: false, isStale: false, credentials: [] });
  });

  test("a rewritten config that says the same changes nothing", () => {
    const home = makeRoot();
    writeTree(home, config({ agents: { defaults: { model: "a/b" } } }));
    const host = openHost({ homes: [home] });
    const first = host.read(NOW);
    writeFileSync(join(home, ".openclaw/openclaw.json"), '{ "agents": { "defaults": { "model": "a/b" } } }\n');
    expect(host.read(NOW)).toBe(first);
  });

  test("prepare looks at no store and needs to be asked once", async () => {
    const home = makeRoot();
    writeTree(home, { ".openclaw/openclaw.json": "{ agents: { list: [{ id: 'ops' }] } }" });
    const host = openHost({ homes: [home] });
    expect(host.read(NOW).installations[0]?.isConfigBroken).toBe(true);
    await host.prepare();
    expect(host.read(NOW).installations[0]).toMatchObject({ isConfigBroken: false, agents: [{ id: "ops" }] });
  });
});

test("no secret of any file or variable is in the reading", () => {
  const home = makeRoot();
  writeTree(home, {
    ...agentTree("main"),
    ...config({
      env: { GROQ_API_KEY: "CANARY", vars: { XAI_API_KEY: "CANARY" } },
      agents: {
        defaults: { model: "openai/sk-proj-CANARY000000000000" },
        list: [{ id: "sk-ant-CANARY000000000000", model: "x/y" }],
      },
      models: {
        providers: { "sk-CANARY00000000000000": { apiKey: "CANARY", baseUrl: "http://u:CANARY@localhost/CANARY" } },
      },
      auth: {
        profiles: { "sk-ant-CANARY000000000000": { provider: "a" } },
        order: { a: ["sk-ant-CANARY000000000000"] },
      },
    }),
    ".openclaw/.env": "OPENAI_API_KEY=CANARY",
    ".claude/.credentials.json": { claudeAiOauth: { accessToken: "CANARY", refreshToken: "CANARY", expiresAt: 1 } },
  });
  const reading = openHost({ homes: [home], logins: true, env: { HOME: home, ANTHROPIC_API_KEY: "CANARY" } }).read(NOW);
  const text = JSON.stringify(reading, (_key, value: unknown) => (value instanceof Map ? [...value] : value));
  expect(text).toContain("ANTHROPIC_API_KEY");
  expect(text).not.toContain("CANARY");
});
