import type { MessageOptions } from "../alerts/message.ts";
import { type AlertPolicy, DEFAULT_ALERT_POLICY } from "../alerts/policy.ts";
import type { ConfiguredChannel } from "../channels/kind.ts";
import type { RemoteConfig } from "../remote/target.ts";
import { DEFAULT_POLICY, type Policy } from "../policy.ts";
import type { Shard } from "../shard.ts";
import type { GatewayOptions, OtlpOptions } from "../publish/publisher.ts";
import { LOCAL_ZONE } from "../timezone.ts";

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `auto` is pretty on a terminal and JSON elsewhere. */
export const LOG_FORMATS = ["auto", "json", "pretty"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export const EMAIL_LABELS = ["masked", "plain"] as const;

/** Who listens for our heartbeat, and so which form it has. */
export const HEARTBEAT_STYLES = ["healthchecks", "uptime-kuma", "gatus"] as const;

/** A ping at the start and the end of each check, so that somebody else notices when we are dead. */
export interface HeartbeatConfig {
  readonly style: (typeof HEARTBEAT_STYLES)[number];
  /** A secret; one of the two is given. */
  readonly url: string | null;
  readonly urlFile: string | null;
  /** Bearer token; one of the two or neither is given. */
  readonly token: string | null;
  readonly tokenFile: string | null;
  readonly timeoutMs: number;
}

/**
 * Everything the operator can decide, complete and validated. The keys are those of the file, except that durations
 * are milliseconds. Paths are absolute. This file loads nothing, because `check` without a config file needs it too.
 */
export interface Config {
  /** Cron syntax, five fields or six with seconds. */
  readonly schedule: string;
  /** IANA name, or `LOCAL_ZONE`. */
  readonly timezone: string;
  readonly watch: boolean;
  readonly discovery: {
    /** Empty means our own home; globs allowed. */
    readonly homes: readonly string[];
    readonly stateDirs: readonly string[];
    readonly logins: boolean;
    readonly keychain: boolean;
    /** Look at this host too; without it only `remotes` are watched. */
    readonly local: boolean;
    /** Null for all agents. */
    readonly shard: Shard | null;
  };
  readonly remotes: readonly RemoteConfig[];
  readonly policy: Policy;
  readonly labels: { readonly emails: (typeof EMAIL_LABELS)[number] };
  readonly metrics: { readonly maxSeries: number; readonly runtime: boolean };
  readonly web: {
    /** Each as `parseListenAddress` reads it. */
    readonly listenAddress: readonly string[];
    readonly telemetryPath: string;
    readonly enableLifecycle: boolean;
    /** Names besides our own under which browsers may ask; without a port. */
    readonly hosts: readonly string[];
    /** TLS and passwords, in a file of their own. */
    readonly configFile: string | null;
  };
  /** Null leaves the choice to `resolveStoragePath`. */
  readonly storage: { readonly path: string | null };
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
  readonly alerts: AlertPolicy & MessageOptions;
  readonly channels: readonly ConfiguredChannel[];
  readonly heartbeat: HeartbeatConfig | null;
  readonly textfile: string | null;
  readonly push: { readonly gateway: GatewayOptions | null; readonly otlp: OtlpOptions | null };
}

/** A profile makes about 13 series and an agent with three providers about 45: 10,000 profiles of 2,000 agents. */
const MAX_SERIES = 250_000;

export const DEFAULT_CONFIG: Config = {
  schedule: "*/5 * * * *",
  timezone: LOCAL_ZONE,
  watch: true,
  discovery: { homes: [], stateDirs: [], logins: true, keychain: false, local: true, shard: null },
  remotes: [],
  policy: DEFAULT_POLICY,
  labels: { emails: "masked" },
  metrics: { maxSeries: MAX_SERIES, runtime: true },
  web: {
    listenAddress: ["127.0.0.1:10884"],
    telemetryPath: "/metrics",
    enableLifecycle: false,
    hosts: [],
    configFile: null,
  },
  storage: { path: null },
  log: { level: "info", format: "auto" },
  alerts: { ...DEFAULT_ALERT_POLICY, emails: "masked", timezone: LOCAL_ZONE, runbookUrl: null, externalUrl: null },
  channels: [],
  heartbeat: null,
  textfile: null,
  push: { gateway: null, otlp: null },
};

/** Everything about a Pushgateway but its address. */
export const DEFAULT_GATEWAY: GatewayOptions = {
  url: null,
  urlFile: null,
  job: "agent-auth",
  instance: null,
  user: null,
  password: null,
  passwordFile: null,
  token: null,
  tokenFile: null,
  timeoutMs: 10_000,
};
