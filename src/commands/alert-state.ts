import { join } from "node:path";
import type { AlertStore } from "../alerts/alert-store.ts";
import { type ChannelPolicy, DEFAULT_CHANNEL } from "../alerts/policy.ts";
import type { ConfiguredChannel } from "../channels/kind.ts";
import type { Config } from "../config/config.ts";
import { suggest } from "../config/suggest.ts";
import { UnavailableError, UsageError } from "../errors.ts";
import { lookAt } from "../files.ts";
import { clean } from "../format/terminal.ts";
import { resolveStoragePath } from "../storage.ts";
import type { CommandContext } from "./command.ts";
import { openConfig } from "./open-config.ts";
import type { OptionValues } from "./option-values.ts";

/**
 * The state of the alerts, while `work` uses it. Only what tells people makes that file: another one, in a place where
 * `serve` does not look, would take a silence and keep it from nobody. Throws `UnavailableError` when there is none, or
 * it cannot be kept.
 */
export async function withAlertStore<T>(
  options: OptionValues,
  { env, cacheDirectory, stderr, now }: CommandContext,
  work: (store: AlertStore, config: Config, file: string) => T,
): Promise<T> {
  const { config } = await openConfig(options, { env, cacheDirectory });
  const { ALERTS_FILE, openAlertStore } = await import("../alerts/store-file.ts");
  const { storage, discovery } = config;
  const storagePath = resolveStoragePath({
    path: storage.path,
    stateDirs: discovery.stateDirs,
    env,
    shard: discovery.shard,
  });
  const file = clean(join(storagePath, ALERTS_FILE));
  if (lookAt(join(storagePath, ALERTS_FILE)).kind === "absent") {
    throw new UnavailableError(
      `${file}: expected the state that serve or check --notify keeps, found none; start one of them with a channel ` +
        "in its config, or say where it keeps its state with the same --config.file or --storage.path",
    );
  }
  const store = openAlertStore(storagePath, now(), "command");
  try {
    const warnings = store.warnings.map((warning) => clean(warning));
    if (!store.isDurable) throw new UnavailableError(warnings.join("\n"));
    for (const warning of warnings) stderr.write(`agent-auth: ${warning}\n`);
    return work(store, config, file);
  } finally {
    store.close();
  }
}

/** The channels of these names, all of them for none. Throws `UsageError` for a name that no channel has. */
export function selectChannels({ channels }: Config, names: readonly string[]): readonly ConfiguredChannel[] {
  const known = channels.map(({ policy }) => policy.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const near = suggest(unknown, known);
    const remedy = near === null ? `the channels are ${known.join(", ") || "none yet"}` : `did you mean ${near}?`;
    throw new UsageError(`expected the name of a channel, got ${JSON.stringify(clean(unknown))}; ${remedy}`);
  }
  return names.length === 0 ? channels : channels.filter(({ policy }) => names.includes(policy.name));
}

/** The same, with what stands in while there is no channel. */
export function selectPolicies(config: Config, names: readonly string[]): readonly ChannelPolicy[] {
  const policies = selectChannels(config, names).map(({ policy }) => policy);
  return policies.length === 0 ? [DEFAULT_CHANNEL] : policies;
}
