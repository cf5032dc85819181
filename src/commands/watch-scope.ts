import { resolve } from "node:path";
import type { ConfigOverrides } from "../config/overrides.ts";
import { readPlaceVariables } from "../discovery/place-variables.ts";
import { ownHome } from "../own-home.ts";
import { redactSecrets } from "../redact.ts";
import { showAddress } from "../remote/target.ts";
import type { CommandContext } from "./command.ts";

interface ScopeSource {
  /** The config that was read; null for none. */
  readonly configFile: string | null;
  /** What its variables say; see `LoadedConfig`. */
  readonly variablePlaces: readonly string[];
  readonly flags: Pick<ConfigOverrides, "homes" | "stateDirs" | "remotes" | "isLocal">;
  readonly env: CommandContext["env"];
}

/**
 * Everything but what is written in the config file that decides what is watched. What a process with this name watched
 * yesterday and does not name today was taken out of that file; with another name it may be watched by that one still.
 */
export function nameWatchScope({ configFile, variablePlaces, flags, env }: ScopeSource): string {
  const home = ownHome(env);
  const { homes = [], stateDirs = [], remotes = [], isLocal = false } = flags;
  const given = [homes.map((path) => resolve(path)), stateDirs.map((path) => resolve(path))];
  const file = configFile === null ? null : resolve(configFile);
  const parts = [
    file,
    home,
    ...given,
    remotes.map(showAddress),
    isLocal,
    readPlaceVariables(env, home),
    ...variablePlaces,
  ];
  return redactSecrets(JSON.stringify(parts));
}
