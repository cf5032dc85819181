import type { Credential } from "../credential.ts";
import type { UpstreamCli } from "../discovery/installation.ts";
import { isPrintable } from "../printable.ts";
import { redactSecrets } from "../redact.ts";
import { shellWord } from "../shell-word.ts";
import { CLI_OWNER } from "../stores/store.ts";
import type { ProfileVerdictReason, Unusable } from "../snapshot.ts";

/** Where a command must act: which CLI, which state directory, which agent. */
export interface Target {
  readonly cli: UpstreamCli;
  readonly stateDir: string;
  /** Home of the person who will type the command. */
  readonly home: string;
  readonly agentId: string;
  readonly agentDir: string;
  /** Format of the store that holds the credential; decides which commands its version knows. */
  readonly format: string;
}

export interface Mending {
  readonly credential: Pick<Credential, "profileId" | "provider" | "type">;
  readonly owner: string;
  readonly reason: ProfileVerdictReason;
  readonly unusable: Unusable | null;
}

/**
 * The command that mends a profile, ready to paste, or null when there is nothing to do. Where no command helps it is a
 * shell comment that says what does. Commands as in the help of openclaw 2026.9.6 and clawdbot 2026.1.
 */
export function mendProfile(mending: Mending, findTarget: () => Target): string | null {
  switch (mending.reason) {
    case "ok":
    case "refreshable":
    case "cooldown":
      return null;
    case "disabled":
    case "blocked":
    case "implausible_window":
      return mendWindow(mending, findTarget());
    default:
      return mending.owner === CLI_OWNER ? loginCommand(findTarget().format) : renewCommand(mending, findTarget());
  }
}

/** The command that gives an agent a credential for a provider that has none. */
export function addCredential(provider: string, target: Target): string {
  return render(target, ["models", "auth", "login", "--provider", provider]);
}

/** The command that imports JSON stores into SQLite and repairs what it can. */
export function repairCommand(target: Target): string {
  return render({ ...target, agentId: "" }, ["doctor", "--fix"]);
}

const LOGIN_COMMANDS: Readonly<Record<string, string>> = {
  "claude-code": "claude auth login",
  codex: "codex login",
  gemini: "gemini",
  qwen: "qwen",
  minimax: "mmx auth login",
};

function loginCommand(format: string): string | null {
  return LOGIN_COMMANDS[format] ?? null;
}

function mendWindow({ unusable, credential, owner }: Mending, target: Target): string | null {
  if (unusable === null) return null;
  if (unusable.reason === "auth_permanent" && owner !== CLI_OWNER) {
    return renewCommand({ credential, owner, unusable, reason: "expired" }, target);
  }
  const until = `${unusable.until.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  if (unusable.reason === "billing") return `# top up the account at ${credential.provider}, or wait until ${until}`;
  return `# wait until ${until}, or switch to another provider`;
}

function renewCommand({ credential }: Mending, target: Target): string {
  const { profileId, provider, type } = credential;
  if (provider === "github-copilot") return render(target, ["models", "auth", "login-github-copilot"]);
  switch (type) {
    case "oauth":
      return render(target, ["models", "auth", "login", "--provider", provider]);
    case "api_key":
      return knowsAgentFlag(target)
        ? render(target, ["models", "auth", "paste-api-key", "--provider", provider, "--profile-id", profileId])
        : render(target, ["models", "auth", "add"]);
    case "token": {
      const paste = render(target, [
        "models",
        "auth",
        "paste-token",
        "--provider",
        provider,
        "--profile-id",
        profileId,
      ]);
      // The token itself comes from Claude Code; it is shown once, then pasted.
      if (isComment(paste)) return paste;
      return provider === "anthropic" ? `claude setup-token; ${paste}` : paste;
    }
  }
}

/** Versions that keep everything in one JSON file (2026.1 to 2026.4) have neither `--agent` nor `paste-api-key`. */
function knowsAgentFlag({ format, cli }: Target): boolean {
  return cli === "openclaw" && format !== "auth-profiles-json" && !format.startsWith("legacy-");
}

const UNNAMEABLE =
  "# mend it by hand: its id, provider or path looks like a secret or cannot be typed, so no command here can name it";

/** A command whose words are not those of the store would make another profile. */
function render(target: Target, args: readonly string[]): string {
  if (!isNameable(target, args)) return UNNAMEABLE;
  const environment: string[] = [];
  const words: string[] = [target.cli];
  const prefix = target.cli === "openclaw" ? "OPENCLAW" : "CLAWDBOT";
  const profile = profileName(target);
  if (profile === null) environment.push(`${prefix}_STATE_DIR=${shellWord(target.stateDir)}`);
  else if (profile !== "") words.push("--profile", shellWord(profile));
  const isNamed = target.agentId !== "";
  if (isNamed && !knowsAgentFlag(target) && target.agentId !== "main") {
    environment.push(`${prefix}_AGENT_DIR=${shellWord(target.agentDir)}`);
  }
  words.push(...args.map(shellWord));
  if (isNamed && knowsAgentFlag(target)) words.push("--agent", shellWord(target.agentId));
  return [...environment, ...words].join(" ");
}

function isComment(action: string): boolean {
  return action.startsWith("# ");
}

/** Readers put `[redacted]` or U+FFFD in place of what must not leave them, and cut at this length. */
const CUT_AT = 200;
const ALTERED = /\uFFFD|\[redacted\]/;

function isNameable({ stateDir, agentDir, agentId }: Target, args: readonly string[]): boolean {
  return (
    args.every((word) => word.length < CUT_AT) &&
    [stateDir, agentDir, agentId, ...args].every(
      (word) => isPrintable(word) && !ALTERED.test(word) && redactSecrets(word) === word,
    )
  );
}

const STATE_DIR = /^(?<home>.*)\/\.(?:openclaw|clawdbot|moltbot|moldbot)(?:-(?<profile>[a-z0-9][a-z0-9_-]{0,63}))?$/i;

/** The `--profile` that leads to the state directory; empty for the default one, null when only its path does. */
function profileName({ stateDir, home }: Target): string | null {
  const match = STATE_DIR.exec(stateDir);
  return match?.groups?.["home"] === home ? (match.groups["profile"] ?? "") : null;
}
