import type { Condition } from "../alerts/condition.ts";
import { conditionKey, parseConditionKey } from "../alerts/condition-key.ts";
import type { Notification } from "../alerts/notification.ts";
import type { ChannelPolicy } from "../alerts/policy.ts";
import { apartOf, showSentence } from "../alerts/lookalikes.ts";
import { createShow } from "../alerts/shown.ts";
import { digestId } from "../id-digest.ts";
import { redactSecrets } from "../redact.ts";
import { maskCommand } from "../shown-command.ts";
import type { Channel, ChannelTools, Delivery } from "./channel.ts";
import type { ChannelKind, ConfiguredChannel } from "./kind.ts";

export interface OpenChannelsOptions {
  readonly channels: readonly ConfiguredChannel[];
  readonly tools: ChannelTools;
  /** E-mail addresses in what is sent. */
  readonly emails: "masked" | "plain";
}

export interface OpenChannel {
  readonly policy: ChannelPolicy;
  readonly channel: Channel;
}

/** Every configured channel, ready to send. Nothing is loaded when there are none. */
export async function openChannels(options: OpenChannelsOptions): Promise<readonly OpenChannel[]> {
  const opened: OpenChannel[] = [];
  for (const configured of options.channels) {
    opened.push({ policy: configured.policy, channel: await openChannel(configured, options) });
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
 * What channels see of a notification: names as in the message. The key stays the same for the same condition and tells
 * no name, so that masked names that look alike are still told apart.
 */
export function maskNotification(notification: Notification, emails: "masked" | "plain"): Notification {
  const show = createShow(emails);
  const showOrNull = (text: string | null): string | null => (text === null ? null : show(text));
  const maskCondition = (condition: Condition): Condition => ({
    ...condition,
    key: outwardKey(condition),
    installation: show(condition.installation),
    agent: show(condition.agent),
    provider: showOrNull(condition.provider),
    profile: showOrNull(condition.profile),
    apart: apartOf(condition, show),
    summary: showSentence(condition.summary, condition, show),
    action: condition.action === null ? null : maskCommand(condition.action, condition.login ?? "", show),
  });
  return {
    ...notification,
    items: notification.items.map((item) => ({ ...item, condition: maskCondition(item.condition) })),
  };
}

/** What channels know a condition by. */
export function outwardKey(condition: Condition): string {
  return digestId(stableKey(condition));
}

/** The label of an installation changes when another home is searched too; its place does not. */
function stableKey({ key, place }: Condition): string {
  return place === undefined ? key : conditionKey({ ...parseConditionKey(key), installation: place });
}

/** The last guard: whatever a channel says, nothing that looks like a secret gets into outbox and log. */
function clean(delivery: Delivery): Delivery {
  return { ...delivery, detail: redactSecrets(delivery.detail).slice(0, 200) };
}
