import { isDeepStrictEqual } from "node:util";
import { type Checker, createChecker } from "../check.ts";
import type { Config } from "../config/config.ts";
import { createDigest } from "../digest.ts";
import { UsageError } from "../errors.ts";
import { createHostReader, type HostReader } from "../discovery/host.ts";
import { loadObservations, type ObservationMemory } from "../observations.ts";
import { ownHome } from "../own-home.ts";
import type { Shard } from "../shard.ts";
import { resolveStoragePath } from "../storage.ts";
import { createStoreReader } from "../stores/read.ts";
import type { CommandContext } from "./command.ts";
import { openConfig } from "./open-config.ts";
import { type Beat, openRemotes, type Remotes } from "./open-remotes.ts";
import type { OptionValues } from "./option-values.ts";

export interface OpenChecker {
  readonly checker: Checker;
  readonly memory: ObservationMemory;
  readonly config: Config;
  readonly storagePath: string;
  readonly remotes: Remotes;
}

/**
 * Everything that a command needs to look at the host, by config and command line. Each check asks other hosts and
 * waits, unless there is a `beat`. Throws `ConfigError`.
 */
export async function openChecker(
  options: OptionValues,
  context: CommandContext,
  beat: Beat | null = null,
): Promise<OpenChecker & { readonly configPath: string | null }> {
  const { config, path } = await openConfig(options, context);
  if (config.remotes.length > 0) refuseOtherQuestion(options);
  return { ...wireChecker(config, context.env, beat), configPath: path };
}

/** Another host answers what it was asked by its own config, and of its own present. */
function refuseOtherQuestion(options: OptionValues): void {
  const given = ["at", "warn"].find((name) => options.text(name) !== null);
  if (given === undefined) return;
  const remedy = "ask on that host itself, or look at this one alone with --home";
  throw new UsageError(`--${given}: expected no remotes beside it, because they judge by their own config; ${remedy}`);
}

/** The parts behind a check, put together from a config. */
export function wireChecker(config: Config, env: CommandContext["env"], beat: Beat | null = null): OpenChecker {
  const { openChecker: open, ...readers } = openReaders(config, env, beat);
  return { ...readers, checker: open(config), config };
}

export interface OpenReaders {
  /** A checker for a config; what was read and observed before stays known to it. */
  openChecker(config: Config): Checker;
  readonly remotes: Remotes;
  readonly memory: ObservationMemory;
  readonly storagePath: string;
}

/** Says with each snapshot what of it is ours to tell. */
function inShard(checker: Checker, shard: Shard | null): Checker {
  if (shard === null) return checker;
  return { check: async (now, at) => ({ ...(await checker.check(now, at)), shard }) };
}

/** What outlives a change of the config: the readings of the stores and, for the same places, of OpenClaw's config, what other hosts said, and the memory of since when. `beat` is for a process that goes on. */
export function openReaders(
  { storage, discovery: places }: Config,
  env: CommandContext["env"],
  beat: Beat | null = null,
): OpenReaders {
  const storagePath = resolveStoragePath({ path: storage.path, stateDirs: places.stateDirs, env, shard: places.shard });
  const memory = loadObservations(storagePath);
  const stores = createStoreReader({ digest: createDigest(storagePath) });
  const home = ownHome(env);
  const remotes = openRemotes({ storagePath, env, warn: memory.warn, beat });
  let last: { readonly discovery: Config["discovery"]; readonly host: HostReader } | null = null;
  const openHost = (discovery: Config["discovery"]): HostReader => {
    if (last === null || !isDeepStrictEqual(last.discovery, discovery)) {
      last = { discovery, host: createHostReader({ ...discovery, env }, stores) };
    }
    return last.host;
  };
  return {
    memory,
    storagePath,
    remotes,
    openChecker: (config) => {
      const { discovery, policy } = config;
      const local = discovery.local ? createChecker({ host: openHost(discovery), memory, policy, home }) : null;
      return inShard(remotes.openChecker(config, local), discovery.shard);
    },
  };
}
