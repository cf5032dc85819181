import type { Problem } from "../problem.ts";
import type { Store } from "../stores/store.ts";

/** The command a person types; an installation that was migrated to SQLite is always `openclaw`. */
export type UpstreamCli = "openclaw" | "clawdbot" | "moltbot";

/** `primary` is what the agent answers with; the others are asked when it fails, or for other work. */
export type ModelRole = "primary" | "fallback" | "image" | "utility";

export interface ProviderUse {
  readonly provider: string;
  readonly role: ModelRole;
  /** Model ids, without the provider. */
  readonly models: readonly string[];
}

/** A credential outside the stores. It has no expiry that anybody records. */
export interface OtherCredential {
  readonly provider: string;
  /** `local` needs none; `aws` and `gcloud` are chains of their own; `login` is a CLI login found on this host. */
  readonly kind: "env" | "config" | "local" | "aws" | "gcloud" | "login";
  /** The variable's name, config path or the login's file; never its value. */
  readonly detail: string;
}

/** `auth.profiles` of the config: what the operator declared about a profile. */
export interface DeclaredProfile {
  readonly profileId: string;
  readonly provider: string;
  readonly mode: string | null;
  readonly email: string | null;
}

export interface AgentReading {
  readonly id: string;
  readonly agentDir: string;
  /** False for a directory left on disk that the config's roster does not name. */
  readonly isListed: boolean;
  /** Null when the agent has no store of its own and lives on the base. */
  readonly ownStore: Store | null;
  /** The installation's shared store, or main's; null for the agent that owns the base. */
  readonly baseStore: Store | null;
  readonly providersConfigured: readonly ProviderUse[];
  readonly otherCredentials: readonly OtherCredential[];
}

export interface InstallationReading {
  readonly id: string;
  readonly stateDir: string;
  readonly configPath: string | null;
  readonly cli: UpstreamCli;
  /** `login` for the credential file of another CLI. */
  readonly kind: "openclaw" | "login";
  readonly problems: readonly Problem[];
  /** Every store of the installation, each once. */
  readonly stores: readonly Store[];
  readonly agents: readonly AgentReading[];
  /** `auth.order` of the config: provider to profile ids; an empty list is meant. */
  readonly declaredOrder: ReadonlyMap<string, readonly string[]>;
  readonly declaredProfiles: readonly DeclaredProfile[];
  /** A config was found but could not be understood; what it says of models is then unknown. */
  readonly isConfigBroken: boolean;
}

/** Everything one look at the host found. */
export interface HostReading {
  readonly installations: readonly InstallationReading[];
  /** Where we looked, for a person who expected something there. */
  readonly searched: readonly string[];
  readonly problems: readonly Problem[];
  /** Grows whenever anything above differs from the look before; equal means nothing changed. */
  readonly revision: number;
}
