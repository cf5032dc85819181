import type { Config, LogFormat, LogLevel } from "../config/config.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../config/config.ts";
import { UsageError } from "../errors.ts";
import { redactSecrets } from "../redact.ts";
import { parseShard, type Shard } from "../shard.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { applyOverrides, type ConfigOverrides } from "../config/overrides.ts";
import type { CommandContext } from "./command.ts";
import { parseDurationOption } from "./instant.ts";
import type { OptionValues } from "./option-values.ts";
import { optionsForSamePlace } from "./same-place.ts";
import { nameWatchScope } from "./watch-scope.ts";

/** The config in effect: the file's, and the command line over it. Throws `ConfigError` and `UsageError`. */
export async function openConfig(
  options: OptionValues,
  { env, cacheDirectory }: Pick<CommandContext, "env" | "cacheDirectory">,
): Promise<LoadedConfig> {
  const flags = readOverrides(options);
  const loaded = await loadConfig({ file: options.path("config.file"), env, flags, cacheDirectory });
  const { config, path, variablePlaces } = loaded;
  const given = options.path("storage.path");
  const storage = { configured: given === null ? config.storage.path : null, given };
  const commandOptions = optionsForSamePlace({ configFile: path, storage, env });
  const scope = nameWatchScope({ configFile: path, variablePlaces, flags, env });
  return { ...loaded, config: { ...config, alerts: { ...config.alerts, commandOptions, scope } } };
}

/** What the command line says, over a config. Throws `UsageError`. */
export async function overlayOptions(config: Config, options: OptionValues): Promise<Config> {
  return applyOverrides(config, readOverrides(options));
}

function readOverrides(options: OptionValues): ConfigOverrides {
  return {
    homes: options.paths("home"),
    stateDirs: options.paths("state-dir"),
    remotes: options.list("remote"),
    isLocal: options.isOn("local") ? true : undefined,
    shard: readShard(options) ?? undefined,
    warnWithinMs: parseDurationOption("warn", options.text("warn"), { minMs: 1_000 }) ?? undefined,
    schedule: options.text("schedule") ?? undefined,
    listenAddresses: options.list("web.listen-address"),
    telemetryPath: options.text("web.telemetry-path") ?? undefined,
    enableLifecycle: options.isOn("web.enable-lifecycle") ? true : undefined,
    webConfigFile: options.path("web.config.file") ?? undefined,
    storagePath: options.path("storage.path") ?? undefined,
    textfilePath: options.path("textfile") ?? undefined,
    pushUrl: options.text("push") ?? undefined,
    pushJob: options.text("push.job") ?? undefined,
    pushInstance: options.text("push.instance") ?? undefined,
    logLevel: pick<LogLevel>(LOG_LEVELS, options.text("log.level")),
    logFormat: pick<LogFormat>(LOG_FORMATS, options.text("log.format")),
  };
}

function readShard(options: OptionValues): Shard | null {
  const text = options.text("shard");
  const shard = text === null ? null : parseShard(text);
  if (text === null || shard !== null) return shard;
  const found = redactSecrets(text);
  throw new UsageError(`--shard: expected a number and how many there are, got "${found}"; write 1/8 to 8/8`);
}

function pick<W extends string>(words: readonly W[], text: string | null): W | undefined {
  return words.find((word) => word === text);
}
