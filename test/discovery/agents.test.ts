import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { normaliseAgentId } from "../../src/discovery/agent-id.ts";
import { type AgentPlace, type AgentSources, locateAgents } from "../../src/discovery/agents.ts";
import type { RosterEntry } from "../../src/discovery/upstream-config.ts";

const STATE = "/h/.openclaw";

function entry(id: string, agentDir: string | null = null): RosterEntry {
  return { id, agentDir, model: null, imageModel: null, utilityModel: null };
}

function locate(sources: Partial<AgentSources>): readonly AgentPlace[] {
  return locateAgents({
    stateDir: STATE,
    home: "/h",
    roster: null,
    onDisk: [],
    hasMainDirectory: false,
    registry: [],
    mainAgentDir: null,
    isDirectory: () => true,
    ...sources,
  });
}

function onDisk(...ids: readonly string[]): AgentSources["onDisk"] {
  return ids.map((id) => ({ id, agentDir: join(STATE, "agents", id, "agent") }));
}

const summary = (places: readonly AgentPlace[]): unknown =>
  places.map(({ id, agentDir, isListed }) => [id, agentDir, isListed]);

describe("normaliseAgentId", () => {
  test.each([
    ["main", "main"],
    [" Ops ", "ops"],
    ["a_b-1", "a_b-1"],
    ["My Agent!", "my-agent"],
    ["--x--", "x"],
    ["-lead", "lead"],
    ["日本", "main"],
    ["", "main"],
    ["x".repeat(70), "x".repeat(64)],
  ])("%j is %j", (id, expected) => {
    expect(normaliseAgentId(id)).toBe(expected);
  });

  test("of a long run of dashes takes no time", () => {
    expect(normaliseAgentId(`a${"-".repeat(1_000_000)}b`)).toBe(`a${"-".repeat(63)}`);
  });
});

describe("locateAgents", () => {
  test("without a roster main is listed, and so is all that lies on disk", () => {
    expect(summary(locate({ onDisk: onDisk("ops", "dev") }))).toEqual([
      ["main", join(STATE, "agents/main/agent"), true],
      ["dev", join(STATE, "agents/dev/agent"), true],
      ["ops", join(STATE, "agents/ops/agent"), true],
    ]);
  });

  test("a roster that does not name main leaves it out", () => {
    expect(summary(locate({ roster: [entry("ops")] }))).toEqual([["ops", join(STATE, "agents/ops/agent"), true]]);
  });

  test("unless its directory exists: then it is there, but not listed", () => {
    expect(summary(locate({ roster: [entry("ops")], hasMainDirectory: true }))).toMatchObject([
      ["ops", expect.anything(), true],
      ["main", expect.anything(), false],
    ]);
  });

  test("a directory that the roster does not name is not listed", () => {
    expect(summary(locate({ roster: [entry("ops")], onDisk: onDisk("old", "ops") }))).toMatchObject([
      ["ops", expect.anything(), true],
      ["old", expect.anything(), false],
    ]);
  });

  test("an empty roster names nobody", () => {
    expect(locate({ roster: [] })).toEqual([]);
  });

  test.each([
    ["absolute", "/data/ops", "/data/ops"],
    ["below home", "~/ops", "/h/ops"],
  ])("the directory of an entry, %s", (_name, agentDir, expected) => {
    expect(locate({ roster: [entry("ops", agentDir)], onDisk: onDisk("ops") })[0]?.agentDir).toBe(expected);
  });

  test("two agents in one directory are two agents", () => {
    const places = locate({ roster: [entry("a", "/shared"), entry("b", "/shared")] });
    expect(places.map(({ id, agentDir }) => [id, agentDir])).toEqual([
      ["a", "/shared"],
      ["b", "/shared"],
    ]);
  });

  test.each([
    ["absolute", "/elsewhere/ops/agent/openclaw-agent.sqlite", "/elsewhere/ops/agent"],
    ["relative to the state directory", "more/ops/agent/openclaw-agent.sqlite", join(STATE, "more/ops/agent")],
  ])("the registry knows a database, %s", (_name, path, agentDir) => {
    const isDirectory = (asked: string): boolean => asked === agentDir;
    expect(summary(locate({ registry: [{ agentId: "Ops", path }], isDirectory }))).toEqual([
      ["main", join(STATE, "agents/main/agent"), true],
      ["ops", agentDir, true],
    ]);
  });

  test("what lies on disk goes before a path of the registry, which may be one inside a container", () => {
    const registry = [{ agentId: "ops", path: "/home/node/.openclaw/agents/ops/agent/openclaw-agent.sqlite" }];
    expect(locate({ registry, onDisk: onDisk("ops") })[1]?.agentDir).toBe(join(STATE, "agents/ops/agent"));
  });

  test("ids that look like secrets are not shown, and stay agents of their own in their own places", () => {
    const ids = ["sk-ant-CANARY00000000000000", "customer-support-agent-production-eu-west-1-v2"];
    const places = locate({ roster: ids.map((id) => entry(normaliseAgentId(id))) });
    expect(places.map(({ id }) => id)).toEqual(["[redacted]", "[redacted]-2"]);
    expect(places[1]?.agentDir).toBe(join(STATE, "agents", ids[1] ?? "", "agent"));
  });

  test("our environment moves main, unless its entry says otherwise", () => {
    const dirOfMain = (roster: AgentSources["roster"]): string | undefined =>
      locate({ roster, mainAgentDir: "/moved" }).find(({ id }) => id === "main")?.agentDir;
    expect([dirOfMain(null), dirOfMain([entry("main")]), dirOfMain([entry("main", "/own")])]).toEqual([
      "/moved",
      "/moved",
      "/own",
    ]);
  });
});
