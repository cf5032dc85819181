import { describe, expect, test } from "vitest";
import { findProviderUses, type ModelChoices, type ModelNames, resolveModel } from "../../src/discovery/models.ts";

const NAMES: ModelNames = {
  aliases: new Map([
    ["gp", "openai/gpt-5.2"],
    ["bare", "m1"],
  ]),
  catalogue: new Map([
    ["m1", "myco"],
    ["gpt-oss", "lmstudio"],
  ]),
};
const NOTHING: ModelChoices = { model: null, imageModel: null, utilityModel: null };

describe("resolveModel", () => {
  test.each([
    ["provider and model", "anthropic/claude-opus-4-5", "anthropic", "claude-opus-4-5"],
    ["only the first slash divides", "openrouter/anthropic/claude", "openrouter", "anthropic/claude"],
    ["provider spelt differently", " Z.AI/glm-5", "zai", "glm-5"],
    ["an alias, whatever its case", "GP", "openai", "gpt-5.2"],
    ["an alias of a bare name", "bare", "myco", "m1"],
    ["a model of a configured provider", "m1", "myco", "m1"],
    ["which goes before its family", "gpt-oss", "lmstudio", "gpt-oss"],
    ["claude", "claude-opus-4-5", "anthropic", "claude-opus-4-5"],
    ["gpt", "gpt-5.5", "openai", "gpt-5.5"],
    ["o3", "o3-mini", "openai", "o3-mini"],
    ["gemini", "Gemini-3-pro", "google", "Gemini-3-pro"],
  ])("%s: %s", (_name, text, provider, model) => {
    expect(resolveModel(text, NAMES, "json")).toEqual({ provider, model });
    expect(resolveModel(text, NAMES, "sqlite")).toEqual({ provider, model });
  });

  test("any other bare name goes to the default provider of its time", () => {
    expect(resolveModel("opus", NAMES, "json")?.provider).toBe("anthropic");
    expect(resolveModel("opus", NAMES, "sqlite")?.provider).toBe("openai");
  });

  test("openai-codex is openai since SQLite", () => {
    expect(resolveModel("openai-codex/gpt-5.5", NAMES, "json")?.provider).toBe("openai-codex");
    expect(resolveModel("openai-codex/gpt-5.5", NAMES, "sqlite")?.provider).toBe("openai");
  });

  test("a key in place of a model is not shown", () => {
    expect(resolveModel("openai/sk-proj-CANARY00000000000000", NAMES, "json")?.model).toBe("[redacted]");
  });

  test("blank is none", () => {
    expect(resolveModel("  ", NAMES, "json")).toBeNull();
  });
});

describe("findProviderUses", () => {
  const defaults: ModelChoices = {
    model: { primary: "anthropic/a", fallbacks: ["openai/b", "anthropic/c"] },
    imageModel: { primary: "google/d", fallbacks: ["openai/e"] },
    utilityModel: "groq/f",
  };
  const find = (override: Partial<ModelChoices> | null, base = defaults): unknown =>
    findProviderUses(base, override === null ? null : { ...NOTHING, ...override }, NAMES, "json");

  test("names each provider once, with its strongest role; models for images count only where none answers", () => {
    expect(find(null)).toEqual([
      { provider: "anthropic", role: "primary", models: ["a", "c"] },
      { provider: "openai", role: "fallback", models: ["b"] },
      { provider: "google", role: "image", models: ["d"] },
      { provider: "groq", role: "utility", models: ["f"] },
    ]);
  });

  test("nothing configured is nothing in use", () => {
    expect(find(null, NOTHING)).toEqual([]);
  });

  test("a model of the agent replaces the default one and keeps its fallbacks", () => {
    expect(find({ model: { primary: "xai/x", fallbacks: null } })).toMatchObject([
      { provider: "xai", role: "primary" },
      { provider: "openai", role: "fallback" },
      { provider: "anthropic", role: "fallback" },
      { provider: "google", role: "image" },
      { provider: "groq", role: "utility" },
    ]);
  });

  test("unless the agent brings its own, none included", () => {
    expect(
      find({ model: { primary: "xai/x", fallbacks: [] }, imageModel: { primary: null, fallbacks: ["xai/i"] } }),
    ).toEqual([
      { provider: "xai", role: "primary", models: ["x"] },
      { provider: "google", role: "image", models: ["d"] },
      { provider: "groq", role: "utility", models: ["f"] },
    ]);
  });

  test("fallbacks alone keep the default model", () => {
    expect(find({ model: { primary: null, fallbacks: ["xai/x"] } })).toMatchObject([
      { provider: "anthropic", role: "primary", models: ["a"] },
      { provider: "xai", role: "fallback" },
      { provider: "google", role: "image" },
      { provider: "openai", role: "image" },
      { provider: "groq", role: "utility" },
    ]);
  });
});
