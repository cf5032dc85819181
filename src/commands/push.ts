import { createChannelTools } from "../channels/tools.ts";
import { UnavailableError, UsageError } from "../errors.ts";
import { createPushgateway } from "../publish/pushgateway.ts";
import type { RunCommand } from "./command.ts";
import { openConfig } from "./open-config.ts";

/** `agent-auth push delete`: removes what was pushed from the Pushgateway, which keeps it for ever otherwise. */
export const runPushDelete: RunCommand = async (options, { env, cacheDirectory, write }) => {
  const { gateway } = (await openConfig(options, { env, cacheDirectory })).config.push;
  if (gateway === null) {
    throw new UsageError("push delete: expected a Pushgateway, got none; name it with --push or in `push.gateway`");
  }
  const { group, remove } = createPushgateway(gateway, createChannelTools(env, null));
  const fault = await remove();
  if (fault !== null) throw new UnavailableError(`push.gateway: ${fault}`);
  write(`removed job ${group.job}, instance ${group.instance}\n`);
  return 0;
};
