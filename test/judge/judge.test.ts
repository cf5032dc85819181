import { describe, expect, test } from "vitest";
import { problem } from "../../src/problem.ts";
import {
  agent,
  agentOf,
  credential,
  expiresIn,
  host,
  HOUR,
  inMs,
  installation,
  judged,
  profileOf,
  state,
  store,
  usage,
} from "./reading-builder.ts";

const ID = "anthropic:manual";
const dead = credential({ expiry: expiresIn(-1) });

describe("a credential that several agents share", () => {
  const base = store({ owner: "_shared", format: "shared-sqlite", credentials: [dead] });

  test("is one row, used by each of them, and mended through the first", () => {
    const agents = [agent({ id: "ops", baseStore: base }), agent({ id: "dev", baseStore: base })];
    const result = judged(host(installation({ agents })));
    const rows = result.snapshot.installations[0]?.profiles ?? [];
    expect(rows.map(({ owner, usedBy }) => ({ owner, usedBy }))).toEqual([
      { owner: "_shared", usedBy: ["ops", "dev"] },
    ]);
    expect(profileOf(result, ID, "_shared").action).toContain("--agent ops");
  });

  test("is critical as soon as one of them has nothing else", () => {
    const own = store({ owner: "dev", credentials: [credential({ profileId: "anthropic:own" })] });
    const agents = [agent({ id: "ops", baseStore: base }), agent({ id: "dev", ownStore: own, baseStore: base })];
    expect(profileOf(judged(host(installation({ agents }))), ID, "_shared").verdict).toBe("critical");
    const [, served] = agents;
    expect(
      profileOf(judged(host(installation({ agents: served === undefined ? [] : [served] }))), ID, "_shared").verdict,
    ).toBe("warning");
  });

  test("is not pressing because of a leftover directory alone", () => {
    const agents = [agent({ id: "old", isListed: false, baseStore: base })];
    expect(profileOf(judged(host(installation({ agents }))), ID, "_shared").verdict).toBe("info");
  });

  test("shows the failures that an agent recorded in its own store", () => {
    const shared = store({ owner: "_shared", credentials: [credential()] });
    const record = usage({
      errorCount: 7,
      lastUsedAt: inMs(-5),
      cooldown: { until: inMs(HOUR), reason: "rate_limit", model: null },
    });
    const own = store({ owner: "ops", state: state({ usage: new Map([[ID, record]]) }) });
    const agents = [agent({ id: "ops", ownStore: own, baseStore: shared }), agent({ id: "dev", baseStore: shared })];
    const result = judged(host(installation({ agents })));
    const row = profileOf(result, ID, "_shared");
    expect([row.unusable?.reason, row.errorCount, row.lastUsedAt]).toEqual(["rate_limit", 7, inMs(-5)]);
    expect([agentOf(result, "ops").canAnswer, agentOf(result, "dev").canAnswer]).toEqual([false, true]);
  });
});

describe("an agent that answers through the login of another CLI", () => {
  const claudeCli = { provider: "claude-cli", role: "primary", models: ["opus"] } as const;
  const path = "/home/pat/.claude/.credentials.json";
  const other = { provider: "claude-cli", kind: "login", detail: path } as const;
  const ops = installation({ agents: [agent({ providersConfigured: [claudeCli], otherCredentials: [other] })] });
  const login = (one: typeof dead) =>
    installation({
      id: "claude-code",
      kind: "login",
      stores: [store({ owner: "_cli", format: "claude-code", path, credentials: [one] })],
    });

  test.each([
    { name: "alive", one: credential({ type: "oauth", expiry: expiresIn(-HOUR) }), canAnswer: true, verdict: "ok" },
    { name: "dead", one: dead, canAnswer: false, verdict: "critical" },
  ])("$name login: canAnswer $canAnswer", ({ one, canAnswer, verdict }) => {
    const result = judged(host(ops, login(one)));
    expect(agentOf(result).canAnswer).toBe(canAnswer);
    expect(profileOf(result, ID, "_cli").verdict).toBe(verdict);
    expect(profileOf(result, ID, "_cli").usedBy).toEqual(["main"]);
  });

  test("a login that was never read may be alive", () => {
    const unread = installation({
      id: "claude-code",
      kind: "login",
      stores: [store({ owner: "_cli", format: "claude-code", path, isUp: false, readAt: null })],
    });
    expect(agentOf(judged(host(ops, unread))).canAnswer).toBe(true);
  });

  test("where several homes are searched, its own login counts", () => {
    const anns = { ...login(dead), id: "ann-claude-code" };
    const bobs = installation({
      id: "bob-claude-code",
      kind: "login",
      stores: [store({ owner: "_cli", format: "claude-code", path: "/home/bob/x", credentials: [credential()] })],
    });
    expect(agentOf(judged(host(ops, anns, bobs))).canAnswer).toBe(false);
  });

  test("a dead login is a warning while a profile of the provider answers", () => {
    const own = store({ credentials: [credential({ profileId: "claude-cli:key", provider: "claude-cli" })] });
    const served = installation({
      agents: [agent({ ownStore: own, providersConfigured: [claudeCli], otherCredentials: [other] })],
    });
    expect(profileOf(judged(host(served, login(dead))), ID, "_cli").verdict).toBe("warning");
  });

  test("a dead login that no agent uses is at most info", () => {
    expect(profileOf(judged(host(login(dead))), ID, "_cli").verdict).toBe("info");
  });
});

