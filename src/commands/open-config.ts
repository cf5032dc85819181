import { type Config, DEFAULT_CONFIG } from "../config/config.ts";
import type { CommandContext } from "./command.ts";
import { parseDurationOption } from "./instant.ts";
import type { OptionValues } from "./option-values.ts";

export interface OpenConfig {
  readonly config: Config;
  readonly path: string | null;
}

/** The config in effect: the file's, with what was given on the command line over it. Throws `ConfigError`. */
export async function openConfig(options: OptionValues, _env: CommandContext["env"]): Promise<OpenConfig> {
  return { path: null, config: overlayOptions(DEFAULT_CONFIG, options) };
}

/** What the command line says wins. */
export function overlayOptions(config: Config, options: OptionValues): Config {
  const warnWithinMs = parseDurationOption("warn", options.text("warn"));
  const homes = options.list("home");
  const stateDirs = options.list("state-dir");
  const isPlaceNamed = homes.length + stateDirs.length > 0;
  return {
    ...config,
    discovery: { ...config.discovery, ...(isPlaceNamed ? { homes, stateDirs } : {}) },
    policy: { ...config.policy, ...(warnWithinMs === null ? {} : { warnWithinMs }) },
    storage: { path: options.text("storage.path") ?? config.storage.path },
  };
}
