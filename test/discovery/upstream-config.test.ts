import { describe, expect, test } from "vitest";
import { EMPTY_CONFIG, parseUpstreamConfig, type UpstreamConfig } from "../../src/discovery/upstream-config.ts";

function parse(raw: unknown): { config: UpstreamConfig; messages: readonly string[] } {
  const { config, problems } = parseUpstreamConfig(raw, "/h/.openclaw/openclaw.json", (name) => name === "SET_API_KEY");
  return { config, messages: problems.map(({ message }) => message) };
}

describe("the roster", () => {
  const ids = (raw: unknown): readonly string[] | null => parse(raw).config.roster?.map(({ id }) => id) ?? null;

  test.each([
    ["none", {}, null],
    ["an empty list means main", { agents: { list: [] } }, null],
    ["a list", { agents: { list: [{ id: "main" }, { id: "Ops" }] } }, ["main", "ops"]],
    ["entries", { agents: { entries: { main: {}, "My Agent!": {} } } }, ["main", "my-agent"]],
    ["entries win over the list", { agents: { entries: { a: {} }, list: [{ id: "b" }] } }, ["a"]],
    ["empty entries name nobody", { agents: { entries: {} } }, []],
    ["an entry without a value counts", { agents: { entries: { a: null } } }, ["a"]],
    ["the same id twice is one agent", { agents: { list: [{ id: "a" }, { id: " A " }] } }, ["a"]],
    ["an entry without an id is main", { agents: { list: [{ name: "x" }] } }, ["main"]],
  ])("%s", (_name, raw, expected) => {
    expect(ids(raw)).toEqual(expected);
  });

  test("keeps the first of two entries, its directory and its models", () => {
    const list = [
      { id: "a", agentDir: " ~/a ", model: "x/y" },
      { id: "a", agentDir: "/b" },
    ];
    expect(parse({ agents: { list } }).config.roster).toEqual([
      { id: "a", agentDir: "~/a", model: { primary: "x/y", fallbacks: null }, imageModel: null, utilityModel: null },
    ]);
  });
});

describe("models", () => {
  test.each([
    ["a string", "a/b", { primary: "a/b", fallbacks: null }],
    ["an object", { primary: "a/b", fallbacks: ["c/d"] }, { primary: "a/b", fallbacks: ["c/d"] }],
    ["fallbacks alone", { fallbacks: ["c/d"] }, { primary: null, fallbacks: ["c/d"] }],
    ["no fallbacks are meant", { primary: "a/b", fallbacks: [] }, { primary: "a/b", fallbacks: [] }],
    ["null", null, null],
  ])("%s", (_name, model, expected) => {
    const { config, messages } = parse({ agents: { defaults: { model, imageModel: model } } });
    expect([config.defaults.model, config.defaults.imageModel, messages]).toEqual([expected, expected, []]);
  });

  test("the utility model may be switched off", () => {
    const { config, messages } = parse({ agents: { defaults: { utilityModel: false } } });
    expect([config.defaults.utilityModel, messages]).toEqual([null, []]);
  });

  test("aliases and the ids of configured providers", () => {
    const raw = {
      agents: { defaults: { models: { "openai/gpt-5.2": { alias: " GP " }, "a/b": {} } } },
      models: { providers: { myco: { models: [{ id: "m1" }, { id: "m2" }] } } },
    };
    const { names } = parse(raw).config;
    expect([[...names.aliases], [...names.catalogue]]).toEqual([
      [["gp", "openai/gpt-5.2"]],
      [
        ["m1", "myco"],
        ["m2", "myco"],
      ],
    ]);
  });
});

describe("providers", () => {
  test.each([
    ["http://localhost:11434/v1", true],
    ["http://127.0.0.1", true],
    ["http://127.8.9.1:80/", true],
    ["http://[::1]:8080/v1", true],
    ["HTTP://LocalHost", true],
    ["http://user:CANARY@localhost/", true],
    ["http://localhost.example.com/", false],
    ["http://localhost@example.com/", false],
    ["https://api.example.com/?localhost", false],
    ["http://10.0.0.5:8080", false],
  ])("%s on this machine: %s", (baseUrl, isLoopback) => {
    const [provider] = parse({ models: { providers: { p: { baseUrl } } } }).config.providers;
    expect(provider?.isLoopback).toBe(isLoopback);
    expect(JSON.stringify(provider)).not.toContain("CANARY");
  });

  test("keep of a key only whether there is one", () => {
    const providers = { a: { apiKey: "sk-CANARY" }, b: {}, c: { apiKey: "${NOPE}" }, d: { auth: "aws-sdk" } };
    expect(parse({ models: { providers } }).config.providers).toEqual([
      { id: "a", isLoopback: false, auth: null, key: "present" },
      { id: "b", isLoopback: false, auth: null, key: "absent" },
      { id: "c", isLoopback: false, auth: null, key: "unresolved" },
      { id: "d", isLoopback: false, auth: "aws-sdk", key: "absent" },
    ]);
  });
});

