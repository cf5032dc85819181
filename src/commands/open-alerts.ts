import type { AlertFigures } from "../alert-figures.ts";
import { type AlertLog, createNotifier, type Notifier, type NotifierSetup } from "../alerts/notifier.ts";
import { renderMessage } from "../alerts/render.ts";
import { openAlertStore } from "../alerts/store-file.ts";
import type { Channel, ChannelTools } from "../channels/channel.ts";
import type { ConfiguredChannel } from "../channels/kind.ts";
import { openChannels } from "../channels/open.ts";
import { createChannelTools } from "../channels/tools.ts";
import type { Config } from "../config/config.ts";
import type { Snapshot } from "../snapshot.ts";
import { resolveStoragePath } from "../storage.ts";

export interface AlertsOptions {
  readonly env: ChannelTools["env"];
  readonly log: AlertLog;
  readonly now: () => Date;
  /** Messages left, or could not; the figures are others now. */
  readonly onChange: () => void;
}

/** The alerts of a running process, whether or not the config names anybody to be told. */
export interface Alerts {
  handle(snapshot: Snapshot): void;
  reconfigure(config: Config): Promise<void>;
  flush(deadlineMs: number): Promise<void>;
  /** Null until a channel is configured. */
  figures(): AlertFigures | null;
  stop(graceMs: number): Promise<void>;
}

/** Puts store, channels and renderer together. Without a channel nothing is opened, and no file is made. */
export function openAlerts(config: Config, { env, log, now, onChange }: AlertsOptions): Alerts {
  let notifier: Notifier | null = null;
  let opened: ReadonlyMap<string, Channel> = new Map();

  const setUp = ({ alerts, channels }: Config): NotifierSetup => {
    const tools = createChannelTools(env, alerts.externalUrl);
    const before = opened;
    const pairs = channels.map((one) => {
      const id = JSON.stringify([one.type, one.options, alerts.externalUrl, alerts.emails]);
      return { id, policy: one.policy, channel: before.get(id) ?? createLazily(one, tools, alerts.emails) };
    });
    opened = new Map(pairs.map(({ id, channel }) => [id, channel]));
    return { policy: alerts, channels: pairs, render: (notification, at) => renderMessage(notification, alerts, at) };
  };
  const open = (given: Config): void => {
    if (given.channels.length === 0) return;
    const { storage, discovery } = given;
    const storagePath = resolveStoragePath({ path: storage.path, stateDirs: discovery.stateDirs, env });
    const store = openAlertStore(storagePath, now());
    notifier = createNotifier({ ...setUp(given), store, log, now, onChange, random: Math.random });
  };

  open(config);
  return {
    handle: (snapshot) => notifier?.handle(snapshot),
    async reconfigure(changed) {
      if (notifier === null) open(changed);
      else await notifier.reconfigure(setUp(changed));
    },
    flush: async (deadlineMs) => notifier?.flush(deadlineMs),
    figures: () => notifier?.figures() ?? null,
    stop: async (graceMs) => notifier?.stop(graceMs),
  };
}

/** Loads what a channel needs with its first message; what cannot be loaded is tried again with the next. */
function createLazily(configured: ConfiguredChannel, tools: ChannelTools, emails: "masked" | "plain"): Channel {
  let opening: Promise<Channel> | null = null;
  const open = async (): Promise<Channel> => {
    const [opened] = await openChannels({ channels: [configured], tools, emails });
    if (opened === undefined) throw new Error("no channel was opened");
    return opened.channel;
  };
  return {
    async send(...given) {
      const channel = await (opening ??= open()).catch((error: unknown) => {
        opening = null;
        throw error;
      });
      return channel.send(...given);
    },
    close: async () => (await opening)?.close(),
  };
}
