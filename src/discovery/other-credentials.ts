import { type Era, normaliseProvider } from "../provider.ts";
import type { OtherCredential, ProviderUse } from "./installation.ts";
import { findKeyVariables } from "./provider-variables.ts";
import type { ConfiguredProvider } from "./upstream-config.ts";

export interface CredentialSources {
  readonly era: Era;
  /** Names of variables that have a value, with where it comes from; the values are not known here. */
  readonly variables: ReadonlyMap<string, "env" | "config">;
  readonly providers: readonly ConfiguredProvider[];
  /** Format of each CLI login found in the same home, to its file. */
  readonly logins: ReadonlyMap<string, string>;
  /** `gcloud auth application-default login` left its file. */
  readonly hasGcloudLogin: boolean;
}

/** They answer on a machine of the user's own and ask for nothing. */
const LOCAL_PROVIDERS: ReadonlySet<string> = new Set([
  "ollama",
  "lmstudio",
  "lm-studio",
  "llama.cpp",
  "llamacpp",
  "llama-cpp",
  "vllm",
  "sglang",
  "localai",
]);

const GCLOUD_PROVIDERS: ReadonlySet<string> = new Set(["google-vertex", "anthropic-vertex"]);

/** Providers that another CLI answers for, or whose login OpenClaw takes over from it. */
const LOGIN_OF: ReadonlyMap<string, string> = new Map([
  ["claude-cli", "claude-code"],
  ["codex-cli", "codex"],
  ["google-gemini-cli", "gemini"],
  ["gemini-cli", "gemini"],
  ["qwen-cli", "qwen"],
  ["qwen-portal", "qwen"],
  ["minimax-portal", "minimax"],
]);

/** The AWS SDK looks further than these, up to the role of the machine; they only make the answer more telling. */
const AWS_VARIABLES = ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"];

/**
 * What besides the stores serves providers, sorted by provider: keys in the environment and the config, local
 * providers, chains of cloud SDKs for providers in use, and logins of other CLIs.
 */
export function findOtherCredentials(
  uses: readonly ProviderUse[],
  sources: CredentialSources,
): readonly OtherCredential[] {
  const { era } = sources;
  const configured = new Map(sources.providers.map((entry) => [normaliseProvider(entry.id, era), entry]));
  const used = new Set(uses.map(({ provider }) => provider));
  const named = new Set([...used, ...configured.keys()]);
  const found: OtherCredential[] = [];

  for (const [provider, names] of findKeyVariables([...sources.variables.keys()], named, era)) {
    for (const name of names) {
      const isOfConfig = sources.variables.get(name) === "config";
      found.push({ provider, kind: isOfConfig ? "config" : "env", detail: isOfConfig ? `env.${name}` : name });
    }
  }
  for (const [provider, { id, key }] of configured) {
    if (key === "present") found.push({ provider, kind: "config", detail: `models.providers.${id}.apiKey` });
  }
  for (const provider of named) {
    const kind = findChain(provider, configured.get(provider), used.has(provider), sources);
    if (kind !== null) found.push({ provider, ...kind });
  }
  return found.toSorted((a, b) => (a.provider < b.provider ? -1 : Number(a.provider > b.provider)));
}

function findChain(
  provider: string,
  entry: ConfiguredProvider | undefined,
  isUsed: boolean,
  sources: CredentialSources,
): Pick<OtherCredential, "kind" | "detail"> | null {
  if (LOCAL_PROVIDERS.has(provider) || (entry?.isLoopback === true && entry.key === "absent")) {
    return { kind: "local", detail: "no key needed" };
  }
  // A chain that no model asks for would make the provider look used.
  if (!isUsed) return null;
  if (provider === "amazon-bedrock" || entry?.auth === "aws-sdk") {
    return { kind: "aws", detail: AWS_VARIABLES.find((name) => sources.variables.has(name)) ?? "default chain" };
  }
  if (GCLOUD_PROVIDERS.has(provider)) {
    if (sources.variables.has("GOOGLE_APPLICATION_CREDENTIALS")) {
      return { kind: "gcloud", detail: "GOOGLE_APPLICATION_CREDENTIALS" };
    }
    return sources.hasGcloudLogin ? { kind: "gcloud", detail: "application default credentials" } : null;
  }
  const login = sources.logins.get(LOGIN_OF.get(provider) ?? "");
  return login === undefined ? null : { kind: "login", detail: login };
}