test("declared profiles and orders, an empty order included", () => {
  const auth = {
    order: { anthropic: ["a", "b"], openai: [] },
    profiles: { "anthropic:x": { provider: "anthropic", mode: "oauth", email: "x@example.com" }, broken: {} },
  };
  const { config } = parse({ auth });
  expect([...config.declaredOrder]).toEqual([
    ["anthropic", ["a", "b"]],
    ["openai", []],
  ]);
  expect(config.declaredProfiles).toEqual([
    { profileId: "anthropic:x", provider: "anthropic", mode: "oauth", email: "x@example.com" },
  ]);
});

describe("wrong shapes are named and the rest still counts", () => {
  test.each([
    ["the root", [1], "the config: expected an object, found a list"],
    ["agents", { agents: 5 }, "`agents`: expected an object, found a number"],
    [
      "a model",
      { agents: { defaults: { model: 5 } } },
      '`agents.defaults.model`: expected a string or an object like {primary: "provider/model"}, found a number',
    ],
    [
      "a list of models",
      { agents: { defaults: { imageModel: ["a/b"] } } },
      "`agents.defaults.imageModel`: expected a string or",
    ],
    [
      "a primary",
      { agents: { defaults: { model: { primary: {} } } } },
      "`agents.defaults.model.primary`: expected a string, found an object",
    ],
    [
      "fallbacks",
      { agents: { defaults: { model: { fallbacks: "a/b" } } } },
      "`agents.defaults.model.fallbacks`: expected a list of strings, found a string",
    ],
    [
      "a fallback",
      { agents: { defaults: { model: { fallbacks: ["a/b", 1] } } } },
      "`agents.defaults.model.fallbacks.1`: expected a string, found a number",
    ],
    ["the list", { agents: { list: { a: {} } } }, "`agents.list`: expected a list, found an object"],
    ["an agent", { agents: { list: ["main"] } }, "`agents.list.0`: expected an object, found a string"],
    ["entries", { agents: { entries: [] } }, "`agents.entries`: expected an object, found a list"],
    ["an entry", { agents: { entries: { ops: true } } }, "`agents.entries.ops`: expected an object, found a boolean"],
    [
      "an agentDir",
      { agents: { entries: { ops: { agentDir: 1 } } } },
      "`agents.entries.ops.agentDir`: expected a string, found a number",
    ],
    [
      "an order",
      { auth: { order: { openai: "x" } } },
      "`auth.order.openai`: expected a list of strings, found a string",
    ],
    ["providers", { models: { providers: [] } }, "`models.providers`: expected an object, found a list"],
    [
      "a variable without a value",
      { agents: { defaults: { model: "${MODEL}" } } },
      "`agents.defaults.model`: expected a model, found a variable that has no value here; set it in `.env`",
    ],
    [
      "one in a directory",
      { agents: { entries: { ops: { agentDir: "${D}/x" } } } },
      "`agents.entries.ops.agentDir`: expected a directory, found a variable",
    ],
    [
      "one in a fallback",
      { agents: { defaults: { model: { fallbacks: ["${M}"] } } } },
      "`agents.defaults.model.fallbacks`: expected models, found a variable",
    ],
  ])("%s", (_name, raw, message) => {
    const { messages } = parse(raw);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(message);
  });

  test("broken entries are no empty roster, or every agent on disk would look left over", () => {
    expect(parse({ agents: { entries: 5 } }).config.roster).toBeNull();
  });

  test("at most twenty are told, none with content", () => {
    const entries = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`a${at}`, "CANARY"]));
    const { messages } = parse({ agents: { entries } });
    expect(messages).toHaveLength(20);
    expect(messages.join()).not.toContain("CANARY");
  });

  test("nothing of a config that is null", () => {
    expect(parse(null)).toEqual({ config: EMPTY_CONFIG, messages: [] });
  });
});
