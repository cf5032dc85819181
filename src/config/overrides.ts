import { resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { parseListenAddress } from "../listen-address.ts";
import { redactSecrets } from "../redact.ts";
import type { Shard } from "../shard.ts";
import { isWebAddress } from "../web-address.ts";
import type { GatewayOptions } from "../publish/publisher.ts";
import { type Config, DEFAULT_GATEWAY, type LogFormat, type LogLevel } from "./config.ts";
import { DEFAULT_REMOTE, findAddressMistake, type RemoteConfig, showAddress } from "../remote/target.ts";
import { findCronMistake } from "./cron.ts";
import { findTelemetryPathMistake } from "./telemetry-path.ts";

/**
 * What the command line decides; undefined or an empty list leaves it to the config. Lists replace those of the config,
 * and a place named by `homes` or `stateDirs` replaces both: who names one does not want the others.
 */
export interface ConfigOverrides {
  readonly homes?: readonly string[] | undefined;
  readonly stateDirs?: readonly string[] | undefined;
  /** Addresses of other hosts, or names of those in the config; who names one wants nothing else but the places named. */
  readonly remotes?: readonly string[] | undefined;
  /** This host alone. */
  readonly isLocal?: boolean | undefined;
  readonly shard?: Shard | undefined;
  readonly warnWithinMs?: number | undefined;
  readonly schedule?: string | undefined;
  readonly listenAddresses?: readonly string[] | undefined;
  readonly telemetryPath?: string | undefined;
  readonly enableLifecycle?: boolean | undefined;
  readonly webConfigFile?: string | undefined;
  readonly storagePath?: string | undefined;
  readonly textfilePath?: string | undefined;
  /** A secret, for it may hold a password. */
  readonly pushUrl?: string | undefined;
  readonly pushJob?: string | undefined;
  readonly pushInstance?: string | undefined;
  readonly logLevel?: LogLevel | undefined;
  readonly logFormat?: LogFormat | undefined;
}

/** The config with the flags over it. Throws `UsageError` for a flag that cannot be. Relative paths count from here. */
export async function applyOverrides(config: Config, flags: ConfigOverrides): Promise<Config> {
  await refuseMistakes(flags);
  const { discovery, policy, web, storage, log } = config;
  const isPlaceNamed = Boolean(flags.homes?.length || flags.stateDirs?.length);
  const isRemoteNamed = Boolean(flags.remotes?.length);
  const isLocal = flags.isLocal === true;
  if (isLocal && isRemoteNamed) throw new UsageError("--local: expected no --remote beside it; leave one out");
  const warnWithinMs = flags.warnWithinMs ?? policy.warnWithinMs;
  return {
    ...config,
    schedule: flags.schedule ?? config.schedule,
    discovery: {
      ...discovery,
      shard: flags.shard ?? discovery.shard,
      ...(isPlaceNamed ? { homes: toAbsolute(flags.homes), stateDirs: toAbsolute(flags.stateDirs) } : {}),
      local: isPlaceNamed || isLocal || (discovery.local && !isRemoteNamed),
    },
    remotes: isRemoteNamed
      ? (flags.remotes ?? []).map((named) => findRemote(config, named))
      : isPlaceNamed || isLocal
        ? []
        : config.remotes,
    // A shorter warning window takes the critical one with it: nothing is critical before it is worth a warning.
    policy: { ...policy, warnWithinMs, criticalWithinMs: Math.min(policy.criticalWithinMs, warnWithinMs) },
    web: {
      ...web,
      listenAddress: flags.listenAddresses?.length ? flags.listenAddresses : web.listenAddress,
      telemetryPath: flags.telemetryPath ?? web.telemetryPath,
      enableLifecycle: flags.enableLifecycle ?? web.enableLifecycle,
      configFile: flags.webConfigFile === undefined ? web.configFile : resolve(flags.webConfigFile),
    },
    storage: { path: flags.storagePath === undefined ? storage.path : resolve(flags.storagePath) },
    textfile: flags.textfilePath === undefined ? config.textfile : resolve(flags.textfilePath),
    push: { ...config.push, gateway: overrideGateway(config.push.gateway, flags) },
    log: { level: flags.logLevel ?? log.level, format: flags.logFormat ?? log.format },
  };
}

function overrideGateway(gateway: GatewayOptions | null, flags: ConfigOverrides): GatewayOptions | null {
  const { pushUrl, pushJob, pushInstance } = flags;
  if (gateway === null && pushUrl === undefined) return null;
  const given = gateway ?? DEFAULT_GATEWAY;
  return {
    ...given,
    ...(pushUrl === undefined ? {} : { url: pushUrl, urlFile: null }),
    job: pushJob ?? given.job,
    instance: pushInstance ?? given.instance,
  };
}

function toAbsolute(paths: readonly string[] | undefined): readonly string[] {
  return (paths ?? []).map((path) => resolve(path));
}

/** A remote of the config by its name, or any other by its address. */
function findRemote({ remotes }: Config, named: string): RemoteConfig {
  const known = remotes.find(({ name }) => name === named);
  if (known !== undefined) return known;
  const mistake = findAddressMistake(named);
  if (mistake === null) return { ...DEFAULT_REMOTE, url: named };
  const names = remotes.map(({ name }) => name).filter((name) => name !== null);
  const remedy = names.length === 0 ? "or name it in `remotes` of the config" : `or one of ${names.join(", ")}`;
  return refuse("--remote", mistake, showAddress(named), remedy);
}

async function refuseMistakes({ schedule, listenAddresses, telemetryPath, ...flags }: ConfigOverrides): Promise<void> {
  for (const address of listenAddresses ?? []) {
    if (parseListenAddress(address) === null) {
      refuse("--web.listen-address", "a listen address", address, 'write host:port, for example "127.0.0.1:10884"');
    }
  }
  const pathMistake = telemetryPath === undefined ? null : findTelemetryPathMistake(telemetryPath);
  if (pathMistake !== null) refuse("--web.telemetry-path", "a URL path", telemetryPath ?? "", pathMistake);
  if (flags.pushUrl !== undefined && !isWebAddress(flags.pushUrl)) {
    // Never quoted: it may hold a password.
    throw new UsageError("--push: expected an http or https address; write one such as http://127.0.0.1:9091");
  }
  for (const [flag, label] of Object.entries({ "--push.job": flags.pushJob, "--push.instance": flags.pushInstance })) {
    if (label?.trim() === "") refuse(flag, "a name", label, "write one, or leave out the option");
  }
  const cronMistake = schedule === undefined ? null : await findCronMistake(schedule);
  if (cronMistake !== null) refuse("--schedule", "a cron expression", schedule ?? "", cronMistake);
}

function refuse(flag: string, expected: string, found: string, remedy: string): never {
  throw new UsageError(`${flag}: expected ${expected}, got "${redactSecrets(found)}"; ${remedy}`);
}
