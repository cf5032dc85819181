import type { AlertStore } from "../../src/alerts/alert-store.ts";
import { createNotifier } from "../../src/alerts/notifier.ts";
import { DEFAULT_ALERT_POLICY } from "../../src/alerts/policy.ts";
import { renderMessage } from "../../src/alerts/render.ts";
import { openAlertStore } from "../../src/alerts/store-file.ts";
import type { Channel } from "../../src/channels/channel.ts";
import { createChannelTools } from "../../src/channels/tools.ts";
import { webhook } from "../../src/channels/webhook.ts";
import { snapshotAt } from "./world.ts";

/** Each fact is told once: reminders and repeats would look like duplicates. */
const POLICY = {
  ...DEFAULT_ALERT_POLICY,
  remindAtMs: [],
  repeatEveryMs: { critical: null, warning: null, info: null },
  groupWaitMs: 0,
};

const MESSAGE = { emails: "masked", timezone: "UTC", runbookUrl: null, externalUrl: null } as const;

export interface RigOptions {
  readonly storage: string;
  readonly url: string;
  readonly agents: number;
  /** To see, or to break, each call from outside. */
  readonly wrapStore?: (store: AlertStore) => AlertStore;
  readonly wrapChannel?: (channel: Channel) => Channel;
}

/** The real notifier, store file and webhook on a clock that jumps from one due moment to the next. */
export interface Rig {
  /** One check of the world at this step and time, and everything that becomes due until `until`. */
  run(step: number, at: Date, until: Date): Promise<void>;
  stop(): Promise<void>;
}

export async function createRig(options: RigOptions): Promise<Rig> {
  const { storage, url, agents, wrapStore = same, wrapChannel = same } = options;
  let now = new Date();
  const store = wrapStore(openAlertStore(storage, now));
  const channel = await webhook.create(webhook.schema.parse({ url, format: "native" }), createChannelTools({}, null));
  const policy = {
    name: "relay",
    minSeverity: "info",
    match: [],
    sendResolved: true,
    quietHours: null,
    evening: null,
    refreshEveryMs: null,
  } as const;
  const notifier = createNotifier({
    store,
    policy: POLICY,
    channels: [{ policy, channel: wrapChannel(channel) }],
    render: (notification, at) => renderMessage(notification, MESSAGE, at),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    now: () => now,
    random: Math.random,
  });
  return {
    async run(step, at, until) {
      now = at;
      notifier.handle(snapshotAt(step, agents, now));
      for (;;) {
        await notifier.flush(60_000);
        const next = notifier.nextAt();
        if (next === null || next > until) return;
        // Never standing still, whatever holds a message back.
        now = new Date(Math.max(next.getTime(), now.getTime() + 1_000));
      }
    },
    stop: () => notifier.stop(0),
  };
}

function same<T>(given: T): T {
  return given;
}
