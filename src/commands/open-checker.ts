import { homedir } from "node:os";
import { type Checker, createChecker } from "../check.ts";
import type { Config } from "../config/config.ts";
import { createHostReader } from "../discovery/host.ts";
import { loadObservations, type ObservationMemory } from "../observations.ts";
import { createDigest, resolveStoragePath } from "../storage.ts";
import { createStoreReader } from "../stores/read.ts";
import type { CommandContext } from "./command.ts";
import { openConfig } from "./open-config.ts";
import type { OptionValues } from "./option-values.ts";

export interface OpenChecker {
  readonly checker: Checker;
  readonly memory: ObservationMemory;
  readonly config: Config;
  /** Null when no config file exists. */
  readonly configPath: string | null;
  readonly storagePath: string;
}

/** Everything that a one-shot command needs to look at the host, by config and command line. Throws `ConfigError`. */
export async function openChecker(options: OptionValues, context: CommandContext): Promise<OpenChecker> {
  const { config, path } = await openConfig(options, context.env);
  return { ...wireChecker(config, context.env), config, configPath: path };
}

/** The parts behind a check, put together from a config. */
export function wireChecker(
  config: Config,
  env: CommandContext["env"],
): Pick<OpenChecker, "checker" | "memory" | "storagePath"> {
  const home = env["HOME"] || homedir();
  const storagePath = resolveStoragePath({ path: config.storage.path, env });
  const memory = loadObservations(storagePath);
  const stores = createStoreReader({ digest: createDigest(storagePath) });
  const host = createHostReader({ ...config.discovery, env }, stores);
  return { checker: createChecker({ host, memory, policy: config.policy, home }), memory, storagePath };
}
