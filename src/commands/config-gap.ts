import type { Config } from "../config/config.ts";
import { LOOKS_NOWHERE } from "../format/words.ts";

/** Why nobody would ever hear of anything by a config that can be used, and what to do about it; null where somebody may. */
export function describeGap(config: Config): string | null {
  return describeUntold(config) ?? describeUnwatching(config);
}

/** That nobody hears of what is found, by a message or by a heartbeat, and what to do about it; null where somebody does. */
export function describeUntold({ channels, heartbeat }: Pick<Config, "channels" | "heartbeat">): string | null {
  if (channels.length > 0 || heartbeat !== null) return null;
  return "no channel is configured, so nobody is told; add one to `channels`";
}

/** That no host is watched, and what to do about it; null where one is. */
export function describeUnwatching({ discovery, remotes }: Pick<Config, "discovery" | "remotes">): string | null {
  return discovery.local || remotes.length > 0 ? null : LOOKS_NOWHERE;
}
