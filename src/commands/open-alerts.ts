import type { AlertFigures } from "../alert-figures.ts";
import { type Lifetime, scopeOf } from "../alerts/lifetime.ts";
import {
  type AlertLog,
  createNotifier,
  type Notifier,
  type NotifierChannel,
  type NotifierSetup,
} from "../alerts/notifier.ts";
import { readBoot } from "../alerts/boot.ts";
import { renderMessage } from "../alerts/render.ts";
import { openAlertStore } from "../alerts/store-file.ts";
import type { Channel, ChannelTools } from "../channels/channel.ts";
import type { ConfiguredChannel } from "../channels/kind.ts";
import { openChannels } from "../channels/open.ts";
import { expandHome } from "../channels/secret.ts";
import { createChannelTools } from "../channels/tools.ts";
import type { Config } from "../config/config.ts";
import type { Snapshot } from "../snapshot.ts";
import { resolveStoragePath } from "../storage.ts";
import { touchedAt } from "./touched.ts";

type Emails = Config["alerts"]["emails"];

export interface AlertsOptions {
  readonly env: ChannelTools["env"];
  readonly log: AlertLog;
  readonly now: () => Date;
  readonly lifetime: Exclude<Lifetime, "command">;
  /** See `NotifierOptions`. */
  readonly onDecisionDue?: () => void;
  /** Messages left, or could not; the figures are others now. */
  readonly onChange: () => void;
  /** For a process that lives for one check: that it starts is no news to a channel, but that this file changed is. */
  readonly configPath?: string | null;
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
export function openAlerts(config: Config, { configPath, ...options }: AlertsOptions): Alerts {
  const { env, now, lifetime } = options;
  let notifier: Notifier | null = null;
  let opened: ReadonlyMap<string, NotifierChannel> = new Map();

  const open = (one: ConfiguredChannel, tools: ChannelTools, emails: Emails): NotifierChannel => {
    const openedAt = configPath === undefined ? now() : null;
    const paths = [...(configPath ? [configPath] : []), ...findFiles(one.options, env)];
    const changedAt = (): Date | null => latest(openedAt, touchedAt(paths));
    return { policy: one.policy, channel: createLazily(one, tools, emails), changedAt };
  };
  const setUp = ({ alerts, channels }: Config): NotifierSetup => {
    const tools = { ...createChannelTools(env, alerts.externalUrl), isOneRun: lifetime === "one_run" };
    const before = opened;
    const pairs = channels.map((one) => {
      const id = JSON.stringify([one.type, one.options, alerts.externalUrl, alerts.emails]);
      return { id, ...(before.get(id) ?? open(one, tools, alerts.emails)), policy: one.policy };
    });
    opened = new Map(pairs.map(({ id, ...pair }) => [id, pair]));
    const policy = { ...alerts, scope: scopeOf(alerts.scope, lifetime) };
    return { policy, channels: pairs, render: (notification, at) => renderMessage(notification, alerts, at) };
  };
  const openNotifier = (given: Config): void => {
    if (given.channels.length === 0) return;
    const { storage, discovery } = given;
    const storagePath = resolveStoragePath({
      path: storage.path,
      stateDirs: discovery.stateDirs,
      env,
      shard: discovery.shard,
    });
    const store = openAlertStore(storagePath, now(), lifetime);
    notifier = createNotifier({ ...options, ...setUp(given), store, random: Math.random, boot: readBoot });
  };

  openNotifier(config);
  return {
    handle: (snapshot) => notifier?.handle(snapshot),
    async reconfigure(changed) {
      if (notifier === null) openNotifier(changed);
      else await notifier.reconfigure(setUp(changed));
    },
    flush: async (deadlineMs) => notifier?.flush(deadlineMs),
    figures: () => notifier?.figures() ?? null,
    stop: async (graceMs) => notifier?.stop(graceMs),
  };
}

/** The files that the keys `tokenFile`, `urlFile` and so on of a channel name. */
function findFiles(options: object, env: ChannelTools["env"]): readonly string[] {
  return Object.entries(options).flatMap(([key, path]: [string, unknown]) =>
    key.endsWith("File") && typeof path === "string" ? [expandHome(path, env)] : [],
  );
}

function latest(a: Date | null, b: Date | null): Date | null {
  return a === null || (b !== null && b > a) ? b : a;
}

/** Loads what a channel needs with its first message; what cannot be loaded is tried again with the next. */
function createLazily(configured: ConfiguredChannel, tools: ChannelTools, emails: Emails): Channel {
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
