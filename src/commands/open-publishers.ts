import { createChannelTools } from "../channels/tools.ts";
import type { Config } from "../config/config.ts";
import { ConfigError, UsageError } from "../errors.ts";
import type { Publisher } from "../publish/publisher.ts";
import { openPlaces, type Places } from "../publish/registry.ts";
import { findTextfileMistake } from "../publish/textfile.ts";
import type { CommandContext } from "./command.ts";
import type { OptionValues } from "./option-values.ts";

/** Where metrics go; proxies of the environment are honoured. */
export async function openPublishers(places: Places, env: CommandContext["env"]): Promise<readonly Publisher[]> {
  return openPlaces(places, createChannelTools(env, null));
}

/** Throws `UsageError` or `ConfigError`, by who named it, for a textfile that cannot be. */
export function refuseBadTextfile(
  { textfile, discovery: { stateDirs } }: Config,
  options: OptionValues,
  env: CommandContext["env"],
): void {
  const mistake = textfile === null ? null : findTextfileMistake(textfile, { stateDirs, env });
  if (mistake === null) return;
  throw options.text("textfile") === null
    ? new ConfigError(`textfile: ${mistake}`)
    : new UsageError(`--textfile: ${mistake}`);
}