describe("what an agent answers with", () => {
  const image = { provider: "google", role: "image", models: ["gemini-3"] } as const;

  test("is any provider with a credential while only a model for images is configured", () => {
    const dying = [credential({ expiry: expiresIn(-1) })];
    const found = (credentials: readonly (typeof dead)[]) =>
      judged(
        host(installation({ agents: [agent({ ownStore: store({ credentials }), providersConfigured: [image] })] })),
      );
    expect(agentOf(found([credential()])).canAnswer).toBe(true);
    expect(agentOf(found(dying)).canAnswer).toBe(false);
    expect(profileOf(found(dying)).verdict).toBe("critical");
  });

  test("is still known when a config that was read before is broken now", () => {
    const agents = [agent({ ownStore: store({ credentials: [dead] }) })];
    const found = agentOf(judged(host(installation({ agents, isConfigBroken: true }))));
    expect([found.canAnswer, found.verdict, found.reason]).toEqual([false, "critical", "no_usable_credential"]);
  });
});

describe("records of use in several stores", () => {
  const until = (ms: number) => ({ until: inMs(ms), reason: "billing", model: null });
  const own = (id: string, record: ReturnType<typeof usage>) =>
    store({ owner: id, state: state({ usage: new Map([[ID, record]]) }) });

  test("the gravest window shows", () => {
    const base = store({ owner: "_shared", credentials: [credential()] });
    const agents = [
      agent({ id: "a", ownStore: own("a", usage({ cooldown: until(HOUR) })), baseStore: base }),
      agent({ id: "b", ownStore: own("b", usage({ disabled: until(1) })), baseStore: base }),
    ];
    expect(profileOf(judged(host(installation({ agents }))), ID, "_shared").unusable?.kind).toBe("disabled");
  });

  test("what main records of another agent's credential changes that agent at its end", () => {
    const base = own("main", usage({ cooldown: until(HOUR) }));
    const ops = store({ owner: "ops", credentials: [credential()] });
    const agents = [agent({ ownStore: base }), agent({ id: "ops", ownStore: ops, baseStore: base })];
    const result = judged(host(installation({ agents })));
    expect(agentOf(result, "ops").canAnswer).toBe(false);
    expect(result.snapshot.validUntil).toEqual(inMs(HOUR));
  });
});

test("a broken store of one agent says nothing of another", () => {
  const broken = store({ isUp: false, readAt: null });
  const good = store({ owner: "ops", credentials: [credential()] });
  const result = judged(
    host(installation({ agents: [agent({ ownStore: broken }), agent({ id: "ops", ownStore: good })] })),
  );
  expect([agentOf(result).canAnswer, agentOf(result, "ops").canAnswer]).toEqual([null, true]);
});

test("the worst credential of the primary provider tells an agent what to do", () => {
  const both = [credential({ profileId: "anthropic:a", expiry: expiresIn(-1), type: "oauth", hasRefresh: false })];
  const result = judged(host(installation({ agents: [agent({ ownStore: store({ credentials: both }) })] })));
  expect(agentOf(result).action).toBe("openclaw models auth login --provider anthropic --agent main");
});

test("an agent without any credential is told how to get one", () => {
  const result = judged(host(installation({ agents: [agent({ ownStore: store() })] })));
  expect(agentOf(result).action).toBe("openclaw models auth login --provider anthropic --agent main");
});

describe("a store that cannot be read, told by each agent that reads it", () => {
  const locked = problem("permission_denied", "/x/auth.json", "/x/auth.json cannot be read (EACCES)");
  const blind = (owner: string) => store({ owner, isUp: false, readAt: null, problems: [locked] });

  test.each([
    ["its own", agent({ id: "main", ownStore: blind("main") }), locked.message],
    [
      "that of main",
      agent({ id: "two", baseStore: blind("main") }),
      `agent two reads the store of main: ${locked.message}`,
    ],
    [
      "the shared one",
      agent({ id: "two", baseStore: blind("_shared") }),
      `agent two reads the shared store: ${locked.message}`,
    ],
  ])("%s", (_name, reading, message) => {
    const result = judged(host(installation({ agents: [reading] })));
    expect(agentOf(result, reading.id)).toMatchObject({ reason: "permission_denied", message });
  });
});
