import type { Config } from "../config/config.ts";
import { createHostReader } from "../discovery/host.ts";
import { createStoreReader } from "../stores/read.ts";
import type { CommandContext } from "./command.ts";

/** Whether a check of this host would find an agent; nothing is kept of what was read for it. */
export async function hasAgentsHere({ discovery }: Config, { env, now }: CommandContext): Promise<boolean> {
  const host = createHostReader({ ...discovery, env }, createStoreReader({ digest: () => "" }));
  await host.prepare();
  return host.read(now()).installations.some(({ kind }) => kind === "openclaw");
}
