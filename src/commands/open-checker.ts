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
  /** One look at everything, judged at `at`. */
  readonly checker: Checker;
  readonly memory: ObservationMemory;
  readonly config: Config;
  readonly storagePath: string;
}

/** Everything that a one-shot command needs to look at the host, by config and command line. Throws `ConfigError`. */
export async function openChecker(options: OptionValues, context: CommandContext): Promise<OpenChecker> {
  const { config } = await openConfig(options, context.env);
  return wireChecker(config, context.env);
}

/** The parts behind a check, put together from a config. */
export function wireChecker(config: Config, env: CommandContext["env"]): OpenChecker {
  const storagePath = resolveStoragePath({ path: config.storage.path, env });
  const memory = loadObservations(storagePath);
  const stores = createStoreReader({ digest: createDigest(storagePath) });
  const host = createHostReader({ ...config.discovery, env }, stores);
  const checker = createChecker({ host, memory, policy: config.policy, home: env["HOME"] || homedir() });
  return { checker, memory, config, storagePath };
}
