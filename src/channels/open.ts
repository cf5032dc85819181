import type { Condition } from "../alerts/condition.ts";
import type { Notification } from "../alerts/notification.ts";
import { maskEmails, redactSecrets } from "../redact.ts";
import type { Channel, ChannelTools, Delivery } from "./channel.ts";
import type { ChannelKind, ConfiguredChannel } from "./kind.ts";

export interface OpenChannelsOptions {
  readonly channels: readonly ConfiguredChannel[];
  readonly tools: ChannelTools;
  /** E-mail addresses in what is sent. */
  readonly emails: "masked" | "plain";
}

/** Every configured channel by its name, ready to send. Nothing is loaded when there are none. */
export async function openChannels(options: OpenChannelsOptions): Promise<ReadonlyMap<string, Channel>> {
  const opened = new Map<string, Channel>();
  for (const configured of options.channels) {
    opened.set(configured.policy.name, await openChannel(configured, options));
  }
  return opened;
}

async function openChannel({ type, options }: ConfiguredChannel, given: OpenChannelsOptions): Promise<Channel> {
  const { CHANNEL_KINDS } = await import("./registry.ts");
  const kinds: Readonly<Record<string, ChannelKind<object>>> = CHANNEL_KINDS;
  const kind = kinds[type];
  if (kind === undefined) throw new Error(`no channel of type ${type}`);
  // The config took these options from this kind's own schema.
  const channel = await kind.create(options, given.tools);
  return {
    send: async (notification, message, context) =>
      clean(await channel.send(maskNotification(notification, given.emails), message, context)),
    close: () => channel.close(),
  };
}

/**
 * What channels see of a notification: names redacted as in the message. The key stays the same for the same condition
 * and tells no name, so that masked names that look alike are still told apart.
 */
export function maskNotification(notification: Notification, emails: "masked" | "plain"): Notification {
  const mask = (text: string): string => (emails === "masked" ? maskEmails(redactSecrets(text)) : redactSecrets(text));
  const maskOrNull = (text: string | null): string | null => (text === null ? null : mask(text));
  const maskCondition = (condition: Condition): Condition => ({
    ...condition,
    key: digest(condition.key),
    installation: mask(condition.installation),
    agent: mask(condition.agent),
    provider: maskOrNull(condition.provider),
    profile: maskOrNull(condition.profile),
    summary: mask(condition.summary),
    action: maskOrNull(condition.action),
  });
  return {
    ...notification,
    items: notification.items.map((item) => ({ ...item, condition: maskCondition(item.condition) })),
  };
}

function digest(key: string): string {
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(key).digest("hex").slice(0, 16);
}

/** The last guard: whatever a channel says, nothing that looks like a secret gets into outbox and log. */
function clean(delivery: Delivery): Delivery {
  return { ...delivery, detail: redactSecrets(delivery.detail).slice(0, 200) };
}
