import { describe, expect, test } from "vitest";
import type { ModelRole, ProviderUse } from "../../src/discovery/installation.ts";
import { type CredentialSources, findOtherCredentials } from "../../src/discovery/other-credentials.ts";
import type { ConfiguredProvider } from "../../src/discovery/upstream-config.ts";

function use(provider: string, role: ModelRole = "primary"): ProviderUse {
  return { provider, role, models: ["m"] };
}

function configured(id: string, over: Partial<ConfiguredProvider> = {}): ConfiguredProvider {
  return { id, isLoopback: false, auth: null, key: "absent", ...over };
}

function find(
  used: readonly string[],
  sources: Partial<Omit<CredentialSources, "variables">> & {
    variables?: readonly string[];
    ofConfig?: readonly string[];
  } = {},
): readonly string[] {
  const { variables = [], ofConfig = [], ...others } = sources;
  const found = findOtherCredentials(
    used.map((provider) => use(provider)),
    {
      era: "sqlite",
      providers: [],
      logins: new Map(),
      hasGcloudLogin: false,
      ...others,
      variables: new Map([
        ...variables.map((name) => [name, "env"] as const),
        ...ofConfig.map((name) => [name, "config"] as const),
      ]),
    },
  );
  return found.map(({ provider, kind, detail }) => `${provider} ${kind} ${detail}`);
}

describe("variables", () => {
  test.each([
    ["ANTHROPIC_API_KEY", "anthropic"],
    ["ANTHROPIC_OAUTH_TOKEN", "anthropic"],
    ["OPENAI_API_KEY", "openai"],
    ["GEMINI_API_KEY", "google"],
    ["GOOGLE_API_KEY", "google"],
    ["GROQ_API_KEY", "groq"],
    ["CEREBRAS_API_KEY", "cerebras"],
    ["XAI_API_KEY", "xai"],
    ["OPENROUTER_API_KEY", "openrouter"],
    ["ZAI_API_KEY", "zai"],
    ["Z_AI_API_KEY", "zai"],
    ["MISTRAL_API_KEY", "mistral"],
    ["SYNTHETIC_API_KEY", "synthetic"],
    ["MOONSHOT_API_KEY", "moonshot"],
    ["MINIMAX_API_KEY", "minimax"],
    ["MINIMAX_OAUTH_TOKEN", "minimax-portal"],
    ["VENICE_API_KEY", "venice"],
    ["CHUTES_OAUTH_TOKEN", "chutes"],
    ["QWEN_OAUTH_TOKEN", "qwen-portal"],
    ["DASHSCOPE_API_KEY", "alibaba"],
    ["OPENCODE_ZEN_API_KEY", "opencode"],
    ["AI_GATEWAY_API_KEY", "vercel-ai-gateway"],
    ["KIMICODE_API_KEY", "kimi-coding"],
    ["AWS_BEARER_TOKEN_BEDROCK", "amazon-bedrock"],
    ["OPENCLAW_LIVE_ANTHROPIC_KEY", "anthropic"],
    ["OPENCLAW_LIVE_GEMINI_KEY", "google"],
    ["OPENAI_API_KEYS", "openai"],
    ["OPENAI_API_KEY_2", "openai"],
  ])("%s serves %s though no model names it", (name, provider) => {
    expect(find([], { variables: [name] })).toEqual([`${provider} env ${name}`]);
  });

  test.each([
    ["COPILOT_GITHUB_TOKEN", "github-copilot"],
    ["HF_TOKEN", "huggingface"],
    ["FAL_KEY", "fal"],
    ["CLAUDE_CODE_OAUTH_TOKEN", "claude-cli"],
    ["DEEPGRAM_API_KEY", "deepgram"],
    ["MY_CO_API_KEY", "my.co"],
    ["OPENCLAW_LIVE_MY_CO_KEY", "my.co"],
  ])("%s serves %s only where it is named", (name, provider) => {
    expect(find([], { variables: [name] })).toEqual([]);
    expect(find([provider], { variables: [name] })).toEqual([`${provider} env ${name}`]);
    expect(find([], { variables: [name], providers: [configured(provider)] })).toEqual([`${provider} env ${name}`]);
  });

  test.each(["GH_TOKEN", "GITHUB_TOKEN"])("%s served github-copilot up to the last version with JSON", (name) => {
    expect(find(["github-copilot"], { variables: [name], era: "json" })).toEqual([`github-copilot env ${name}`]);
    expect(find(["github-copilot"], { variables: [name], era: "sqlite" })).toEqual([]);
  });

  test("a shared variable serves both providers when both are named, else the likelier one", () => {
    expect(find([], { variables: ["MINIMAX_API_KEY"], era: "json" })).toEqual(["minimax env MINIMAX_API_KEY"]);
    expect(find(["minimax-portal"], { variables: ["MINIMAX_API_KEY"], era: "json" })).toEqual([
      "minimax-portal env MINIMAX_API_KEY",
    ]);
    expect(find(["minimax-portal", "minimax"], { variables: ["MINIMAX_API_KEY"] })).toHaveLength(2);
  });

  test("of the config's env block are told by their path there", () => {
    expect(find([], { ofConfig: ["OPENAI_API_KEY"] })).toEqual(["openai config env.OPENAI_API_KEY"]);
  });

  test("of other programs say nothing", () => {
    expect(find(["anthropic"], { variables: ["PATH", "AWS_PROFILE", "OPENAI_BASE_URL", "ANTHROPIC_MODEL"] })).toEqual(
      [],
    );
  });
});

