import { openSecrets } from "../channels/secret.ts";
import { createChannelTools } from "../channels/tools.ts";
import type { Config } from "../config/config.ts";
import { createHeartbeat, type Heartbeat } from "../heartbeat.ts";
import type { CommandContext } from "./command.ts";

/** The heartbeat of a config; null when it has none. */
export function openHeartbeat(
  { heartbeat }: Config,
  env: CommandContext["env"],
  onFailure: (detail: string) => void,
): Heartbeat | null {
  if (heartbeat === null) return null;
  const { style, timeoutMs } = heartbeat;
  const secrets = openSecrets(heartbeat, env);
  return createHeartbeat({
    style,
    timeoutMs,
    secret: (name) => secrets.get(name),
    ...createChannelTools(env, null),
    onFailure(detail) {
      secrets.refresh();
      onFailure(detail);
    },
  });
}
