import { resolve } from "node:path";
import { listConfigPaths } from "../config/load.ts";
import { lookAt } from "../files.ts";
import { ownHome } from "../own-home.ts";
import { chooseStoragePath } from "../storage.ts";
import type { CommandContext } from "./command.ts";

type Environment = CommandContext["env"];

/** Where a running process found its config and keeps its state. */
interface Place {
  /** The config that was read; null for none. */
  readonly configFile: string | null;
  /** What the config file says of `storage.path`, and what the command line does. */
  readonly storage: { readonly configured: string | null; readonly given: string | null };
  readonly env: Environment;
}

/**
 * The options by which a command typed into a plain shell of the same user means the same config and the same state:
 * none where these are in their usual places. A unit's `STATE_DIRECTORY`, for one, is not set in that shell.
 */
export function optionsForSamePlace({ configFile, storage, env }: Place): readonly string[] {
  const plain = { HOME: ownHome(env) };
  const [usual = null] = listConfigPaths(plain).filter((path) => lookAt(path).kind !== "absent");
  const actual = chooseStoragePath(storage.given ?? storage.configured, env);
  const isSameConfig = configFile === null || resolve(configFile) === usual;
  const isSameStorage = actual === chooseStoragePath(storage.configured, plain);
  return [
    ...(isSameConfig ? [] : ["--config.file", resolve(configFile)]),
    ...(isSameStorage ? [] : ["--storage.path", actual]),
  ];
}