describe("providers of the config", () => {
  test("with a key", () => {
    expect(find([], { providers: [configured("myco", { key: "present" })] })).toEqual([
      "myco config models.providers.myco.apiKey",
    ]);
  });

  test("whose key cannot be resolved", () => {
    expect(find(["myco"], { providers: [configured("myco", { key: "unresolved", isLoopback: true })] })).toEqual([]);
  });

  test("on this machine without a key", () => {
    expect(find([], { providers: [configured("myco", { isLoopback: true })] })).toEqual(["myco local no key needed"]);
    expect(find(["litellm"], { providers: [configured("litellm", { isLoopback: true })] })).toEqual([
      "litellm local no key needed",
    ]);
  });

  test("elsewhere without a key", () => {
    expect(find(["litellm"], { providers: [configured("litellm")] })).toEqual([]);
  });
});

test.each(["ollama", "lmstudio", "llama.cpp", "llamacpp", "vllm", "sglang", "localai"])(
  "%s needs no key",
  (provider) => {
    expect(find([provider])).toEqual([`${provider} local no key needed`]);
    expect(find([])).toEqual([]);
  },
);

describe("chains of cloud SDKs", () => {
  test("AWS serves bedrock when a model asks for it", () => {
    expect(find(["amazon-bedrock"])).toEqual(["amazon-bedrock aws default chain"]);
    expect(find(["amazon-bedrock"], { variables: ["AWS_PROFILE"] })).toEqual(["amazon-bedrock aws AWS_PROFILE"]);
    expect(find([], { variables: ["AWS_PROFILE"], providers: [configured("amazon-bedrock")] })).toEqual([]);
  });

  test("and a provider that says so", () => {
    expect(find(["myco"], { providers: [configured("myco", { auth: "aws-sdk" })] })).toEqual([
      "myco aws default chain",
    ]);
  });

  test("gcloud serves vertex when there is something to go by", () => {
    expect(find(["google-vertex"])).toEqual([]);
    expect(find(["google-vertex"], { hasGcloudLogin: true })).toEqual([
      "google-vertex gcloud application default credentials",
    ]);
    expect(find(["google-vertex"], { variables: ["GOOGLE_APPLICATION_CREDENTIALS"] })).toEqual([
      "google-vertex gcloud GOOGLE_APPLICATION_CREDENTIALS",
    ]);
    expect(find(["google"], { hasGcloudLogin: true })).toEqual([]);
  });
});

test.each([
  ["claude-cli", "claude-code"],
  ["codex-cli", "codex"],
  ["google-gemini-cli", "gemini"],
  ["qwen-portal", "qwen"],
  ["minimax-portal", "minimax"],
])("%s is served by the login of %s", (provider, login) => {
  expect(find([provider], { logins: new Map([[login, `/home/pat/${login}`]]) })).toEqual([
    `${provider} login /home/pat/${login}`,
  ]);
  expect(find([provider], { logins: new Map([["other", "/home/pat/other"]]) })).toEqual([]);
  expect(find([], { logins: new Map([[login, `/home/pat/${login}`]]) })).toEqual([]);
});

test("are sorted by provider", () => {
  expect(
    find(["ollama"], { variables: ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"] }).map((line) => line.split(" ")[0]),
  ).toEqual(["anthropic", "ollama", "openai"]);
});
